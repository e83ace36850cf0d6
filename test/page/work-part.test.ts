// What each function did, pass by pass: how it is put together, and what it says of the real functions.

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { FUNCTION_NAMES } from "../../deploy/roles.ts";
import type { Call } from "../../local/aws/front-door.ts";
import type { FunctionNews } from "../../local/deployment.ts";
import type { ServedRequest } from "../../local/kubernetes/server.ts";
import type { RunOutcome } from "../../local/lambda/runner.ts";
import { createListeners } from "../../local/listeners.ts";
import type { Pass } from "../../local/page/protocol.ts";
import { type WatchedStack, type Work, watchWork } from "../../local/page/work-part.ts";
import type { ApiCall } from "../../local/slack/web-api.ts";
import type { FunctionName } from "../../local/stack.ts";
import { ADA, BOB, itWithOurIam, MINUTE, scene, stackForTests } from "../end-to-end/scene.ts";

const SCHEDULED = { source: "aws.events" };

/** A stack in which nothing happens but what a test says. */
function aWorld() {
  const runs = createListeners<FunctionNews>();
  const aws = createListeners<Call>();
  const cluster = createListeners<ServedRequest>();
  const slack = createListeners<ApiCall>();
  let at = 1_000;
  let changes = 0;
  const stack: WatchedStack = {
    now: () => at,
    onRun: runs.listen,
    aws: { calls: { onCall: aws.listen } },
    cluster: { onRequest: cluster.listen },
    slackApi: { onCall: slack.listen },
  };
  const work = watchWork(stack, () => {
    changes += 1;
  });
  let count = 0;
  /** A run that has begun, and what it does. */
  const begin = (name: FunctionName, event: unknown = SCHEDULED) => {
    count += 1;
    const from = { functionName: `latchkey-${name}`, requestId: `run-${count}` };
    const it = { ...from, function: name };
    const identity = from.functionName;
    runs.tell({ ...it, kind: "begun", event });
    return {
      asksAws: (service: string, action: string, status = 200) =>
        aws.tell({ service, action, identity, status, at, from }),
      asksCluster: (method: string, path: string, status = 200) =>
        cluster.tell({ method, path, status, user: identity, from }),
      asksSlack: (method: string, error?: string) =>
        slack.tell({ method, args: {}, at, from, ...(error !== undefined && { error }) }),
      writes: (line: string) => runs.tell({ ...it, kind: "line", line }),
      ends: (outcome: RunOutcome = "done") => runs.tell({ ...it, kind: "over", outcome }),
    };
  };
  return {
    begin,
    aws,
    passes: () => work.part().passes,
    /** The newest pass. */
    pass(): Pass {
      const [newest] = work.part().passes;
      if (newest === undefined) throw new Error("there was no pass");
      return newest;
    },
    changes: () => changes,
    takes(ms: number): void {
      at += ms;
    },
    stop: work.stop,
  };
}

describe("a pass", () => {
  it("is under way from its first moment, and over with its outcome", () => {
    const { begin, pass, takes } = aWorld();
    const run = begin("revoke");
    expect(pass()).toEqual({
      id: 1,
      function: "revoke",
      wokenBy: "the schedule",
      startedAt: 1_000,
      calls: [],
      log: [],
    });
    takes(250);
    run.ends("killed");
    expect(pass()).toMatchObject({ endedAt: 1_250, outcome: "killed" });
  });

  it.each([
    ["Slack", { requestContext: { http: { method: "POST" } } }],
    ["the schedule", SCHEDULED],
    ["a kick", { grants: ["LK-0000000001"] }],
    ["a kick", {}],
    ["a kick", null],
  ])("is woken by %s", (wokenBy, event) => {
    const { begin, pass } = aWorld();
    begin("announce", event);
    expect(pass().wokenBy).toBe(wokenBy);
  });

  it("names what it asks of the world in the order of the first, with how often and how often in vain", () => {
    const { begin, pass } = aWorld();
    const run = begin("provision");
    run.asksAws("iam", "AddUserToGroup", 0);
    run.asksAws("dynamodb", "UpdateItem");
    run.asksAws("iam", "AddUserToGroup", 400);
    run.asksAws("iam", "AddUserToGroup");
    run.asksAws("lambda", "Invoke", 202);
    run.asksAws("eks", "DescribeCluster");
    const awsAuth = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
    run.asksCluster("PATCH", `${awsAuth}?fieldManager=latchkey`, 409);
    run.asksSlack("chat.update");
    run.asksSlack("chat.update", "http_503");
    expect(pass().calls).toEqual([
      { what: "IAM AddUserToGroup", times: 3, failed: 2 },
      { what: "DynamoDB UpdateItem", times: 1, failed: 0 },
      { what: "Lambda Invoke", times: 1, failed: 0 },
      { what: "EKS DescribeCluster", times: 1, failed: 0 },
      { what: "Kubernetes PATCH aws-auth", times: 1, failed: 1 },
      { what: "Slack chat.update", times: 2, failed: 1 },
    ]);
  });

  it("has its own calls only, of several at once", () => {
    const { begin, passes, aws } = aWorld();
    const one = begin("revoke");
    const other = begin("revoke");
    other.asksAws("iam", "RemoveUserFromGroup");
    one.asksAws("iam", "GetGroup");
    const site = { service: "iam", action: "GetUser", identity: "admin" };
    aws.tell({ ...site, status: 200, at: 0 });
    expect(passes().map(({ calls }) => calls.map(({ what }) => what))).toEqual([
      ["IAM RemoveUserFromGroup"],
      ["IAM GetGroup"],
    ]);
  });

  it("has what it logged, without metrics and what is no line of the log", () => {
    const { begin, pass } = aWorld();
    const run = begin("revoke");
    run.writes('{"level":"info","message":"grant ended","function":"revoke","grant":"LK-A"}');
    run.writes('{"_aws":{"Timestamp":1},"service":"latchkey","heartbeat":1}');
    run.writes('{"level":"warn","message":"access is overdue","count":1}');
    run.writes("(node:1) Warning: something");
    run.writes("null");
    run.writes('{"level":"shout","message":"loud"}');
    expect(pass().log).toEqual([
      { level: "info", message: "grant ended", grant: "LK-A" },
      { level: "warn", message: "access is overdue" },
    ]);
  });

  it("is told of with every bit of it, and no more once nobody listens", () => {
    const { begin, changes, passes, stop } = aWorld();
    const run = begin("revoke");
    run.asksAws("dynamodb", "Query");
    run.ends();
    expect(changes()).toBe(3);
    stop();
    begin("announce");
    expect(changes()).toBe(3);
    expect(passes()).toHaveLength(1);
  });
});

