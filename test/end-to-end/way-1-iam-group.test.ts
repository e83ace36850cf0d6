// Way 1: an IAM group lends the right to assume a role that the cluster knows for good.

import { describe, expect, it } from "@jest/globals";
import type { GrantId } from "../../lib/grant/ids.ts";
import type { Credentials } from "../../lib/targets/aws-auth/token.ts";
import { assumeRole, type ClusterUser, clusterUser } from "../../local/developer.ts";
import { ROLE_ARN, WEB_GROUP, WEB_NAMESPACES } from "../../local/scenario.ts";
import { itWithKubectl, kubectl } from "./kubectl.ts";
import { ADA, BOB, DEE, itWithOurIam, scene, stackForTests } from "./scene.ts";

const stack = stackForTests();
const { card, cardMessage, request, click, members, messages, pastTheEnd } = scene(stack);
const [ONE, TWO] = WEB_NAMESPACES;

const asAda = () => assumeRole(stack().iamUrl, stack().aws.credentials("ada"), ROLE_ARN);

describe("way 1, by IAM group", () => {
  let id: GrantId;
  let session: Credentials;
  let user: ClusterUser;

  itWithOurIam("starts with a developer who may not assume the role", async () => {
    expect(await asAda()).toEqual({
      refused: "AccessDenied",
      message: expect.stringContaining("is not authorized to perform: sts:AssumeRole"),
    });
  });

  it("puts a card in the channel when she asks", async () => {
    id = await request(ADA, "web-pods-read 1h OPS-12 checkout pods restart");

    expect(card(id)).toContain("Pending: Web projects: read pods");
    expect(card(id)).toContain("Requester: @Ada Byrne");
    expect(card(id)).toContain("> OPS-12");
    expect(card(id)).toContain("> checkout pods restart");
    expect(await members(WEB_GROUP)).toEqual([]);
  });

  it("asks the approver to confirm, and then lends her the membership", async () => {
    const { confirm, appeared } = await click(BOB, cardMessage(id), "latchkey_approve");

    expect(confirm?.text).toMatchObject({ text: expect.stringContaining("1 hour") });
    expect(appeared).toEqual([]);
    expect(await members(WEB_GROUP)).toEqual(["iam-bttrm-web-user-1"]);
    expect(card(id)).toContain("Active: Web projects: read pods");
    expect(card(id)).toContain("approved by @Bob Lindqvist");
  });

  it("tells her how to use it", () => {
    expect(messages(ADA, id)).toEqual([expect.stringContaining("aws eks update-kubeconfig")]);
    expect(messages(DEE, id)).toEqual([]);
  });

  it("lets her assume the role with her own keys", async () => {
    const assumed = await asAda();
    if (!("credentials" in assumed)) throw new Error(assumed.message);
    session = assumed.credentials;
    user = await clusterUser(stack().cluster, session, stack().now());
  });

  it("shows her the pods of both web projects", async () => {
    expect(await user.podsIn(ONE)).toEqual({
      got: expect.arrayContaining(["bttrm-web-proj-1-worker-0"]),
    });
    expect(await user.podsIn(TWO)).toEqual({
      got: expect.arrayContaining(["bttrm-web-proj-2-worker-0"]),
    });
  });

  it("forbids her everything else", async () => {
    expect(await user.podsIn("default")).toMatchObject({ refused: 403 });
    expect(await user.nodes()).toMatchObject({ refused: 403 });
    expect(await user.createConfigMap(ONE, "mine")).toMatchObject({ refused: 403 });
    expect(await user.canI("*", "*")).toBe("no");
  });

  itWithKubectl("says the same to kubectl", async () => {
    const run = (...args: string[]) => kubectl(stack(), session, ...args);
    expect((await run("get", "pod", "-n", ONE)).out).toContain("bttrm-web-proj-1-worker-0");
    expect((await run("get", "pod")).err).toContain("forbidden");
    expect((await run("get", "nodes")).err).toContain("forbidden");
    expect((await run("create", "configmap", "mine", "-n", ONE)).err).toContain("forbidden");
  });

  it("takes the membership back at the end", async () => {
    await pastTheEnd(id);

    expect(await members(WEB_GROUP)).toEqual([]);
    expect(card(id)).toContain("Expired: Web projects: read pods");
  });

  itWithOurIam("so that she may not assume the role any more", async () => {
    expect(await asAda()).toMatchObject({ refused: "AccessDenied" });
  });

  it("tells her that it has ended, and what may outlive the end", () => {
    const ended = messages(ADA, id).at(-1);
    expect(ended).toContain("Expired: Web projects: read pods");
    expect(ended).toContain("A role session taken before the end works on until it runs out");
  });
});
