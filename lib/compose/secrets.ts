// Slack's secrets: as given in the environment, or from an SSM SecureString, read anew every few minutes.

import { type Config, parseSlackSecrets, type SlackSecrets } from "../config.ts";

const KEEP_MS = 5 * 60_000;

/**
 * A reader of the secrets that keeps them for five minutes, so that a rotation is seen without a deploy.
 * Loads the SSM client only where a parameter is configured.
 */
export function createSecretsReader(
  { slack }: Pick<Config, "slack">,
  now: () => number,
): () => Promise<SlackSecrets> {
  const { secrets } = slack;
  if (secrets.kind === "given") return async () => secrets.secrets;
  if (secrets.kind === "none") {
    return () =>
      Promise.reject(
        new Error(
          "No Slack secrets: set SLACK_SECRETS_PARAMETER, or SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN.",
        ),
      );
  }
  let kept: { at: number; read: Promise<SlackSecrets> } | undefined;
  return () => {
    if (kept === undefined || now() - kept.at > KEEP_MS) {
      const read = readSecrets(secrets.name);
      kept = { at: now(), read };
      // A failed read is not kept: the next request tries again.
      read.catch(() => {
        if (kept?.read === read) kept = undefined;
      });
    }
    return kept.read;
  };
}

async function readSecrets(parameter: string): Promise<SlackSecrets> {
  const { readParameter } = await import("./read-parameter.ts");
  return parseSlackSecrets(await readParameter(parameter));
}
