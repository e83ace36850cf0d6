// The log: one line of JSON per event, a static message and fields.

import type { Log } from "./broker/ports.ts";

/** Writes to `write` (a line without its end); errors become their code, message and causes. */
export function createLog(
  fixed: Readonly<Record<string, unknown>>,
  write: (line: string) => void,
): Log {
  const at =
    (level: string): Log["info"] =>
    (message, fields = {}) =>
      write(JSON.stringify({ level, message, ...fixed, ...fields }, replacer));
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
