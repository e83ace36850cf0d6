// Watch at work: what somebody does by hand beside the broker is told to the admins, once, until it is gone.

import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { ADA, CAT, itWithOurIam, MINUTE, scene, stackForTests } from "./scene.ts";

const stack = stackForTests();
const { addByHand, awsAuth, editAwsAuth, granted, inbox, inNoTime, removeByHand } = scene(stack);

const GROUP = "iam-bttrm-web-ro-group";
const ADAS_USER = "iam-bttrm-web-user-1";
const DEES_USER = "iam-bttrm-web-user-2";
const LINE = `- userarn: arn:aws:iam::111122223333:user/${DEES_USER}\n  username: latchkey:${DEES_USER}\n  groups: [rbac-bttrm-web-ro-group]\n`;

/** A run of watch, after a pass of the sweeps; answers with what the admin was told. */
async function watch(): Promise<readonly string[]> {
  const before = inbox(CAT).length;
  await inNoTime(stack().passes());
  await inNoTime(stack().watch());
  return inbox(CAT).slice(before);
}

const addLine = () => editAwsAuth(({ mapUsers }) => ({ mapUsers: mapUsers + LINE }));
const removeLine = () => editAwsAuth(({ mapUsers }) => ({ mapUsers: mapUsers.replace(LINE, "") }));

const isWatch = (call: { readonly identity?: string | undefined }) =>
  call.identity === "latchkey-watch";

/** What watch asked of AWS and of the cluster. */
function callsOfWatch(): readonly string[] {
  const calls = stack().aws.calls.list().filter(isWatch);
  return [...new Set(calls.map(({ service, action }) => `${service}:${action}`))].sort();
}

describe("watch", () => {
  beforeAll(() => inNoTime(stack().passes()));

  it("tells nobody anything while all is as it should be", async () => {
    expect(await watch()).toEqual([]);
  });

  it("tells the admin, in one message, of a line under the broker's mark and of a member whom nobody lent", async () => {
    addLine();
    await addByHand(GROUP, DEES_USER);
    const [message, ...others] = await watch();
    expect(others).toEqual([]);
    expect(message).toContain("Not as it should be: 2 findings");
    expect(message).toContain("Access under Latchkey's mark that no grant gives");
    expect(message).toContain("us-east-2/bttrm-eks-dev-0");
    expect(message).toContain("Members whom Latchkey did not put there");
    expect(message).toContain(GROUP);
    expect(awsAuth().mapUsers).toContain(LINE);
  });

  it("tells it once", async () => {
    expect(await watch()).toEqual([]);
    expect(await watch()).toEqual([]);
  });

  it("tells that it is gone, and tells it anew when it comes back", async () => {
    removeLine();
    await removeByHand(GROUP, DEES_USER);
    expect(await watch()).toEqual([expect.stringContaining("Told earlier and gone now")]);
    expect(await watch()).toEqual([]);

    addLine();
    expect(await watch()).toEqual([expect.stringContaining(DEES_USER)]);
    removeLine();
    expect(await watch()).toHaveLength(1);
  });

  it("tells that the access of a live grant is not there", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-20 taken away by hand");
    expect(await watch()).toEqual([]);
    await removeByHand(GROUP, ADAS_USER);
    const [message, ...others] = await watch();
    expect(others).toEqual([]);
    expect(message).toContain("Lent, and not there");
    expect(message).toContain(id);
    await addByHand(GROUP, ADAS_USER);
    expect(await watch()).toEqual([expect.stringContaining("Told earlier and gone now")]);
  });

  it("tells at the next run what Slack did not take", async () => {
    stack().slackApi.faults.next("chat.postMessage", { kind: "rate-limited", retryAfterS: 30 });
    addLine();
    expect(await watch()).toEqual([]);
    expect(await watch()).toEqual([expect.stringContaining(DEES_USER)]);
    removeLine();
    await watch();
  });

  it("tells of a cluster that does not let it look", async () => {
    const role = stack().cluster.get("Role", "kube-system", "latchkey-watch");
    if (role === undefined) throw new Error("watch has no Role");
    stack().cluster.remove("Role", "kube-system", "latchkey-watch");
    expect(await watch()).toEqual([expect.stringContaining("could not look at")]);
    stack().cluster.put(role);
    await watch();
  });

  it("is woken every five minutes, once the schedule is started", async () => {
    const looks = () => stack().aws.calls.list().filter(isWatch).length;
    const before = looks();
    stack().schedule.start();
    stack().advance(5 * MINUTE);
    while (looks() === before) await sleep(50);
    stack().schedule.stop();
    await inNoTime(stack().settle());
  });

  itWithOurIam("has read, invoked announce, and written nothing", () => {
    expect(callsOfWatch()).toEqual([
      "dynamodb:GetItem",
      "dynamodb:Query",
      "eks:DescribeCluster",
      "iam:GetGroup",
      "lambda:Invoke",
      "sts:GetCallerIdentity",
    ]);
  });
});
