// The SSM parameter with Slack's secrets: whether it is there, and looks as it should. NB. Nothing of it is ever shown.

import { GetParameterCommand, type Parameter } from "@aws-sdk/client-ssm";
import { parseSlackSecrets, type SlackSecrets } from "../../lib/config.ts";
import { isNamed } from "../../lib/targets/aws-fault.ts";
import { about, type Finding, type Trouble } from "./finding.ts";
import { notSeen, type Patient, type Place } from "./patient.ts";

export interface SeenSecret {
  readonly findings: readonly Finding[];
  /** Absent where it is not there or not readable. */
  readonly botToken?: string;
}

export async function examineSecret({ clients, place }: Patient): Promise<SeenSecret> {
  const name = place.secretsParameter;
  const it = about("secret", name);
  let parameter: Parameter | undefined;
  try {
    const command = new GetParameterCommand({ Name: name, WithDecryption: true });
    ({ Parameter: parameter } = await clients.ssm.send(command));
  } catch (error) {
    if (!isNamed(error, "ParameterNotFound")) return { findings: [notSeen("secret", name, error)] };
    return { findings: [it.problem(missing(place))] };
  }

  const kind = parameter?.Type === "SecureString" ? [] : [it.problem(inTheClear(place))];
  const secrets = secretsIn(parameter?.Value ?? "");
  if (secrets === undefined) return { findings: [...kind, it.problem(malformed(place))] };
  const wrong = [...wrongSigningSecret(secrets), ...wrongToken(secrets)].map((what) =>
    it.problem({ ...malformed(place), what }),
  );
  const found = [...kind, ...wrong];
  const { botToken } = secrets;
  return {
    findings: found.length > 0 ? found : [it.ok("there, encrypted, well-formed")],
    botToken,
  };
}

function secretsIn(value: string): SlackSecrets | undefined {
  try {
    return parseSlackSecrets(value);
  } catch {
    return undefined;
  }
}

/** Slack promises no form; what was pasted for another thing can be told all the same. */
function wrongSigningSecret({ signingSecrets }: SlackSecrets): readonly string[] {
  if (signingSecrets.length === 0) return ["its signingSecret is empty"];
  return signingSecrets.flatMap((secret) => {
    if (secret.startsWith("xox")) return ["its signingSecret is a token"];
    return /^[\w-]{16,}$/.test(secret)
      ? []
      : ["its signingSecret is none (32 characters, no blanks)"];
  });
}

function wrongToken({ botToken }: SlackSecrets): readonly string[] {
  if (/^xoxb-[\w-]+$/.test(botToken)) return [];
  const other = /^(?:xox[a-z]|xapp)-/.exec(botToken)?.[0];
  return [
    `its botToken is ${other === undefined ? "none" : `of another kind (${other}…)`}: it begins with xoxb-`,
  ];
}

function store({ secretsParameter, region }: Place, more = ""): string {
  return `aws ssm put-parameter --region ${region} --name ${secretsParameter} --type SecureString --value file://slack.json${more}`;
}

/** The command that puts other secrets in the place of what is there. */
export function overwriteSecret(place: Place): string {
  return store(place, " --overwrite");
}

function missing(place: Place): Trouble {
  return {
    code: "secret-missing",
    what: `there is no such parameter in ${place.region}`,
    why: "Every request from Slack is refused, and nobody is told anything.",
    mend: `${store(place)}    # docs/deploy.md, step 4`,
  };
}

function malformed(place: Place): Trouble {
  return {
    code: "secret-malformed",
    what: 'it is not {"signingSecret": "…", "botToken": "xoxb-…"}',
    why: "Requests from Slack are refused, or nobody is told anything.",
    mend: overwriteSecret(place),
  };
}

function inTheClear(place: Place): Trouble {
  const { secretsParameter: name, region } = place;
  return {
    code: "secret-in-the-clear",
    what: "it is stored unencrypted",
    why: "Whoever may read parameters reads Slack's secrets. They are to be replaced in Slack as well.",
    mend: `test -s slack.json && aws ssm delete-parameter --region ${region} --name ${name} && ${store(place)}    # slack.json as in docs/deploy.md, step 4`,
  };
}
