// The runner against real worker threads: containers, their clock and environment, and all the ways they end.

import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createClock } from "../../../local/clock.ts";
import {
  createRunner,
  type FunctionError,
  type FunctionSeed,
  type RunNews,
  type Runner,
  type RunnerOptions,
} from "../../../local/lambda/runner.ts";

interface Observation {
  readonly event: unknown;
  readonly runs: number;
  readonly loadedAt: number;
  readonly now: number;
  readonly date: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly functionName: string;
  readonly awsRequestId: string;
  readonly remainingMs: number;
}

const fixture = (name: string): URL => new URL(`./fixtures/${name}`, import.meta.url);

const running: Runner[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((runner) => runner.close()));
});

function aRunner(
  functions: Readonly<Record<string, string | FunctionSeed>>,
  more: Partial<RunnerOptions> = {},
) {
  const lines: string[] = [];
  const listeners: (() => void)[] = [];
  const runner = createRunner({
    functions: Object.fromEntries(
      Object.entries(functions).map(([name, seed]) => [
        name,
        typeof seed === "string" ? { file: fixture(seed), env: {}, timeoutMs: 20_000 } : seed,
      ]),
    ),
    clock: createClock().buffer,
    retryAfterMs: [0, 0],
    onLog: (name, line) => {
      lines.push(`${name}: ${line}`);
      for (const listener of listeners) listener();
    },
    ...more,
  });
  running.push(runner);
  const logged = (line: string) =>
    new Promise<void>((resolve) => {
      const look = () => lines.includes(line) && resolve();
      listeners.push(look);
      look();
    });
  return { runner, lines, logged };
}

function aJournal() {
  const journal = join(mkdtempSync(join(tmpdir(), "latchkey-runner-")), "journal");
  return { journal, read: () => readFileSync(journal, "utf8").trim().split("\n") };
}

describe("a function's container", () => {
  it("gets the event as JSON carries it and gives its result back", async () => {
    const { runner } = aRunner({ observe: "observe.ts" });
    const seen = (await runner.invoke("observe", { a: [1], lost: undefined })) as Observation;
    expect(seen.event).toEqual({ a: [1] });
    expect(seen.functionName).toBe("observe");
    expect(seen.awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen.remainingMs).toBeGreaterThan(0);
    expect(seen.remainingMs).toBeLessThanOrEqual(20_000);
  });

  it("stays warm between invocations, and serves one at a time", async () => {
    const { runner } = aRunner({ observe: "observe.ts" });
    const first = (await runner.invoke("observe", {})) as Observation;
    const second = (await runner.invoke("observe", {})) as Observation;
    expect([first.runs, second.runs]).toEqual([1, 2]);
    expect(second.loadedAt).toBe(first.loadedAt);
    const together = await Promise.all([
      runner.invoke("observe", {}),
      runner.invoke("observe", {}),
    ]);
    expect(together.map((seen) => (seen as Observation).runs).sort()).toEqual([1, 3]);
  });

  it("sees its own environment and nothing of this process's", async () => {
    const seed = { file: fixture("observe.ts"), timeoutMs: 20_000 };
    const { runner } = aRunner({
      give: { ...seed, env: { AWS_ACCESS_KEY_ID: "give" } },
      take: { ...seed, env: { AWS_ACCESS_KEY_ID: "take" } },
    });
    const give = (await runner.invoke("give", {})) as Observation;
    const take = (await runner.invoke("take", {})) as Observation;
    expect(give.environment["AWS_ACCESS_KEY_ID"]).toBe("give");
    expect(take.environment["AWS_ACCESS_KEY_ID"]).toBe("take");
    expect(take.environment["AWS_LAMBDA_FUNCTION_NAME"]).toBe("take");
    expect(take.environment["HOME"]).toBeUndefined();
    expect(take.environment["AWS_CONFIG_FILE"]).not.toContain(".aws");
  });

  it("lives by the stack's clock, from its first line on", async () => {
    const clock = createClock();
    const { runner } = aRunner({ observe: "observe.ts" }, { clock: clock.buffer });
    clock.advance(86_400_000);
    const before = clock.now();
    const seen = (await runner.invoke("observe", {})) as Observation;
    expect(seen.loadedAt).toBeGreaterThanOrEqual(before);
    expect(seen.now).toBeLessThanOrEqual(clock.now());
    clock.advance(3_600_000);
    const moved = clock.now();
    const later = (await runner.invoke("observe", {})) as Observation;
    expect(later.now).toBeGreaterThanOrEqual(moved);
    expect(Date.parse(later.date)).toBe(later.now);
  });

  it("hands over what it prints, line by line", async () => {
    const { runner, lines } = aRunner({ observe: "observe.ts" });
    await runner.invoke("observe", {});
    expect(lines).toEqual(["observe: observed by observe"]);
  });

  it("runs a CommonJS bundle given by its path", async () => {
    const file = fixture("common.cjs").pathname;
    const { runner } = aRunner({ bundle: { file, env: {}, timeoutMs: 20_000 } });
    expect(await runner.invoke("bundle", 1)).toEqual({ bundled: 1 });
  });

  it("is frozen once it has answered: what it left behind goes on with the next invocation only", async () => {
    const { journal, read } = aJournal();
    const { runner } = aRunner({ job: "misbehave.ts", other: "observe.ts" });
    await runner.invoke("job", { do: "leave", journal });
    // Long enough for a timer of 1 ms, had it been running: another thread starts and answers.
    await runner.invoke("other", {});
    expect(read()).toEqual(["began leave"]);
    await runner.invoke("job", { do: "meet", journal, meet: journal });
    expect(read()).toContain("afterthought");
  });

  it("is there before the first invocation when warmed", async () => {
    const { runner } = aRunner({ observe: "observe.ts" });
    await runner.warm();
    const warmedAt = Date.now();
    const seen = (await runner.invoke("observe", {})) as Observation;
    expect(seen.loadedAt).toBeLessThanOrEqual(warmedAt);
  });
});

