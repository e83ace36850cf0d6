// Ways 2 and 3: a temporary mapping in aws-auth comes and goes, and everybody else's entries stay.

import { afterEach, describe, expect, it } from "@jest/globals";
import type { GrantId } from "../../lib/grant/ids.ts";
import { clientOf, clusterUser } from "../../local/developer.ts";
import { isWrite } from "../../local/kubernetes/faults.ts";
import { WEB_NAMESPACES } from "../../local/scenario.ts";
import { itWithKubectl, kubectl } from "./kubectl.ts";
import { ADA, type AwsAuth, DEE, scene, stackForTests } from "./scene.ts";

const stack = stackForTests();
const { awsAuth, card, editAwsAuth, granted, messages, pastTheEnd, status } = scene(stack);
const [ONE] = WEB_NAMESPACES;
const USERNAME = "latchkey:iam-bttrm-web-user-1";

const keysOf = (name: string) => stack().aws.credentials(name);
const userFor = (name: string) => clusterUser(stack().cluster, keysOf(name), stack().now());

afterEach(() => stack().cluster.faults.clear());

describe("way 2, by a temporary mapping", () => {
  let id: GrantId;
  let before: AwsAuth;

  it("starts with a developer whom the cluster does not know", async () => {
    before = awsAuth();
    const ada = await userFor("ada");
    expect(await ada.canI("list", "pods", ONE)).toBe("unknown");
    expect(await ada.podsIn(ONE)).toMatchObject({ refused: 401 });
  });

  it("maps her own IAM user once it is approved", async () => {
    id = await granted(ADA, "web-pods-mapping 30m the tool cannot assume roles");

    expect(card(id)).toContain("Active: Web projects: read pods, by mapping");
    expect(messages(ADA, id)).toEqual([expect.stringContaining("kubectl get pods")]);
    expect(awsAuth().mapUsers).toContain("user/iam-bttrm-web-user-1");
    expect(awsAuth().mapUsers.startsWith(before.mapUsers)).toBe(true);
    expect(awsAuth().mapRoles).toBe(before.mapRoles);
  });

  it("lets her list pods, and not everything", async () => {
    const ada = await userFor("ada");
    expect(await ada.canI("list", "pods", ONE)).toBe("yes");
    expect(await ada.canI("*", "*")).toBe("no");
    expect(await ada.canI("list", "pods", "default")).toBe("no");
    expect(await ada.podsIn(ONE)).toMatchObject({ got: expect.any(Array) });
    expect(await ada.podsIn("kube-system")).toMatchObject({ refused: 403 });
  });

  it("gives her a name that RBAC can bind and an administrator can try out", async () => {
    const asHer = clientOf(stack().cluster, stack().adminToken, USERNAME);
    expect(await asHer.podsIn("default")).toMatchObject({ refused: 403 });
    const apiGroup = "rbac.authorization.k8s.io";
    stack().cluster.put({
      apiVersion: `${apiGroup}/v1`,
      kind: "RoleBinding",
      metadata: { name: "ada", namespace: "default" },
      roleRef: { apiGroup, kind: "Role", name: "eks-role" },
      subjects: [{ apiGroup, kind: "User", name: USERNAME }],
    });
    expect(await asHer.podsIn("default")).toMatchObject({ got: expect.any(Array) });
    expect(await (await userFor("ada")).canI("list", "pods", "default")).toBe("yes");
    stack().cluster.remove("RoleBinding", "default", "ada");
  });

  itWithKubectl("says the same to kubectl", async () => {
    const ask = async (who: "admin" | "ada", ...args: string[]) => {
      const { out } = await kubectl(stack(), who === "admin" ? who : keysOf(who), ...args);
      return out;
    };
    expect(await ask("ada", "auth", "can-i", "list", "pods", "-n", ONE)).toBe("yes");
    expect(await ask("ada", "auth", "can-i", "*", "*")).toBe("no");
    expect(await ask("ada", "auth", "whoami")).toContain(USERNAME);
    const as = ["--as", USERNAME, "--as-group", "rbac-bttrm-web-ro-group"];
    expect(await ask("admin", "get", "pods", "-n", ONE, ...as)).toContain("proj-1-worker-0");
  });

  it("leaves aws-auth byte for byte as it was", async () => {
    await pastTheEnd(id);

    expect(awsAuth()).toEqual(before);
    expect(card(id)).toContain("Expired");
    expect(await (await userFor("ada")).canI("list", "pods", ONE)).toBe("unknown");
  });
});

describe("way 3, what an administrator maps", () => {
  const ADMINS = "eks-cluster-admins";
  const BY_HAND =
    "# on call this week\n- userarn: arn:aws:iam::111122223333:user/kim\n  username: kim\n  groups: [viewers]\n";

  it("survives any number of grants that come and go", async () => {
    const before = awsAuth();
    const first = await granted(ADA, "web-pods-mapping 30m one");
    const second = await granted(DEE, "web-pods-mapping 1h two");
    expect(awsAuth().mapUsers).toContain("iam-bttrm-web-user-2");
    await pastTheEnd(first);
    expect(awsAuth().mapUsers).not.toContain("iam-bttrm-web-user-1");
    expect(awsAuth().mapUsers).toContain("iam-bttrm-web-user-2");
    await pastTheEnd(second);

    expect(awsAuth()).toEqual(before);
    for (const name of ["node-role", ADMINS, "kubernetes-read-only"]) {
      expect(awsAuth().mapRoles).toContain(name);
    }
    for (const name of ["jane.doe@example.com", "developer.team@example.com"]) {
      expect(awsAuth().mapUsers).toContain(name);
    }
  });

  it("survives when it was edited by hand in the middle of a grant", async () => {
    const before = awsAuth();
    const id = await granted(ADA, "web-pods-mapping 30m while someone edits");
    editAwsAuth(({ mapUsers, mapRoles }) => ({
      mapUsers: BY_HAND + mapUsers,
      mapRoles: mapRoles.replace("# Break glass", "# Break glass, see the runbook"),
    }));
    await pastTheEnd(id);

    expect(awsAuth()).toEqual({
      mapUsers: BY_HAND + before.mapUsers,
      mapRoles: before.mapRoles.replace("# Break glass", "# Break glass, see the runbook"),
    });
    editAwsAuth(() => before);
  });

  it("survives when it is edited between the broker's read and its write", async () => {
    const before = awsAuth();
    stack().cluster.faults.inject(
      {
        kind: "meanwhile",
        act: () => editAwsAuth(({ mapUsers }) => ({ mapUsers: BY_HAND + mapUsers })),
      },
      { when: isWrite },
    );
    const id = await granted(ADA, "web-pods-mapping 30m a race");

    expect(await status(id)).toBe("active");
    expect(awsAuth().mapUsers.startsWith(BY_HAND + before.mapUsers)).toBe(true);
    await pastTheEnd(id);
    expect(awsAuth().mapUsers).toBe(BY_HAND + before.mapUsers);
    editAwsAuth(() => before);
  });

  it("is not taken over: who is mapped already by someone else gets no second entry", async () => {
    const before = awsAuth();
    const theirs = `${before.mapUsers}- userarn: arn:aws:iam::111122223333:user/iam-bttrm-web-user-1\n  username: ada\n`;
    editAwsAuth(() => ({ mapUsers: theirs }));
    const id = await granted(ADA, "web-pods-mapping 30m already there");

    expect(card(id)).toContain("Failed");
    expect(awsAuth().mapUsers).toBe(theirs);
    editAwsAuth(() => before);
  });
});
