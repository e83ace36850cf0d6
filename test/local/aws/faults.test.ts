// Faults: what a caller sees of each kind, and what has really happened.

import { DescribeClusterCommand } from "@aws-sdk/client-eks";
import { AddUserToGroupCommand, GetGroupCommand } from "@aws-sdk/client-iam";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { Fault } from "../../../local/aws/faults.ts";
import { anAws, anAwsError, CLUSTER, clientsOf, closeAll, GROUP, USER } from "./support.ts";

afterEach(closeAll);

async function anAwsWith(fault: Fault, maxAttempts = 1) {
  const aws = await anAws();
  aws.faults.inject(fault);
  const { iam, eks } = clientsOf(aws, "admin", maxAttempts);
  const add = () => iam.send(new AddUserToGroupCommand({ GroupName: GROUP, UserName: USER }));
  const read = () => iam.send(new GetGroupCommand({ GroupName: GROUP }));
  return { aws, iam, eks, add, read };
}

const onAdd = { service: "iam", action: "AddUserToGroup" } as const;

describe("a fault", () => {
  it("before the effect is a 500 and changes nothing", async () => {
    const { aws, add } = await anAwsWith({ ...onAdd, kind: "error" });
    await expect(add()).rejects.toMatchObject(anAwsError("ServiceFailureException", 500));
    expect(aws.iam.members(GROUP)).toEqual([]);
  });

  it("of throttling is told in each service's words", async () => {
    const { aws, eks, add } = await anAwsWith({ kind: "throttled" });
    await expect(add()).rejects.toMatchObject(anAwsError("Throttling", 400, "Rate exceeded"));
    await expect(eks.send(new DescribeClusterCommand({ name: CLUSTER }))).rejects.toMatchObject(
      anAwsError("ThrottlingException", 429),
    );
    expect(aws.iam.members(GROUP)).toEqual([]);
  });

  it("of denial is told in AWS's words, even to an administrator", async () => {
    const { aws, add } = await anAwsWith({ ...onAdd, kind: "denied" });
    await expect(add()).rejects.toThrow(
      `is not authorized to perform: iam:AddUserToGroup on resource: group ${GROUP} because no identity-based policy allows`,
    );
    expect(aws.iam.members(GROUP)).toEqual([]);
  });

  it("of a lost answer cuts the connection after the effect", async () => {
    const { aws, add } = await anAwsWith({ ...onAdd, kind: "lost" });
    await expect(add()).rejects.not.toHaveProperty("$metadata.httpStatusCode");
    expect(aws.iam.members(GROUP)).toEqual([USER]);
    expect(aws.calls.list().at(-1)).toMatchObject({ status: 0, fault: "lost" });
  });

  it("of a late effect cuts the connection, and the effect lands in its time", async () => {
    const { aws, add, read } = await anAwsWith({ ...onAdd, kind: "late", delayMs: 30_000 });
    await expect(add()).rejects.toThrow();
    expect(aws.iam.members(GROUP)).toEqual([]);
    expect(aws.faults.pending()).toBe(1);
    aws.pass(29_999);
    expect((await read()).Users).toEqual([]);
    aws.pass(1);
    expect((await read()).Users).toHaveLength(1);
    expect(aws.faults.pending()).toBe(0);
  });

  it("of a late effect is seen by whoever looks from behind, too", async () => {
    const { aws, add } = await anAwsWith({ ...onAdd, kind: "late", delayMs: 30_000 });
    await expect(add()).rejects.toThrow();
    aws.pass(30_000);
    expect(aws.iam.members(GROUP)).toEqual([USER]);
  });

  it("of a late effect that has become impossible harms nobody", async () => {
    const { aws, add } = await anAwsWith({ ...onAdd, kind: "late", delayMs: 30_000 });
    await expect(add()).rejects.toThrow();
    aws.iam.deleteGroup(GROUP);
    aws.pass(30_000);
    await aws.faults.land();
    expect(aws.iam.groups()).toEqual([]);
  });

  it("of double delivery has the effect twice and one answer", async () => {
    const { aws } = await anAwsWith({ service: "lambda", kind: "twice" });
    const kicked: unknown[] = [];
    aws.setRunner({
      has: () => true,
      invoke: async () => kicked.push("invoke"),
      kick: async (name) => void kicked.push(name),
    });
    const { lambda } = clientsOf(aws, "admin");
    const { InvokeCommand } = await import("@aws-sdk/client-lambda");
    await lambda.send(new InvokeCommand({ FunctionName: "revoke", InvocationType: "Event" }));
    expect(kicked).toEqual(["revoke", "revoke"]);
  });

  it("of silence gives no answer until it is cleared", async () => {
    const hit = Promise.withResolvers<void>();
    const { aws, add } = await anAwsWith({ ...onAdd, kind: "hang", onHit: () => hit.resolve() });
    const asked = add().then(
      () => "answered",
      () => "cut",
    );
    await hit.promise;
    expect(aws.iam.members(GROUP)).toEqual([]);
    aws.faults.clear();
    expect(await asked).toBe("cut");
    await expect(add()).resolves.toBeDefined();
  });

  it("tells when it strikes, after the effect of a lost answer", async () => {
    const seen: (readonly string[])[] = [];
    const aws = await anAws();
    aws.faults.inject({ ...onAdd, kind: "lost", onHit: () => seen.push(aws.iam.members(GROUP)) });
    const { iam } = clientsOf(aws, "admin");
    await expect(
      iam.send(new AddUserToGroupCommand({ GroupName: GROUP, UserName: USER })),
    ).rejects.toThrow();
    expect(seen).toEqual([[USER]]);
  });

  it("strikes as often as it was told, and the SDK's retry gets through", async () => {
    const { aws, add } = await anAwsWith({ ...onAdd, kind: "throttled", times: 1 }, 2);
    await add();
    expect(aws.calls.list().map((call) => call.status)).toEqual([400, 200]);
  });

  it("strikes only where it was aimed, and not once it is removed", async () => {
    const aws = await anAws();
    const remove = aws.faults.inject({ service: "iam", identity: "revoke", kind: "error" });
    const read = (who: string) =>
      clientsOf(aws, who).iam.send(new GetGroupCommand({ GroupName: GROUP }));
    await expect(read("admin")).resolves.toBeDefined();
    await expect(read("revoke")).rejects.toThrow();
    remove();
    await expect(read("revoke")).resolves.toBeDefined();
  });
});
