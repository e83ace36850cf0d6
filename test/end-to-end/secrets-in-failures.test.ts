// Nothing leaks where something fails: the same is searched for while Slack, IAM, a cluster, the table and the secrets fail.

import { describe, expect, it } from "@jest/globals";
import type { GrantId } from "../../lib/grant/ids.ts";
import { ACTIONS } from "../../lib/slack/names.ts";
import type { FunctionName } from "../../local/functions.ts";
import { ASK, BROKEN_PARAMETER, searchedStack, TYPED } from "./canaries.ts";
import { found } from "./outputs.ts";
import { ADA, BOB, DEE, itWithOurIam, MINUTE, scene } from "./scene.ts";

const { stack, messages, outputs, putSecrets } = searchedStack();
const { approve, awsAuth, cardMessage, click, editAwsAuth, endNow, granted } = scene(stack);
const { inNoTime, later, person, request, status } = scene(stack);

/** Invokes a function as Lambda would. Tells whether it threw. */
const throws = (name: FunctionName, event: object) =>
  inNoTime(stack().invoke(name, event)).then(
    () => false,
    () => true,
  );

/** A request that Bob has approved; what comes of that takes no time. */
async function approved(text: string): Promise<GrantId> {
  const id = await request(ADA, text);
  await inNoTime(approve(BOB, id));
  return id;
}

/** The schedule goes on until a grant has ended, of itself or as it could not be given. */
async function untilEnded(id: GrantId): Promise<void> {
  for (let passes = 0; (await status(id)) !== "ended"; passes++) {
    if (passes === 30) throw new Error(`${id} does not end`);
    await inNoTime(later(5 * MINUTE));
  }
}

describe("nothing of a secret, and nothing that people typed, is put out", () => {
  it("by workers that are handed what they cannot use", async () => {
    const { malformed } = TYPED;
    const say = { to: { user: malformed }, message: malformed };
    expect(await throws("announce", { say })).toBe(true);
    const findings = [{ kind: malformed }];
    expect(await throws("announce", { findings, at: 1, leftOut: 0 })).toBe(true);
    for (const name of ["provision", "revoke", "announce"] as const) {
      expect(await throws(name, { grants: [malformed, { id: malformed }] })).toBe(false);
    }
  });

  it("while Slack fails: down, refusing the token, and losing answers", async () => {
    const { faults } = stack().slackApi;
    // So that Slack has just said who everybody is.
    await endNow(ADA, await granted(ADA, ASK));
    const id = await request(ADA, ASK);
    faults.slackIsDown(true);
    await click(DEE, cardMessage(id), ACTIONS.approve);
    await approve(BOB, id);
    await person(ADA).command("/access", "");
    await stack().settle();
    faults.clear();
    faults.next("chat.update", { kind: "answer-lost" }, 5);
    faults.next("chat.postMessage", { kind: "error", code: "invalid_auth" }, 5);
    faults.next("users.info", { kind: "rate-limited", retryAfterS: 5 }, 5);
    for (let pass = 0; pass < 4; pass++) await later(5 * MINUTE);
    await endNow(ADA, id);
    await later(5 * MINUTE);
    expect(messages()).toContain("grant not told in Slack yet");
  });

  itWithOurIam("while IAM and the cluster fail", async () => {
    const { faults } = stack().aws;
    faults.inject({ kind: "denied", service: "iam", action: "AddUserToGroup", times: 1 });
    faults.inject({ kind: "throttled", service: "iam", action: "GetGroup", times: 8 });
    faults.inject({ kind: "error", service: "iam", action: "RemoveUserFromGroup", times: 4 });
    faults.inject({ kind: "lost", service: "lambda", times: 2 });
    for (let round = 0; round < 3; round++) await untilEnded(await approved(ASK));
    stack().aws.faults.inject({ kind: "denied", service: "eks", times: 2 });
    stack().cluster.faults.inject({ kind: "internalError" }, { times: 3 });
    await untilEnded(await approved(`web-pods-mapping 1h ${TYPED.reason}`));
    editAwsAuth(({ mapUsers }) => ({
      mapUsers: `${mapUsers}\n  : not YAML ${TYPED.malformed.length}`,
    }));
    await approved(`web-pods-mapping 1h ${TYPED.reason}`);
    await inNoTime(stack().watch());
    expect(messages()).toEqual(expect.arrayContaining(["target failed", "grant failed"]));
    expect(awsAuth().mapUsers).toContain("not YAML");
  });

  it("while the table fails", async () => {
    const id = await request(ADA, ASK);
    stack().aws.faults.inject({ kind: "denied", service: "dynamodb" });
    await person(ADA).command("/access", ASK);
    await person(BOB).click(cardMessage(id), ACTIONS.approve);
    await person(BOB).click(cardMessage(id), ACTIONS.deny);
    for (const name of ["provision", "revoke", "announce", "watch"] as const) {
      expect(await throws(name, {})).toBe(true);
    }
    expect(messages()).toContain("request not handled");
  });

  it("where the parameter holds something else, or cannot be read", async () => {
    putSecrets(BROKEN_PARAMETER);
    await later(2 * 60 * MINUTE);
    await person(ADA).command("/access", ASK);
    stack().aws.faults.inject({ kind: "denied", service: "ssm" });
    await later(2 * 60 * MINUTE);
    await person(ADA).command("/access", ASK);
    await stack().settle();
    expect(messages().filter((text) => text === "request not handled").length).toBeGreaterThan(1);
  });
});

describe("what was searched", () => {
  it("is what Lambda is told of each run that failed, and writes of it itself", () => {
    const errors = outputs.filter(({ to }) => to === "error");
    expect(errors.length).toBeGreaterThanOrEqual(6);
    expect(found(['{"errorType":"StoreError"', "    at "], errors).length).toBeGreaterThan(6);
  });
});
