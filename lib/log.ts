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

function replacer(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, cause } = value;
  const code = "code" in value ? { code: value.code } : {};
  // NB. No stack of a cause and no other fields: SDK errors carry whole requests.
  return { name, message, ...code, ...(cause instanceof Error ? { cause } : {}) };
}
