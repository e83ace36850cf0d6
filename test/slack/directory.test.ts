// Who people are, as the emulated workspace says: their standing, the members of user groups, and how long that is taken as current.

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { parseSlackUserId } from "../../lib/grant/ids.ts";
import { createDirectory, type DirectoryOptions } from "../../lib/slack/directory.ts";
import { createWebClient } from "../../lib/slack/web-client.ts";
import { type SlackWebApi, startWebApi } from "../../local/slack/web-api.ts";
import { createWorkspace, type Workspace } from "../../local/slack/workspace.ts";
import { ADA, BOB, CAT, EVE, LEE } from "../support/world.ts";

const SECOND = 1_000;
const GUS = parseSlackUserId("U0GUS");
const ZED = parseSlackUserId("U0ZED");
const BOT = parseSlackUserId("U0LATCHKEY");

let now: number;
let workspace: Workspace;
let slack: SlackWebApi;

beforeEach(async () => {
  now = Date.UTC(2026, 10, 22, 14);
  workspace = createWorkspace({ now: () => now });
  slack = await startWebApi({ workspace });
});
afterEach(() => slack.close());

function directory(options: Partial<DirectoryOptions> = {}) {
  const client = createWebClient(workspace.state.botToken, slack.apiUrl);
  return createDirectory(
    async () => client,
    () => now,
    { team: "T0ACME", ...options },
  );
}

describe("the standing of somebody", () => {
  it.each([
    ["a full member", ADA, "member"],
    ["an admin of the workspace", CAT, "member"],
    ["a guest", GUS, "guest"],
    ["somebody who has left", ZED, "deactivated"],
    ["an app", BOT, "bot"],
    ["somebody of another workspace, whom a shared channel lets in", EVE, "outsider"],
  ])("is told of %s", async (_who, user, standing) => {
    expect(await directory().standing(user)).toBe(standing);
  });

  it("is a guest's also in a single channel", async () => {
    workspace.changeUser(ADA, { is_ultra_restricted: true });
    expect(await directory().standing(ADA)).toBe("guest");
  });

  it("is not known of nobody", async () => {
    await expect(directory().standing(parseSlackUserId("U0NOBODY"))).rejects.toMatchObject({
      data: { error: "user_not_found" },
    });
  });

  it("is not known while Slack says nothing, and asked for again", async () => {
    const { standing } = directory();
    slack.faults.next("users.info", { kind: "http", status: 503 });
    await expect(standing(ADA)).rejects.toThrow();
    expect(await standing(ADA)).toBe("member");
  });

  it("is taken as current for five minutes where it lets people in", async () => {
    const { standing } = directory();
    await standing(ADA);
    workspace.changeUser(ADA, { deleted: true });
    now += 299 * SECOND;
    expect(await standing(ADA)).toBe("member");
    now += 1 * SECOND;
    expect(await standing(ADA)).toBe("deactivated");
  });

  it("is taken as current for a minute where it keeps people out", async () => {
    const { standing } = directory();
    await standing(GUS);
    workspace.changeUser(GUS, { is_restricted: false });
    now += 59 * SECOND;
    expect(await standing(GUS)).toBe("guest");
    now += 1 * SECOND;
    expect(await standing(GUS)).toBe("member");
  });

  it("is current for as long as one says", async () => {
    const { standing } = directory({ memberForMs: 0 });
    await standing(ADA);
    workspace.changeUser(ADA, { deleted: true });
    expect(await standing(ADA)).toBe("deactivated");
  });

  it("costs one call, however many ask at the same time", async () => {
    const { standing } = directory();
    const told = await Promise.all([standing(ADA), standing(ADA), standing(BOB), standing(ADA)]);
    expect(told).toEqual(["member", "member", "member", "member"]);
    expect(slack.calls.map(({ method, args }) => `${method} ${args["user"]}`).sort()).toEqual([
      `users.info ${ADA}`,
      `users.info ${BOB}`,
    ]);
  });
});

describe("somebody's workspace", () => {
  /** A directory before a Slack that says `user` of everybody. */
  const standingOf = (user: object, team: string) =>
    createDirectory(
      async () =>
        ({ users: { info: async () => ({ ok: true, user }) } }) as unknown as ReturnType<
          typeof createWebClient
        >,
      () => now,
      { team },
    ).standing(ADA);
  const ofOrganisation = (enterprise_id: string, teams: readonly string[]) => ({
    id: ADA,
    team_id: teams[0],
    enterprise_user: { enterprise_id, teams },
  });

  it("may be any of the organisation's, where that is what access.yml names", async () => {
    const user = ofOrganisation("E0ACME", ["T0PARIS"]);
    expect(await standingOf(user, "E0ACME")).toBe("member");
    expect(await standingOf(user, "E0OTHER")).toBe("outsider");
  });

  it("may be one of several that they are in", async () => {
    const user = ofOrganisation("E0ACME", ["T0PARIS", "T0OSLO"]);
    expect(await standingOf(user, "T0OSLO")).toBe("member");
    expect(await standingOf(user, "T0ROME")).toBe("outsider");
  });

  it("that Slack does not tell is not ours", async () => {
    expect(await standingOf({ id: ADA }, "T0ACME")).toBe("outsider");
  });

  it("is not ours where Slack calls them a stranger", async () => {
    const user = { id: ADA, team_id: "T0ACME", is_stranger: true };
    expect(await standingOf(user, "T0ACME")).toBe("outsider");
  });

  it("does not make a person of Slackbot, which Slack calls no bot", async () => {
    const user = { id: "USLACKBOT", team_id: "T0ACME", is_bot: false };
    expect(await standingOf(user, "T0ACME")).toBe("bot");
  });

  it("is not told by an answer without a person in it", async () => {
    await expect(standingOf(undefined as unknown as object, "T0ACME")).rejects.toThrow("who");
  });
});

describe("the members of a user group", () => {
  it("are read from Slack, and taken as current for 20 seconds", async () => {
    const { members } = directory();
    expect(await members("S0LEADS")).toEqual(new Set([BOB, LEE]));
    workspace.changeUsergroup("S0LEADS", [LEE]);
    now += 19 * SECOND;
    expect(await members("S0LEADS")).toEqual(new Set([BOB, LEE]));
    now += 1 * SECOND;
    expect(await members("S0LEADS")).toEqual(new Set([LEE]));
  });

  it("are asked for once, however many ask at the same time", async () => {
    const { members } = directory();
    await Promise.all([members("S0LEADS"), members("S0LEADS"), members("S0LEADS")]);
    expect(slack.calls).toHaveLength(1);
  });

  it("are not known of a user group that is none", async () => {
    await expect(directory().members("S0NONE")).rejects.toMatchObject({
      data: { error: "no_such_subteam" },
    });
  });
});
