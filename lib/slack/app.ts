// Bolt behind the gate: the app with its listeners, fed by verified requests only.

import { App, AwsLambdaReceiver, type Logger, LogLevel } from "@slack/bolt";
import type { FetchFunction } from "@slack/web-api";
import type { Log } from "../broker/ports.ts";
import type { SlackPorts } from "./clicks.ts";
import { httpsFetch } from "./https-fetch.ts";
import { listen } from "./listeners.ts";
import type { GateOptions } from "./receive.ts";

export interface AppOptions {
  readonly ports: SlackPorts;
  readonly apiUrl: string;
  readonly botToken: () => Promise<string>;
  readonly fetch?: FetchFunction;
}

/** What the gate hands verified bodies to. */
export function createSlackApp({
  ports,
  apiUrl,
  botToken,
  fetch = httpsFetch,
}: AppOptions): GateOptions["handle"] {
  const logger = loggerFor(ports.log);
  const receiver = new AwsLambdaReceiver({
    // NB. The gate has verified, over the raw bytes and with every secret that is accepted.
    signatureVerification: false,
    signingSecret: "",
    logger,
  });
  const app = new App({
    receiver,
    logger,
    convoStore: false,
    // One workspace, and its token is known: nothing to look up before the first answer.
    authorize: async () => ({ botToken: await botToken(), botId: "B", botUserId: "U" }),
    ignoreSelf: false,
    clientOptions: {
      slackApiUrl: apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: 2_000,
      fetch,
    },
  });
  app.error(async (error) => {
    ports.log.error("listener failed", { error: error.original ?? error });
    throw error;
  });
  listen(app, ports);
  const bolt = receiver.toHandler();
  return async ({ contentType, body, kind }) => {
    const event = {
      body,
      isBase64Encoded: false,
      headers: { "content-type": contentType },
    };
    // Bolt's handler takes API Gateway's whole event but reads only these.
    const answer = await bolt(event as unknown as Parameters<typeof bolt>[0], {});
    if (answer.statusCode !== 404) return answer;
    // Nothing listens to that: a link's button, an event that another release asked for. Slack would send it again.
    ports.log.warn("request not known", { kind });
    return { statusCode: 200, body: "" };
  };
}

/** What Bolt says of errors, as a line of our log. NB. Nothing else of what it says: that holds payloads. */
function loggerFor(log: Log): Logger {
  const quiet = () => {};
  return {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (text: unknown) => log.error("Bolt failed", { text: String(text) }),
    setLevel: quiet,
    getLevel: () => LogLevel.ERROR,
    setName: quiet,
  };
}
