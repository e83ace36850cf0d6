// Slack's secrets: as given in the environment, or from an SSM SecureString, read anew every few minutes and when Slack refuses them.

import type { Clock, Log } from "../broker/ports.ts";
import { type Config, parseSlackSecrets, type SlackSecrets } from "../config.ts";

export interface SecretsReader {
  /** The secrets, as read within the last five minutes; within the last hour where they cannot be read now. */
  kept(): Promise<SlackSecrets>;
  /**
   * The same, read now unless somebody tried that within the last half minute: for where those kept do not fit. So
   * a rotation is seen at once, and nobody who guesses makes us ask SSM all the time.
   */
  anew(): Promise<SlackSecrets>;
}

const GOOD_FOR_MS = 5 * 60_000;
/** NB. A secret that was taken out of the parameter is accepted no longer than this, whatever SSM answers. */
const USABLE_FOR_MS = 60 * 60_000;
const TRIED_EVERY_MS = 30_000;

/** Loads the SSM client only where a parameter is configured, and at the first read. */
export function createSecretsReader(
  { slack }: Pick<Config, "slack">,
  { clock, log }: { readonly clock: Pick<Clock, "now">; readonly log: Log },
  read: (parameter: string) => Promise<string> = readFromSsm,
): SecretsReader {
  const { secrets } = slack;
  switch (secrets.kind) {
    case "given":
      return always(async () => secrets.secrets);
    case "none":
      return always(() => Promise.reject(new Error(NONE)));
    case "parameter":
      return fromParameter(clock, log, async () => parseSlackSecrets(await read(secrets.name)));
    default:
      throw new TypeError(`unknown secrets ${JSON.stringify(secrets satisfies never)}`);
  }
}

const NONE =
  "No Slack secrets: set SLACK_SECRETS_PARAMETER, or SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN.";

function always(secrets: () => Promise<SlackSecrets>): SecretsReader {
  return { kept: secrets, anew: secrets };
}

function fromParameter(
  { now }: Pick<Clock, "now">,
  log: Log,
  read: () => Promise<SlackSecrets>,
): SecretsReader {
  let known: { readonly secrets: SlackSecrets; readonly at: number } | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<SlackSecrets> | undefined;

  /** What is known, if it is no older than `mostMs`. */
  const youngerThan = (mostMs: number) =>
    known !== undefined && now() - known.at < mostMs ? known.secrets : undefined;

  async function readNow(): Promise<SlackSecrets> {
    const at = now();
    triedAt = at;
    const secrets = await read();
    known = { secrets, at };
    return secrets;
  }

  /** One read for all who want one at the same time. */
  async function readOrKnown(): Promise<SlackSecrets> {
    reading ??= readNow().finally(() => {
      reading = undefined;
    });
    try {
      return await reading;
    } catch (error) {
      const before = youngerThan(USABLE_FOR_MS);
      if (before === undefined) throw error;
      log.warn("Slack's secrets cannot be read; those read before go on for a while", { error });
      return before;
    }
  }

  const wasTried = () => now() - triedAt < TRIED_EVERY_MS;
  return {
    async kept() {
      return youngerThan(wasTried() ? USABLE_FOR_MS : GOOD_FOR_MS) ?? readOrKnown();
    },
    async anew() {
      return (wasTried() ? youngerThan(USABLE_FOR_MS) : undefined) ?? readOrKnown();
    },
  };
}

/** What a client of Slack's Web API needs of them. */
export function botTokens(secrets: SecretsReader) {
  return {
    botToken: async () => (await secrets.kept()).botToken,
    /** For where Slack refuses that one. Never throws; undefined: it cannot be read. */
    newestToken: () =>
      secrets.anew().then(
        ({ botToken }) => botToken,
        () => undefined,
      ),
  };
}

async function readFromSsm(parameter: string): Promise<string> {
  const { readParameter } = await import("./read-parameter.ts");
  return readParameter(parameter);
}
