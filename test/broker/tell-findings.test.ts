// Telling findings: each once to every admin until it is gone, and again when it comes back.

import { describe, expect, it } from "@jest/globals";
import type { Finding, Stopped, Unlent, Unseen } from "../../lib/broker/findings.ts";
import { findingKey } from "../../lib/broker/findings.ts";
import { type News, tellFindings } from "../../lib/broker/tell-findings.ts";
import type { SlackUserId } from "../../lib/grant/ids.ts";
import { placeKey } from "../../lib/grant/target-spec.ts";
import { BOB, CAT, createWorld, GROUP, MINUTE } from "../support/world.ts";

const PLACE = placeKey(GROUP);
const STOPPED: Stopped = { kind: "stopped", sweep: "revoke" };
const UNSEEN: Unseen = { kind: "unseen", place: PLACE, problem: "denied" };
const stray = (holder: string): Unlent => ({
  kind: "unlent",
  place: PLACE,
  assignment: `${PLACE} ${holder}`,
  holder,
  groups: [],
});

/** Admins, and what each has been told. */
function aDesk(admins: readonly SlackUserId[] = [CAT]) {
  const world = createWorld();
  const appoint = (next: readonly SlackUserId[]) => {
    const policy = world.policy();
    world.deploy({ ...policy, slack: { ...policy.slack, admins: next } });
  };
  appoint(admins);
  const told: { readonly admin: SlackUserId; readonly news: News }[] = [];
  const deaf = new Set<SlackUserId>();
  let crashes = false;
  const messenger = {
    async tell(admin: SlackUserId, news: News) {
      if (deaf.has(admin)) return { problem: "ratelimited" };
      told.push({ admin, news });
      return {};
    },
  };
  return {
    ...world,
    appoint,
    deaf,
    crashBeforeStoring(next: boolean) {
      crashes = next;
    },
    /** What each was told of these findings: their keys, and the keys of what is gone. */
    async tell(findings: readonly Finding[], leftOut = 0) {
      world.advance(5 * MINUTE);
      told.length = 0;
      const ports = crashes
        ? world.portsWith({ saveToldFindings: () => Promise.reject(new Error("killed")) })
        : world.portsWith({});
      const report = { at: world.now(), findings, leftOut };
      await tellFindings({ ...ports, messenger }, report).catch(() => undefined);
      return told.map(({ admin, news: { found, gone } }) => ({
        admin,
        found: found.map(findingKey),
        gone,
      }));
    },
  };
}

describe("a finding", () => {
  it("is told once, by one message with all that is new", async () => {
    const { tell } = aDesk();
    expect(await tell([STOPPED, stray("eve")])).toEqual([
      { admin: CAT, found: [findingKey(STOPPED), findingKey(stray("eve"))], gone: [] },
    ]);
    expect(await tell([STOPPED, stray("eve")])).toEqual([]);
    expect(await tell([STOPPED, stray("eve"), stray("mal")])).toEqual([
      { admin: CAT, found: [findingKey(stray("mal"))], gone: [] },
    ]);
  });

  it("is told to be gone, once, and is told anew when it comes back", async () => {
    const { tell } = aDesk();
    await tell([STOPPED]);
    expect(await tell([])).toEqual([{ admin: CAT, found: [], gone: [findingKey(STOPPED)] }]);
    expect(await tell([])).toEqual([]);
    expect(await tell([STOPPED])).toEqual([{ admin: CAT, found: [findingKey(STOPPED)], gone: [] }]);
  });

  it("at a place that nobody can look at is not known to be gone", async () => {
    const { tell } = aDesk();
    await tell([stray("eve")]);
    expect(await tell([UNSEEN])).toEqual([{ admin: CAT, found: [findingKey(UNSEEN)], gone: [] }]);
    expect(await tell([stray("eve")])).toEqual([
      { admin: CAT, found: [], gone: [findingKey(UNSEEN)] },
    ]);
  });

  it("is not known to be gone while there are more than a report holds", async () => {
    const { tell } = aDesk();
    await tell([stray("eve")]);
    expect(await tell([stray("mal")], 7)).toEqual([
      { admin: CAT, found: [findingKey(stray("mal"))], gone: [] },
    ]);
    expect(await tell([stray("mal")])).toEqual([
      { admin: CAT, found: [], gone: [findingKey(stray("eve"))] },
    ]);
  });

  it("is told at the next run to whom Slack did not reach, and to nobody twice", async () => {
    const { tell, deaf } = aDesk([CAT, BOB]);
    deaf.add(BOB);
    expect((await tell([STOPPED])).map(({ admin }) => admin)).toEqual([CAT]);
    expect(await tell([STOPPED])).toEqual([]);
    deaf.clear();
    expect((await tell([STOPPED])).map(({ admin }) => admin)).toEqual([BOB]);
    deaf.add(CAT);
    expect(await tell([])).toEqual([{ admin: BOB, found: [], gone: [findingKey(STOPPED)] }]);
    deaf.clear();
    expect(await tell([])).toEqual([{ admin: CAT, found: [], gone: [findingKey(STOPPED)] }]);
  });

  it("is told to somebody who becomes an admin later, and not kept for who is one no more", async () => {
    const { tell, appoint, store } = aDesk([CAT]);
    await tell([STOPPED]);
    appoint([BOB]);
    expect(await tell([STOPPED])).toEqual([{ admin: BOB, found: [findingKey(STOPPED)], gone: [] }]);
    expect((await store.toldFindings()).told).toEqual([{ key: findingKey(STOPPED), to: [BOB] }]);
  });

  it("may be told twice after a crash, and is never left untold", async () => {
    const { tell, crashBeforeStoring } = aDesk();
    crashBeforeStoring(true);
    expect(await tell([STOPPED])).toHaveLength(1);
    crashBeforeStoring(false);
    expect(await tell([STOPPED])).toHaveLength(1);
    expect(await tell([STOPPED])).toEqual([]);
  });

  it("that another run has told meanwhile is left as that run stored it", async () => {
    const { portsWith, store, logged } = aDesk();
    const other = [{ key: "stopped: announce", to: [CAT] }];
    const messenger = {
      async tell() {
        await store.saveToldFindings(other, { version: 0 });
        return {};
      },
    };
    await tellFindings({ ...portsWith({}), messenger }, { at: 0, findings: [STOPPED], leftOut: 0 });
    expect((await store.toldFindings()).told).toEqual(other);
    expect(logged.at(-1)?.level).toBe("warn");
  });

  it("is remembered within bounds, however many there were", async () => {
    const { tell, store } = aDesk();
    for (let round = 0; round < 4; round++) {
      await tell(
        Array.from({ length: 100 }, (_, n) => stray(`stranger-${round}-${n}`)),
        1,
      );
    }
    const { told } = await store.toldFindings();
    expect(told).toHaveLength(200);
    expect(told[0]?.key).toContain("stranger-3-0");
  });
});
