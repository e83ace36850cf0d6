// How to talk to a stack that stays up: kubectl, the AWS CLI and Slack's Web API, in lines to copy.

import { WEB_GROUP, WEB_NAMESPACES } from "../scenario.ts";
import type { Stack } from "../stack.ts";
import type { Teller } from "./teller.ts";

export interface WhereItIs {
  readonly kubeconfigPath: string;
  readonly pageUrl: string;
  /** Where it is all kept; undefined: nowhere. */
  readonly dataDir: string | undefined;
}

/** Prints the lines. */
export function tellHowToTalk(
  stack: Stack,
  teller: Teller,
  { kubeconfigPath, pageUrl, dataDir }: WhereItIs,
): void {
  const { aws, slackApi, workspace } = stack;
  const ada = aws.credentials("ada");
  // Version 1 of the aws CLI reads no AWS_REGION; version 2 and the SDKs take this one too.
  const variables = Object.entries(aws.environment("admin")).filter(
    ([name]) => name !== "AWS_REGION",
  );
  teller.chapter(
    "It stays up",
    `Everything goes on running, and the minute schedule with it: ${pageUrl} in a browser. In another terminal:`,
  );
  teller.lines(
    "",
    "   AWS, as the administrator, and as Ada:",
    "",
    ...variables.map(([name, value]) => `     export ${name}=${value}`),
    `     aws iam get-group --group-name ${WEB_GROUP}`,
    `     AWS_ACCESS_KEY_ID=${ada.accessKeyId} AWS_SECRET_ACCESS_KEY=${ada.secretAccessKey} \\`,
    "       aws sts get-caller-identity",
    "",
    "   Kubernetes, as the administrator, as Ada, and as Ada with the role (who may nothing now):",
    "",
    `     export KUBECONFIG=${kubeconfigPath}`,
    "     kubectl get configmap aws-auth -n kube-system -o yaml",
    `     kubectl get pods -n ${WEB_NAMESPACES[0]} --context ada`,
    `     kubectl get pods -n ${WEB_NAMESPACES[0]} --context ada-with-role`,
    "",
    "   Slack's Web API, with the bot's token:",
    "",
    `     export SLACK_API_URL=${slackApi.apiUrl}`,
    `     curl -s ${slackApi.apiUrl}users.list -d token=${workspace.state.botToken}`,
    "",
    "   And the doctor, who looks at all of it as at a deployment on AWS (break something first):",
    "",
    "     npm run doctor -- --local",
    "",
    dataDir === undefined
      ? "   Ctrl-C ends it; nothing is left behind."
      : `   Ctrl-C ends it; what has happened is kept in ${dataDir}.`,
    "",
    `   Open ${pageUrl}`,
  );
}
