// The log: a line of JSON per event, whatever an error drags along, and the same whoever writes it.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Log } from "../lib/broker/ports.ts";
import { type Common, createLog, type LogLevel } from "../lib/log.ts";
import { createLog as createLogByPowertools } from "../lib/powertools.ts";
import { linesWritten, toStandardOutput } from "./support/lines-written.ts";

type Make = (common: Common, least: LogLevel) => Log;
const lean: Make = (common, least) => createLog(common, least, toStandardOutput);
const WRITERS: readonly (readonly [string, Make])[] = [
  ["the Slack function's", lean],
  ["the workers', by Powertools", createLogByPowertools],
];

describe.each(WRITERS)("the log: %s", (_whose, make) => {
  const logged = (error: unknown) => {
    const log = make(() => ({}), "info");
    return JSON.parse(linesWritten(() => log.error("failed", { error })).join("\n"));
  };

  it("is a line of JSON per event: the level, a message, what is common just then, and fields", () => {
    let run = 1;
    const log = make(() => ({ run }), "info");
    const lines = linesWritten(() => {
      log.info("one", { grant: "LK-0000000001" });
      run = 2;
      log.warn("100 %s of other");
      log.error("last", { none: undefined, nothing: null, empty: "", no: false, zero: 0 });
    });
    expect(lines).toEqual([
      '{"level":"info","message":"one","run":1,"grant":"LK-0000000001"}',
      '{"level":"warn","message":"100 %s of other","run":2}',
      '{"level":"error","message":"last","run":2,"no":false,"zero":0}',
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

  it("takes for a code only what is a word or a number, not what an SDK may keep under that name", () => {
    const withCode = (code: unknown) => logged(Object.assign(new Error("no"), { code })).error;
    expect(withCode(404)).toEqual({ name: "Error", message: "no", code: 404 });
    expect(withCode({ request: "secret" })).toEqual({ name: "Error", message: "no" });
  });

  it("comes to an end where the causes go round in a circle", () => {
    const one: Error = new Error("one");
    one.cause = new Error("other", { cause: one });
    expect(logged(one).error).toMatchObject({ message: "one", cause: { message: "other" } });
  });

  it("writes no line of its own, whatever Powertools' environment asks for", () => {
    process.env["POWERTOOLS_LOGGER_SAMPLE_RATE"] = "1";
    try {
      const lines = linesWritten(() => {
        const log = make(() => ({}), "info");
        log.info("one");
        log.info("two");
      });
      expect(lines.map((line) => JSON.parse(line).message)).toEqual(["one", "two"]);
    } finally {
      delete process.env["POWERTOOLS_LOGGER_SAMPLE_RATE"];
    }
  });

  it.each([
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
    ["silent", []],
  ] as const)("leaves out what is less severe than %s", (least, written) => {
    const log = make(() => ({}), least);
    const lines = linesWritten(() => {
      log.info("event");
      log.warn("event");
      log.error("event");
    });
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(written);
  });

  it("keeps runs apart that go on at the same time", () => {
    let run = "one";
    const log = make(() => ({ run }), "info");
    const [first, second, third] = linesWritten(() => {
      log.info("begun", { grant: "LK-0000000001" });
      run = "other";
      log.info("begun");
      run = "one";
      log.info("done");
    }).map((line) => JSON.parse(line));
    expect(first).toMatchObject({ run: "one", grant: "LK-0000000001" });
    expect(second).toEqual({ level: "info", message: "begun", run: "other" });
    expect(third).toEqual({ level: "info", message: "done", run: "one" });
  });
});

describe("both logs", () => {
  const error = fc
    .record({ message: fc.string(), code: fc.string(), secret: fc.string() })
    .map(({ message, ...more }) => Object.assign(new Error(message), more));
  const causedBy = fc.tuple(error, error).map(([outer, cause]) => Object.assign(outer, { cause }));
  const value = fc.oneof(fc.jsonValue(), error, causedBy, fc.constant(undefined));
  const fields = fc.dictionary(fc.stringMatching(/^x[a-z]{0,5}$/), value);

  it("write the same of the same event", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("info", "warn", "error"),
        fc.constantFrom<LogLevel>("info", "warn", "error", "silent"),
        fc.string(),
        fields,
        fields,
        (level, least, message, common, own) => {
          const [ours, theirs] = WRITERS.map(([, make]) => {
            const log = make(() => common, least);
            return linesWritten(() => log[level](message, own));
          });
          expect(theirs).toEqual(ours);
        },
      ),
    );
  });
});
