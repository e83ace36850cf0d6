// The command that deploys again without setting back what the doctor knows to have been set.

import { type Place, USUAL_SECRETS_PARAMETER } from "./patient.ts";

/** What the deployment was given, as far as it can be seen. */
export interface Known {
  /** The ARN of whom the alarms tell. */
  readonly alarmTopic?: string | undefined;
}

/** NB. A parameter that is left out has its default again: alarms that tell nobody, secrets looked for elsewhere. */
export function deployCommand(place: Place, { alarmTopic }: Known = {}): string {
  const { stage, region, secretsParameter } = place;
  const params = [
    ...(alarmTopic === undefined ? [] : [`alarmTopic=${alarmTopic}`]),
    ...(secretsParameter === USUAL_SECRETS_PARAMETER
      ? []
      : [`slackSecretsParameter=${secretsParameter}`]),
  ];
  return [
    `npx osls deploy --stage ${stage} --region ${region}`,
    ...params.map((param) => `--param="${param}"`),
    "   # and every other --param that you deploy with",
  ].join(" ");
}
