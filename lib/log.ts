// The log: one line of JSON per event, a static message and fields.

// Powertools' Logger would cost the first answer to Slack 9 ms of loading, where an empty Node process takes 30
// and three times that is the aim; and it writes errors whole, where those of an SDK hold requests with
// their credentials. Of what it has, this has what is used: levels, fields, a correlation id on every line.

import type { Log } from "./broker/ports.ts";

/**
 * Writes to `write` (a line without its end), with what `common` says at that moment on each line; errors
 * become their code, message and causes.
 */
export function createLog(
  common: () => Readonly<Record<string, unknown>>,
  write: (line: string) => void,
): Log {
  const at =
    (level: string): Log["info"] =>
    (message, fields = {}) =>
      write(JSON.stringify({ level, message, ...common(), ...fields }, replacer));
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

// A chain of causes may close upon itself; the first few tell the story.
const MOST_CAUSES = 5;

function replacer(_key: string, value: unknown): unknown {
  return value instanceof Error ? told(value, MOST_CAUSES) : value;
}

function told(error: Error, mostCauses: number): object {
  const { name, message, cause } = error;
  const code = "code" in error ? { code: error.code } : {};
  // NB. No stack and no other fields: SDK errors carry whole requests.
  const deeper = cause instanceof Error && mostCauses > 0;
  return { name, message, ...code, ...(deeper ? { cause: told(cause, mostCauses - 1) } : {}) };
}
