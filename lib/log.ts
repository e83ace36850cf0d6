// The log: one line of JSON per event, a static message and fields.

// Two things write it, and test/log.test.ts holds their lines alike: this for the Slack function, and Powertools
// (powertools.ts) for the workers, whose start nobody waits for. It would cost the first answer to Slack 9 ms of
// loading, where an empty Node process takes 30 and three times that is the aim.

import type { Log } from "./broker/ports.ts";

const LEVELS = ["info", "warn", "error", "silent"] as const;

/** The least severe lines that are written. */
export type LogLevel = (typeof LEVELS)[number];

/** What stands on every line; asked for at each. */
export type Common = () => Readonly<Record<string, unknown>>;

/**
 * Writes lines of `least` and above to `write` (a line without its end): the level, the message, what `common`
 * says at that moment, and the fields, without what is empty. Errors become their name, message, code and causes.
 */
export function createLog(common: Common, least: LogLevel, write: (line: string) => void): Log {
  const at = (level: LogLevel): Log["info"] => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return () => {};
    return (message, fields = {}) => {
      const said = Object.entries({ level, message, ...common(), ...fields });
      const line = Object.fromEntries(said.filter(([, value]) => value !== "" && value !== null));
      write(JSON.stringify(line, replacer));
    };
  };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

function replacer(_key: string, value: unknown): unknown {
  return value instanceof Error ? told(value) : value;
}

// A chain of causes may close upon itself; the first few tell the story.
const MOST_CAUSES = 5;

const isPlain = (code: unknown) => typeof code === "string" || typeof code === "number";

/** What of an error is logged. */
export function told(error: Error, mostCauses = MOST_CAUSES): Record<string, unknown> {
  const { name, message, cause } = error;
  const code = "code" in error && isPlain(error.code) ? { code: error.code } : {};
  // NB. No stack and no other fields: SDK errors carry whole requests, with their credentials.
  const deeper = cause instanceof Error && mostCauses > 0;
  return { name, message, ...code, ...(deeper ? { cause: told(cause, mostCauses - 1) } : {}) };
}
