// The embedded stack as a deployment to look at: one that `npm start` has running, or one of the doctor's own.

import { KubeConfig } from "@kubernetes/client-node";
import { loadAccessFile } from "../../lib/policy/load-access-file.ts";
import { PREFIX } from "../../local/as-deployed.ts";
import { SECRETS_PARAMETER } from "../../local/functions.ts";
import { renderKubeconfig } from "../../local/kubernetes/kubeconfig.ts";
import { CLUSTER, REGION } from "../../local/scenario.ts";
import type { Stack } from "../../local/stack.ts";
import { openClients } from "./clients.ts";
import type { Examination } from "./examine.ts";
import type { Place } from "./patient.ts";

/** Where Slack's Web API is with `npm start`, unless it was told another port. */
export const USUAL_SLACK_API_URL = "http://127.0.0.1:4243/api/";

/** The names of everything in the embedded stack. */
export function placeEmbedded(slackApiUrl: string): Place {
  return {
    kind: "embedded",
    stage: "local",
    region: REGION,
    prefix: PREFIX,
    tableName: PREFIX,
    secretsParameter: SECRETS_PARAMETER,
    slackApiUrl,
  };
}

/** A stack in this process, looked at as its administrators in AWS and in the cluster. */
export function examinationOf(stack: Stack, accessFile: string): Examination {
  const { aws, cluster, adminToken, slackApi, table } = stack;
  const kubeconfig = new KubeConfig();
  const user = { token: adminToken };
  kubeconfig.loadFromString(renderKubeconfig({ ...cluster, name: CLUSTER, user }));
  return {
    place: { ...placeEmbedded(slackApi.apiUrl), tableName: table.name },
    policy: loadAccessFile(accessFile),
    clients: openClients({
      region: REGION,
      endpoint: aws.url,
      credentials: aws.credentials("admin"),
    }),
    kubeconfig,
  };
}
