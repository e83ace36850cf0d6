// What the environment says: the least severe lines of the log, and the trace that a run is part of.

import { describe, expect, it } from "@jest/globals";
import { readConfig, traceId } from "../lib/config.ts";

const levelIn = (env: Readonly<Record<string, string>>) =>
  readConfig({ TABLE_NAME: "latchkey-test", ...env }).logLevel;

describe("the log's level", () => {
  it.each([
    ["DEBUG", "info"],
    ["INFO", "info"],
    ["warn", "warn"],
    ["ERROR", "error"],
    ["CRITICAL", "silent"],
    ["SILENT", "silent"],
    ["LOUD", "info"],
  ])("%s, as Powertools is told, is %s", (told, level) => {
    expect(levelIn({ POWERTOOLS_LOG_LEVEL: told })).toBe(level);
  });

  it("is info where nobody says anything, and Lambda's own setting comes first", () => {
    expect(levelIn({})).toBe("info");
    expect(levelIn({ AWS_LAMBDA_LOG_LEVEL: "FATAL" })).toBe("silent");
    expect(levelIn({ AWS_LAMBDA_LOG_LEVEL: "WARN", POWERTOOLS_LOG_LEVEL: "ERROR" })).toBe("warn");
  });
});

describe("the trace of a run", () => {
  const ROOT = "1-5759e988-bd862e3fe1be46a994272793";
  const traced = (header: string) => traceId({ _X_AMZN_TRACE_ID: header });

  it("is named where it is written, and only there: Lambda makes up an id in any case", () => {
    expect(traced(`Root=${ROOT};Parent=53995c3f42cd8ad8;Sampled=1`)).toBe(ROOT);
    expect(traced(`Root=${ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:0`)).toBe(ROOT);
    expect(traced(`Root=${ROOT};Parent=53995c3f42cd8ad8;Sampled=0`)).toBeUndefined();
    expect(traceId({})).toBeUndefined();
  });
});
