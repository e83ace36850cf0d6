// The embedded stack as a deployment to look at: one that `npm start` has running, or one of the doctor's own.

import { InvokeCommand } from "@aws-sdk/client-lambda";
import { KubeConfig } from "@kubernetes/client-node";
import { loadAccessFile } from "../../lib/policy/load-access-file.ts";
import { PREFIX } from "../../local/as-deployed.ts";
import { lambdaName, SECRETS_PARAMETER } from "../../local/functions.ts";
import { renderKubeconfig } from "../../local/kubernetes/kubeconfig.ts";
import { CLUSTER, REGION } from "../../local/scenario.ts";
import { type LambdaAnswer, lambdaEvent } from "../../local/slack/requests.ts";
import type { Stack } from "../../local/stack.ts";
import { type Clients, openClients } from "./clients.ts";
import type { Examination } from "./examine.ts";
import type { Address, Place } from "./patient.ts";

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
    address: addressIn((event) => stack.invoke("slack", event)),
  };
}

/** Slack's address in a stack that another process runs. */
export function addressBeside({ lambda }: Clients): Address {
  return addressIn(async (event) => {
    const Payload = JSON.stringify(event);
    const command = new InvokeCommand({ FunctionName: lambdaName("slack"), Payload });
    const answer = (await lambda.send(command)).Payload;
    return JSON.parse(answer?.transformToString() ?? "{}");
  });
}

/** The stack has no gateway: its events go to the function as the gateway's would. */
function addressIn(invoke: (event: unknown) => Promise<unknown>): Address {
  const path = "/slack/events";
  return {
    url: path,
    async knock() {
      const now = Date.now();
      const event = lambdaEvent({ path, headers: {}, body: "", now, requestId: "doctor" });
      const { statusCode = 502 } = ((await invoke(event)) ?? {}) as Partial<LambdaAnswer>;
      return statusCode;
    },
  };
}
