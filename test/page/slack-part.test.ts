// The page's Slack: all of the workspace as it is at that moment, and a cast whose hints are true by access.yml.

import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { parseSlackUserId } from "../../lib/grant/ids.ts";
import { loadAccessFile } from "../../lib/policy/load-access-file.ts";
import { mayRequest, requestable } from "../../lib/policy/may.ts";
import { entitlementOf } from "../../lib/policy/membership.ts";
import { slackManifest } from "../../lib/slack/manifest.ts";
import { slackPart } from "../../local/page/slack-part.ts";
import { createWorkspace } from "../../local/slack/workspace.ts";
import { home, modal } from "../local/slack/layouts.ts";

const manifest = slackManifest("https://example.com/slack/events");
const aWorkspace = () =>
  createWorkspace({ now: () => Date.parse("2025-11-22T12:00:00Z"), manifest });

describe("the Slack part", () => {
  it("says what the app offers in the message box, with its hints", () => {
    expect(slackPart(aWorkspace(), manifest).app).toEqual({
      botUser: "U0LATCHKEY",
      name: "Latchkey",
      commands: [
        {
          command: "/access",
          description: "Ask for access for a while; alone it opens the form",
          hint: "[entitlement duration ticket reason] | list | mine | help",
        },
      ],
      shortcuts: [
        {
          callbackId: "latchkey_request_access",
          name: "Request access",
          description: "Ask for access for a while",
        },
      ],
    });
  });

  it("holds everything that anybody in the workspace sees", () => {
    const workspace = aWorkspace();
    const message = workspace.post({ channel: "C0ACCESS", user: "U0ADA", text: "hello" });
    const view = workspace.openModal("U0ADA", modal);
    const tab = workspace.publishHome("U0BOB", home);
    workspace.directMessage("U0DEE");
    const part = slackPart(workspace, manifest);
    expect(part).toMatchObject({
      team: { id: "T0ACME", name: "Acme" },
      messages: [message],
      modals: { U0ADA: [{ view, errors: {} }] },
      homes: { U0BOB: tab },
    });
    expect(part.channels.map(({ id }) => id)).toEqual(["C0ACCESS", "C0WEB", "C0OLD", "D0DEE"]);
    expect(part.users.map(({ id }) => id)).toContain("U0LATCHKEY");
    expect(part.usergroups.map(({ handle }) => handle)).toEqual(["platform-leads", "security"]);
  });

  it("holds no secret of the workspace", () => {
    const workspace = aWorkspace();
    const trigger = workspace.issueTrigger("U0ADA");
    const text = JSON.stringify(slackPart(workspace, manifest));
    expect(text).not.toContain(workspace.state.botToken);
    expect(text).not.toContain(trigger);
  });

  it("stays as it was when the workspace changes", () => {
    const workspace = aWorkspace();
    workspace.publishHome("U0BOB", home);
    const part = slackPart(workspace, manifest);
    const before = structuredClone(part);
    workspace.post({ channel: "C0ACCESS", user: "U0ADA", text: "later" });
    workspace.openModal("U0ADA", modal);
    workspace.publishHome("U0BOB", { ...home, blocks: [] });
    workspace.directMessage("U0DEE");
    workspace.changeUser("U0ADA", { deleted: true });
    expect(part).toEqual(before);
  });
});

describe("the cast", () => {
  const { cast, users } = slackPart(aWorkspace(), manifest);
  const policy = loadAccessFile(fileURLToPath(new URL("../../access.yml", import.meta.url)));
  const usergroups = new Map([["S0SECURITY", new Set([parseSlackUserId("U0CAT")])]]);
  const tryThis = (who: string) => cast.find(({ user }) => user === who)?.tryThis ?? "";
  const mayAskFor = (who: string) =>
    requestable(policy, usergroups, parseSlackUserId(who)).map(({ id }) => id);
  const approvers = (id: string) => {
    const approval = entitlementOf(policy, id)?.approval;
    if (approval?.kind !== "approvers") return undefined;
    const users = approval.by.flatMap((name) => policy.groups[name]?.users ?? []);
    return { count: approval.count, users };
  };

  it("comes in the order in which a visitor meets them", () => {
    expect(cast.map(({ user, role }) => [user, role])).toEqual([
      ["U0ADA", "Developer"],
      ["U0BOB", "Approver"],
      ["U0LEE", "Approver"],
      ["U0CAT", "Admin"],
      ["U0DEE", "Developer"],
      ["U0GUS", "Guest"],
      ["U0EVE", "Another workspace"],
    ]);
  });

  it("has Ada ask for what she may ask for, in words that make a request", () => {
    const typed = /\/access (web-\S+) (\S+) (OPS-\S+) ([^.]+)\./.exec(tryThis("U0ADA"));
    const [, entitlementId = "", duration, ticket, reason] = typed ?? [];
    const by = parseSlackUserId("U0ADA");
    const asked = { by, entitlementId, duration, ticket, reason };
    expect(mayRequest(policy, usergroups, asked)).toMatchObject({ allowed: true });
    expect(approvers(entitlementId)).toEqual({ count: 1, users: ["U0BOB", "U0LEE"] });
  });

  it("has Bob and Lee approve together where two must", () => {
    expect(tryThis("U0LEE")).toContain("web-release-debug");
    expect(approvers("web-release-debug")).toEqual({
      count: 2,
      users: ["U0BOB", "U0LEE", "U0CAT"],
    });
  });

  it("has Cat as the admin, who approves web-release-debug and nothing else", () => {
    expect(policy.slack.admins).toEqual(["U0CAT"]);
    const approved = Object.keys(policy.entitlements).filter((id) =>
      approvers(id)?.users.includes(parseSlackUserId("U0CAT")),
    );
    expect(approved).toEqual(["web-release-debug"]);
    expect(tryThis("U0CAT")).toContain("approve only `web-release-debug`");
  });

  it("has Dee ask for what nobody has to approve", () => {
    expect(tryThis("U0DEE")).toContain("web-metrics-read");
    expect(entitlementOf(policy, "web-metrics-read")?.approval.kind).toBe("automatic");
    expect(mayAskFor("U0DEE")).toContain("web-metrics-read");
  });

  it("has a guest and somebody from elsewhere, who may ask for nothing", () => {
    const gus = users.find(({ id }) => id === "U0GUS");
    const eve = users.find(({ id }) => id === "U0EVE");
    expect(gus?.is_restricted).toBe(true);
    expect(eve?.team_id).not.toBe(policy.slack.team);
    expect([...mayAskFor("U0GUS"), ...mayAskFor("U0EVE")]).toEqual([]);
  });
});
