// Bolt behind the gate: the app with its listeners, fed by verified requests only.

import { App, AwsLambdaReceiver, LogLevel } from "@slack/bolt";
import { httpsFetch } from "./https-fetch.ts";
import { listen, type SlackPorts } from "./listeners.ts";
import type { GateOptions } from "./receive.ts";

export interface AppOptions {
  readonly ports: SlackPorts;
  readonly apiUrl: string;
  readonly botToken: () => Promise<string>;
}

/** What the gate hands verified bodies to. */
export function createSlackApp({ ports, apiUrl, botToken }: AppOptions): GateOptions["handle"] {
  const receiver = new AwsLambdaReceiver({
    // NB. The gate has verified, over the raw bytes and with every secret that is accepted.
    signatureVerification: false,
    signingSecret: "",
    logLevel: LogLevel.ERROR,
  });
  const app = new App({
    receiver,
    logLevel: LogLevel.ERROR,
    convoStore: false,
    // One workspace, and its token is known: nothing to look up before the first answer.
    authorize: async () => ({ botToken: await botToken(), botId: "B", botUserId: "U" }),
    ignoreSelf: false,
    clientOptions: {
      slackApiUrl: apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: 2_000,
      fetch: httpsFetch,
    },
  });
  app.error(async (error) => {
    ports.log.error("listener failed", { error: error.original ?? error });
    throw error;
  });
  listen(app, ports);
  const bolt = receiver.toHandler();
  return async ({ contentType, body }) => {
    const event = {
      body,
      isBase64Encoded: false,
      headers: { "content-type": contentType },
    };
    // Bolt's handler takes API Gateway's whole event but reads only these.
    return bolt(event as unknown as Parameters<typeof bolt>[0], {});
  };
}
