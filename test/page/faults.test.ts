// The faults at a switch: what each does to Latchkey, and how it recovers, in the real stack.

import { get } from "node:https";
import { afterEach, describe, expect, it } from "@jest/globals";
import { FAULTS } from "../../local/page/protocol.ts";
import { ADA, BOB, LEASE, MINUTE, stackForTests } from "../end-to-end/scene.ts";
import { GROUP, onStage, USER } from "./on-stage.ts";

const stack = stackForTests();
const play = onStage(stack);
const { approve, awsAuth, card, granted, inNoTime, members, on, request, status, turn } = play;

/** Some time passes, and the schedule's functions have run. */
const passing = async (ms: number) => {
  stack().advance(ms);
  await inNoTime(stack().passes());
};

/** The next passes, once what a dead worker held is free again: two, should time fly too fast for one. */
const later = async () => {
  await passing(LEASE);
  await passing(0);
};

/** The status of an answer that anybody gets. */
const askCluster = () =>
  new Promise<number | undefined>((resolve, reject) => {
    const { server, certificateAuthority } = stack().cluster;
    const ca = Buffer.from(certificateAuthority, "base64");
    const asked = get(`${server}/version`, { ca, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on("error", reject);
  });

afterEach(async () => {
  for (const name of FAULTS) await turn(name, false);
  // What is still lent goes, so that the next test finds nothing.
  while ((await play.part()).nextEndAt !== undefined) await play.jump();
  await passing(MINUTE);
});

describe("the switches", () => {
  it("are all off at first, each with a title and what to look for", async () => {
    const { faults } = await play.part();
    expect(faults.map(({ name }) => name)).toEqual([...FAULTS]);
    expect(await on()).toEqual([]);
    for (const { title, says } of faults) {
      expect(title).toMatch(/^[A-Z][^.]+$/);
      expect(says).toMatch(/ now: .*\.$/);
    }
  });

  it("leave the other faults on when one is switched off", async () => {
    await turn("cluster-unreachable", true);
    await turn("iam-throttled", true);
    await turn("slack-down", true);
    await turn("slack-down", false);
    await turn("iam-throttled", false);
    expect(await on()).toEqual(["cluster-unreachable"]);
    await expect(askCluster()).rejects.toMatchObject({ code: "ECONNRESET" });
    await turn("cluster-unreachable", false);
    await expect(askCluster()).resolves.toBe(200);
  });

  it("change nothing where they stand so already", async () => {
    await turn("slack-down", false);
    await turn("cluster-unreachable", true);
    await turn("cluster-unreachable", true);
    await turn("cluster-unreachable", false);
    expect(await on()).toEqual([]);
    const id = await granted(ADA, "web-pods-mapping 30m the cluster is there");
    expect(await status(id)).toBe("active");
  });
});

describe("a worker that is killed in the middle", () => {
  it("leaves a membership that the next pass finds and finishes", async () => {
    const id = await request(ADA, "web-pods-read 4h OPS-1 to be interrupted");
    await turn("worker-killed", true);
    const before = play.changes();
    await approve(BOB, id);
    expect(await on()).toEqual([]);
    expect(play.changes()).toBe(before + 1);
    expect(await members(GROUP)).toEqual([USER]);
    expect(await status(id)).toBe("approved");

    await later();
    expect(await status(id)).toBe("active");
    expect(card(id)).toContain("Active");
  });

  it("leaves a mapping that the next pass finds and finishes", async () => {
    const id = await request(ADA, "web-pods-mapping 2h to be interrupted");
    await turn("worker-killed", true);
    await approve(BOB, id);
    expect(await on()).toEqual([]);
    expect(awsAuth().mapUsers).toContain(USER);
    expect(await status(id)).toBe("approved");

    await later();
    expect(await status(id)).toBe("active");
  });

  it("leaves a removal that the next pass finds and finishes", async () => {
    const id = await granted(ADA, "web-pods-read 4h OPS-1 to be taken away");
    await turn("worker-killed", true);
    await play.jump();
    expect(await on()).toEqual([]);
    expect(await members(GROUP)).toEqual([]);
    expect(await status(id)).toBe("revoking");

    await later();
    expect(await status(id)).toBe("ended");
    expect(card(id)).toContain("Expired");
  });

  it("is not killed where the switch is off again before it writes", async () => {
    await turn("worker-killed", true);
    await turn("worker-killed", false);
    const inIam = await granted(ADA, "web-pods-read 1h OPS-1 all is well");
    const inTheCluster = await granted(ADA, "web-pods-mapping 1h all is well");
    expect([await status(inIam), await status(inTheCluster)]).toEqual(["active", "active"]);
  });
});

describe("IAM, throttled", () => {
  it("keeps access from beginning until it is healed, and hits nobody but Latchkey", async () => {
    await turn("iam-throttled", true);
    const id = await inNoTime(granted(ADA, "web-pods-read 4h OPS-1 throttled"));
    expect(await status(id)).toBe("approved");
    expect(await members(GROUP)).toEqual([]);

    await turn("iam-throttled", false);
    await passing(2 * MINUTE);
    expect(await status(id)).toBe("active");
    expect(await members(GROUP)).toEqual([USER]);
  });

  it("keeps access from ending only as long as it lasts", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-1 throttled at the end");
    await turn("iam-throttled", true);
    await play.jump();
    expect(await status(id)).toBe("revoking");
    expect(await members(GROUP)).toEqual([USER]);

    await turn("iam-throttled", false);
    await passing(2 * MINUTE);
    expect(await status(id)).toBe("ended");
    expect(await members(GROUP)).toEqual([]);
  });
});

describe("Slack, down", () => {
  it("keeps no access from ending, and the card catches up", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-1 in silence");
    expect(card(id)).toContain("Active");
    await turn("slack-down", true);
    await play.jump();
    expect(await status(id)).toBe("ended");
    expect(await members(GROUP)).toEqual([]);
    expect(card(id)).toContain("Active");

    await turn("slack-down", false);
    await passing(2 * MINUTE);
    expect(card(id)).toContain("Expired");
  });
});

describe("the cluster, unreachable", () => {
  it("keeps a mapping from being written until it is back", async () => {
    await turn("cluster-unreachable", true);
    const id = await inNoTime(granted(ADA, "web-pods-mapping 2h unreachable"));
    expect(await status(id)).toBe("approved");
    expect(awsAuth().mapUsers).not.toContain(USER);

    await turn("cluster-unreachable", false);
    await passing(2 * MINUTE);
    expect(await status(id)).toBe("active");
    expect(awsAuth().mapUsers).toContain(USER);
  });
});