describe("a function that fails", () => {
  it("gives the handler's error and keeps its container", async () => {
    const { journal } = aJournal();
    const { runner } = aRunner({ job: "misbehave.ts" });
    await expect(runner.invoke("job", { do: "throw", journal })).rejects.toMatchObject({
      errorType: "RangeError",
      message: "out of range",
      trace: expect.arrayContaining(["RangeError: out of range"]),
    });
    // What the runtime itself writes into the log has every field that the error shows, and what they show.
    const thrown = await runner.invoke("job", { do: "throw", journal }).catch((error) => error);
    expect(JSON.parse((thrown as FunctionError).written)).toMatchObject({
      errorType: "RangeError",
      errorMessage: "out of range",
      limit: { errorType: "Error", errorMessage: "too far", code: "FAR" },
    });
    expect(await runner.invoke("job", { do: "leave", journal })).toBe("left");
  });

  it("is ended when it runs out of time", async () => {
    const { journal } = aJournal();
    const seed = { file: fixture("misbehave.ts"), env: {}, timeoutMs: 50 };
    const { runner } = aRunner({ job: seed });
    await expect(runner.invoke("job", { do: "hang", journal })).rejects.toMatchObject({
      errorType: "Sandbox.Timedout",
      message: expect.stringMatching(/Task timed out after 0\.05 seconds$/),
    });
  });

  it("reports that it exited, and the next invocation gets a new container", async () => {
    const { journal } = aJournal();
    const { runner } = aRunner({ job: "misbehave.ts" });
    await expect(runner.invoke("job", { do: "exit", journal })).rejects.toMatchObject({
      errorType: "Runtime.ExitError",
    });
    expect(await runner.invoke("job", { do: "leave", journal })).toBe("left");
  });

  it.each(["empty.ts", "missing.ts"])("says that %s is no function", async (file) => {
    const { runner } = aRunner({ job: file });
    await expect(runner.invoke("job", {})).rejects.toMatchObject({
      errorType: "Runtime.ImportModuleError",
    });
  });

  it("is unknown by any other name", async () => {
    const { runner } = aRunner({ job: "misbehave.ts" });
    expect(runner.has("job")).toBe(true);
    expect(runner.has("jobs")).toBe(false);
    await expect(runner.invoke("jobs", {})).rejects.toThrow("No function is called jobs");
  });
});

describe("killing a function", () => {
  it("ends it in the middle of what it does", async () => {
    const { journal, read } = aJournal();
    const { runner, logged } = aRunner({ job: "misbehave.ts" });
    const invoked = runner.invoke("job", { do: "hang", journal });
    const outcome = expect(invoked).rejects.toMatchObject({ errorType: "Runtime.ExitError" });
    await logged("job: hanging");
    expect(await runner.kill("job")).toBe(1);
    await outcome;
    expect(read()).toEqual(["began hang"]);
    expect(await runner.invoke("job", { do: "leave", journal })).toBe("left");
  });

  it("ends frozen containers as well", async () => {
    const { runner } = aRunner({ observe: "observe.ts" });
    await runner.invoke("observe", {});
    expect(await runner.kill("observe")).toBe(0);
    expect(((await runner.invoke("observe", {})) as Observation).runs).toBe(1);
  });
});

describe("killing one run", () => {
  it("ends the worker that is at it, and no other", async () => {
    const { journal } = aJournal();
    const { runner, news, hanging } = aWatchedRunner();
    const outcomes = [1, 2].map(() => runner.invoke("job", { do: "hang", journal }));
    const settled = Promise.allSettled(outcomes);
    await hanging(2);
    const [first, second] = news.flatMap((each) => (each.kind === "begun" ? [each.requestId] : []));
    expect(await runner.kill("job", "nobody's")).toBe(0);
    expect(await runner.kill("job", first)).toBe(1);
    expect(news.at(-1)).toMatchObject({ kind: "over", requestId: first, outcome: "killed" });
    expect(await runner.kill("job", second)).toBe(1);
    await settled;
  });
});