describe("the passes", () => {
  const idle = (world: ReturnType<typeof aWorld>, name: FunctionName, event?: unknown) => {
    const run = world.begin(name, event);
    run.asksAws("dynamodb", "Query");
    run.asksAws("dynamodb", "UpdateItem");
    run.ends();
  };

  it("come newest first", () => {
    const { begin, passes } = aWorld();
    for (const name of ["slack", "provision", "announce"] as const) begin(name);
    expect(passes().map((pass) => pass.function)).toEqual(["announce", "provision", "slack"]);
  });

  it("are the last hundred", () => {
    const { begin, passes } = aWorld();
    for (let n = 1; n <= 130; n++) begin("slack", { requestContext: {} }).ends();
    expect(passes()).toHaveLength(100);
    expect(passes().at(-1)?.id).toBe(31);
  });

  it("that found nothing to do push nothing else out: the last three of each function stay", () => {
    const world = aWorld();
    const first = world.begin("provision");
    first.asksAws("iam", "AddUserToGroup");
    first.ends();
    for (let n = 0; n < 200; n++) {
      idle(world, "provision");
      idle(world, "announce", { grants: [] });
    }
    expect(world.passes().map((pass) => `${pass.id} ${pass.function}`)).toEqual([
      "401 announce",
      "400 provision",
      "399 announce",
      "398 provision",
      "397 announce",
      "396 provision",
      "1 provision",
    ]);
  });

  it("of watch found nothing where all it did was look, and say that it had", () => {
    const world = aWorld();
    for (let n = 0; n < 5; n++) {
      const run = world.begin("watch");
      run.asksAws("iam", "GetGroup");
      run.asksCluster("GET", "/api/v1/namespaces/kube-system/configmaps/aws-auth");
      run.writes('{"level":"info","message":"watch has looked","grants":1,"findings":0}');
      run.asksAws("lambda", "Invoke", 202);
      run.ends();
    }
    expect(world.passes()).toHaveLength(3);
  });

  it.each<[string, (world: ReturnType<typeof aWorld>) => void]>([
    ["came from Slack", (world) => idle(world, "slack", { requestContext: {} })],
    ["failed", ({ begin }) => begin("revoke").ends("failed")],
    ["are under way", ({ begin }) => void begin("revoke")],
    [
      "wrote access",
      ({ begin }) => {
        const run = begin("revoke");
        run.asksAws("iam", "RemoveUserFromGroup");
        run.ends();
      },
    ],
    [
      "could not look",
      ({ begin }) => {
        const run = begin("revoke");
        run.asksAws("iam", "GetGroup", 400);
        run.ends();
      },
    ],
    [
      "had something to say of a grant",
      ({ begin }) => {
        const run = begin("revoke");
        run.writes('{"level":"info","message":"grant lapsed","grant":"LK-A"}');
        run.ends();
      },
    ],
    [
      "warned",
      ({ begin }) => {
        const run = begin("revoke");
        run.writes('{"level":"warn","message":"full pass not noted"}');
        run.ends();
      },
    ],
  ])("that %s all stay", (_how, happens) => {
    const world = aWorld();
    for (let n = 0; n < 5; n++) happens(world);
    expect(world.passes()).toHaveLength(5);
  });
});

