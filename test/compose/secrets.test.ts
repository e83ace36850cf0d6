// Slack's secrets as a container keeps them: never for long, never asked for all the time, and through a rotation and an outage of SSM.

import { describe, expect, it } from "@jest/globals";
import { botTokens, createSecretsReader } from "../../lib/compose/secrets.ts";
import { createLog } from "../../lib/log.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const stored = (signingSecret: string, botToken = "xoxb-one") =>
  JSON.stringify({ signingSecret, botToken });

/** A parameter whose value, or failure, a test may change at any time. */
function aParameter() {
  let time = Date.UTC(2026, 10, 22, 14);
  const lines: string[] = [];
  const parameter = { value: stored("old") as string | Error, reads: 0 };
  const log = createLog(
    () => ({}),
    "info",
    (line) => lines.push(line),
  );
  const reader = createSecretsReader(
    { slack: { apiUrl: "", secrets: { kind: "parameter", name: "/latchkey/slack" } } },
    { clock: { now: () => time }, log },
    async (name) => {
      expect(name).toBe("/latchkey/slack");
      parameter.reads += 1;
      if (parameter.value instanceof Error) throw parameter.value;
      return parameter.value;
    },
  );
  const signing = async (how: "kept" | "anew") => (await reader[how]()).signingSecrets.join();
  const pass = (ms: number) => {
    time += ms;
  };
  return { parameter, reader, signing, lines, pass };
}

describe("secrets in a parameter", () => {
  it("are read once by all who ask at the same time, and kept for five minutes", async () => {
    const { parameter, reader, pass } = aParameter();
    await Promise.all([reader.kept(), reader.kept(), reader.anew()]);
    pass(5 * MINUTE - 1);
    await reader.kept();
    expect(parameter.reads).toBe(1);
    pass(1);
    await reader.kept();
    expect(parameter.reads).toBe(2);
  });

  it("are read at once where those kept do not fit, at most every half minute", async () => {
    const { parameter, signing, pass } = aParameter();
    await signing("kept");
    pass(MINUTE);
    parameter.value = stored("new,old");
    expect(await signing("kept")).toBe("old");
    expect(await signing("anew")).toBe("new,old");
    expect(await signing("kept")).toBe("new,old");
    for (let guesses = 0; guesses < 1_000; guesses++) await signing("anew");
    expect(parameter.reads).toBe(2);
    pass(30 * SECOND);
    await signing("anew");
    expect(parameter.reads).toBe(3);
  });

  it("go on for an hour where SSM does not answer, and no longer", async () => {
    const { parameter, reader, signing, pass, lines } = aParameter();
    await signing("kept");
    parameter.value = new Error("SSM is down");
    pass(5 * MINUTE);
    expect([await signing("kept"), await signing("anew")]).toEqual(["old", "old"]);
    // Whoever waits for an answer does not wait for SSM every time.
    expect(parameter.reads).toBe(2);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: "warn", error: { message: "SSM is down" } },
    ]);
    pass(54 * MINUTE);
    expect(await signing("kept")).toBe("old");
    pass(MINUTE);
    await expect(reader.kept()).rejects.toThrow("SSM is down");
    await expect(reader.anew()).rejects.toThrow("SSM is down");
  });

  it("that could not be read at first are read again at the next request", async () => {
    const { parameter, reader, signing } = aParameter();
    parameter.value = new Error("SSM is down");
    await expect(reader.kept()).rejects.toThrow("SSM is down");
    parameter.value = stored("old");
    expect(await signing("kept")).toBe("old");
  });

  it.each(["", "xoxb-canary", '{"signingSecret":"canary"}', '{"botToken":"canary"', "[]", "null"])(
    "that are no such JSON are an error that holds nothing of them: %j",
    async (value) => {
      const { parameter, reader } = aParameter();
      parameter.value = value;
      const problem = await reader.kept().catch((error: unknown) => error);
      expect(String(problem)).toMatch(/must be JSON/);
      expect(JSON.stringify(problem, Object.getOwnPropertyNames(problem))).not.toContain("canary");
    },
  );

  it("give a client the newest token, or none where it cannot be read", async () => {
    const { parameter, reader, pass } = aParameter();
    const { botToken, newestToken } = botTokens(reader);
    parameter.value = new Error("SSM is down");
    expect(await newestToken()).toBeUndefined();
    parameter.value = stored("old", "xoxb-one");
    expect(await botToken()).toBe("xoxb-one");
    parameter.value = stored("old", "xoxb-two");
    pass(30 * SECOND);
    expect([await botToken(), await newestToken(), await botToken()]).toEqual([
      "xoxb-one",
      "xoxb-two",
      "xoxb-two",
    ]);
  });
});

describe("secrets in no parameter", () => {
  it("are as the environment gives them", async () => {
    const secrets = { signingSecrets: ["given"], botToken: "xoxb-given" };
    const config = { slack: { apiUrl: "", secrets: { kind: "given", secrets } as const } };
    const ports = {
      clock: { now: () => 0 },
      log: createLog(
        () => ({}),
        "info",
        () => {},
      ),
    };
    expect(await createSecretsReader(config, ports).kept()).toBe(secrets);
  });

  it("are none, which is said by name", async () => {
    const config = { slack: { apiUrl: "", secrets: { kind: "none" } as const } };
    const ports = {
      clock: { now: () => 0 },
      log: createLog(
        () => ({}),
        "info",
        () => {},
      ),
    };
    await expect(createSecretsReader(config, ports).kept()).rejects.toThrow(
      /SLACK_SECRETS_PARAMETER/,
    );
  });
});