/** A runner of `job` and what it tells of its runs. */
function aWatchedRunner(more: Partial<RunnerOptions> = {}) {
  const news: RunNews[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let wanted = Number.POSITIVE_INFINITY;
  const look = () => {
    if (news.filter(({ kind }) => kind === "line").length >= wanted) resolve();
  };
  const { runner } = aRunner(
    { job: "misbehave.ts" },
    {
      onRun: (each) => {
        news.push(each);
        look();
      },
      ...more,
    },
  );
  /** So many runs hang by now. */
  const hanging = (count: number) => {
    wanted = count;
    look();
    return promise;
  };
  const told = () =>
    news.map((each) => (each.kind === "over" ? each.outcome : `${each.kind} ${each.functionName}`));
  return { runner, news, told, hanging };
}

describe("what is told of a run", () => {
  it("is that it begins, with its event, and that it is done", async () => {
    const { journal } = aJournal();
    const { runner, news, told } = aWatchedRunner();
    const event = { do: "leave", journal };
    await runner.invoke("job", event);
    expect(told()).toEqual(["begun job", "done"]);
    expect(news[1]).toMatchObject({ result: "left" });
    expect(news[0]).toMatchObject({ event, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(news[1]?.requestId).toBe(news[0]?.requestId);
  });

  it("is that it failed, once for each try", async () => {
    const { journal } = aJournal();
    const { runner, news, told } = aWatchedRunner({ retryAfterMs: [0] });
    await runner.kick("job", { do: "throw", journal });
    expect(told()).toEqual(["begun job", "failed", "begun job", "failed"]);
    expect(news[1]).toMatchObject({ error: { errorType: "RangeError", message: "out of range" } });
    expect(new Set(news.map(({ requestId }) => requestId)).size).toBe(2);
  });

  it("is what it wrote, and that it was killed", async () => {
    const { journal } = aJournal();
    const { runner, news, told, hanging } = aWatchedRunner();
    const settled = Promise.allSettled([runner.invoke("job", { do: "hang", journal })]);
    await hanging(1);
    await runner.kill("job");
    await settled;
    expect(told()).toEqual(["begun job", "line job", "killed"]);
    expect(news[1]).toMatchObject({ line: "hanging" });
  });

  it("is that it was killed where its time ran out", async () => {
    const { journal } = aJournal();
    const file = fixture("misbehave.ts");
    const news: RunNews[] = [];
    const { runner } = aRunner(
      { job: { file, env: {}, timeoutMs: 1 } },
      { onRun: (each) => news.push(each) },
    );
    const invoked = runner.invoke("job", { do: "hang", journal });
    await expect(invoked).rejects.toMatchObject({ errorType: "Sandbox.Timedout" });
    expect(news.at(-1)).toMatchObject({ kind: "over", outcome: "killed" });
  });
});

describe("a longer timeout", () => {
  it("is what the function is told that it has", async () => {
    const { runner } = aRunner({ observe: "observe.ts" }, { timeoutFactor: () => 4 });
    const seen = (await runner.invoke("observe", {})) as Observation;
    expect(seen.remainingMs).toBeGreaterThan(60_000);
    expect(seen.remainingMs).toBeLessThanOrEqual(80_000);
  });
});

describe("a kick", () => {
  it("is tried three times, as Lambda tries an async invocation, and never throws", async () => {
    const { journal, read } = aJournal();
    const { runner, lines } = aRunner({ job: "misbehave.ts" });
    await runner.kick("job", { do: "throw", journal });
    expect(read()).toEqual(["began throw", "began throw", "began throw"]);
    expect(lines).toEqual(Array(3).fill("job: RangeError: out of range"));
  });

  it("is done when a try succeeds", async () => {
    const { journal, read } = aJournal();
    const { runner } = aRunner({ job: "misbehave.ts" });
    await runner.kick("job", { do: "fail-once", journal });
    expect(read()).toEqual(["began fail-once", "began fail-once"]);
  });

  it("of a function that is not there is no error", async () => {
    const { runner } = aRunner({});
    await expect(runner.kick("nobody", {})).resolves.toBeUndefined();
  });

  it("is waited for by idle", async () => {
    const { journal, read } = aJournal();
    const { runner } = aRunner({ job: "misbehave.ts" });
    void runner.kick("job", { do: "fail-once", journal });
    await runner.idle();
    expect(read()).toHaveLength(2);
  });

  it("that waits for its next try is given up when the runner closes", async () => {
    const { journal, read } = aJournal();
    const { runner, logged } = aRunner({ job: "misbehave.ts" }, { retryAfterMs: [3_600_000] });
    const kicked = runner.kick("job", { do: "throw", journal });
    await logged("job: RangeError: out of range");
    await runner.close();
    await kicked;
    expect(read()).toEqual(["began throw"]);
  });
});