describe("of the real functions", () => {
  const stack = stackForTests();
  const { approve, request, granted, inNoTime, pastTheEnd } = scene(stack);
  let work: Work;
  beforeAll(() => {
    work = watchWork(stack(), () => {});
  });
  afterAll(() => work.stop());

  /** The passes of a function since the last of `earlier`, oldest first. */
  const passesOf = (name: FunctionName, wokenBy: Pass["wokenBy"], since = 0) =>
    work
      .part()
      .passes.filter((pass) => pass.id > since)
      .filter((pass) => pass.function === name && pass.wokenBy === wokenBy)
      .toReversed();
  const newest = () => work.part().passes[0]?.id ?? 0;
  const whats = (passes: readonly Pass[]) =>
    passes.flatMap(({ calls }) => calls.map(({ what }) => what));

  it("the passes name their calls, who woke them and what they logged: a group", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-1 pass by pass");
    const [asked, approved] = passesOf("slack", "Slack");
    expect(asked).toMatchObject({
      outcome: "done",
      log: [{ message: "grant requested", grant: id }],
    });
    expect(asked && whats([asked])).toContain("Slack users.info");
    expect(approved?.log).toEqual([{ level: "info", message: "grant approved", grant: id }]);

    const [provision] = passesOf("provision", "a kick");
    expect(provision).toMatchObject({
      outcome: "done",
      log: [{ message: "grant begun" }, { message: "grant active" }],
    });
    expect(provision?.calls).toContainEqual({ what: "IAM AddUserToGroup", times: 1, failed: 0 });
    expect(provision && whats([provision])).toContain("Lambda Invoke");
    expect(whats(passesOf("announce", "a kick"))).toEqual(
      expect.arrayContaining(["Slack chat.postMessage", "Slack chat.update"]),
    );

    const before = newest();
    await pastTheEnd(id);
    const revoke = passesOf("revoke", "the schedule", before);
    expect(whats(revoke)).toContain("IAM RemoveUserFromGroup");
    expect(revoke.flatMap(({ log }) => log.map(({ message }) => message))).toContain(
      "grant expired",
    );
  });

  it("the passes name their calls: a mapping", async () => {
    const before = newest();
    const id = await granted(ADA, "web-pods-mapping 1h pass by pass");
    const [provision] = passesOf("provision", "a kick", before);
    expect(provision && whats([provision])).toEqual(
      expect.arrayContaining([
        "EKS DescribeCluster",
        "Kubernetes GET aws-auth",
        "Kubernetes PATCH aws-auth",
      ]),
    );
    await pastTheEnd(id);
  });

  it("every call of a function is some pass's", () => {
    const IN_A_TOKEN = "GetCallerIdentity";
    const functions = FUNCTION_NAMES.map((name) => `latchkey-${name}`);
    const calls = stack()
      .aws.calls.list()
      // A token is a function's signature, which the cluster itself has STS read.
      .filter(({ identity, action }) => functions.includes(identity) && action !== IN_A_TOKEN);
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.filter(({ from, identity }) => from?.functionName !== identity)).toEqual([]);
    expect(stack().slackApi.calls.filter(({ from }) => from === undefined)).toEqual([]);
    const inCluster = stack().cluster.requests.filter(({ user }) => functions.includes(user));
    expect(inCluster.filter(({ from, user }) => from?.functionName !== user)).toEqual([]);
  });

  it("those that find nothing to do hide nothing", async () => {
    const before = newest();
    for (let n = 0; n < 5; n++) {
      stack().advance(MINUTE);
      await stack().passes();
    }
    for (const name of ["provision", "revoke", "announce"] as const) {
      expect(passesOf(name, "the schedule", before)).toHaveLength(3);
    }
    expect(whats(passesOf("provision", "a kick"))).toContain("IAM AddUserToGroup");
  });

  itWithOurIam("one that is killed says so", async () => {
    const before = newest();
    const id = await request(ADA, "web-pods-read 1h OPS-1 to be killed");
    const onHit = () => void stack().kill("provision");
    const site = { action: "AddUserToGroup", identity: "latchkey-provision" };
    stack().aws.faults.inject({ ...site, kind: "lost", times: 1, onHit });
    await approve(BOB, id);
    expect(passesOf("provision", "a kick", before)).toMatchObject([{ outcome: "killed" }]);
    await pastTheEnd(id);
  });

  itWithOurIam("one that throws has failed, with the calls that did it", async () => {
    const heal = stack().aws.faults.inject({
      kind: "denied",
      service: "dynamodb",
      identity: "latchkey-revoke",
    });
    const before = newest();
    await inNoTime(stack().passes());
    heal();
    const [revoke] = passesOf("revoke", "the schedule", before);
    expect(revoke).toMatchObject({ outcome: "failed" });
    expect(revoke?.calls).toContainEqual({ what: "DynamoDB Query", times: 1, failed: 1 });
  });
});
