// The log: a line of JSON per event, whatever an error drags along.

import { describe, expect, it } from "@jest/globals";
import { createLog } from "../lib/log.ts";

function logged(error: Error): { readonly error: unknown } {
  const lines: string[] = [];
  createLog(
    () => ({}),
    (line) => lines.push(line),
  ).error("failed", { error });
  return JSON.parse(lines.join("\n"));
}

describe("the log", () => {
  it("is a line of JSON per event: the level, a message, what is common just then, and fields", () => {
    const lines: string[] = [];
    let run = 1;
    const log = createLog(
      () => ({ run }),
      (line) => lines.push(line),
    );
    log.info("one", { grant: "LK-0000000001" });
    run = 2;
    log.warn("other");
    expect(lines).toEqual([
      '{"level":"info","message":"one","run":1,"grant":"LK-0000000001"}',
      '{"level":"warn","message":"other","run":2}',
    ]);
  });

  it("tells an error by its name, message, code and causes, and nothing else of it", () => {
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED", request: "secret" });
    expect(logged(new TypeError("no answer", { cause })).error).toEqual({
      name: "TypeError",
      message: "no answer",
      cause: { name: "Error", message: "refused", code: "ECONNREFUSED" },
    });
  });

  it("comes to an end where the causes go round in a circle", () => {
    const one: Error = new Error("one");
    one.cause = new Error("other", { cause: one });
    expect(logged(one).error).toMatchObject({ message: "one", cause: { message: "other" } });
  });
});
