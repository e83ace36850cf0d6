// RBAC evaluation, without a server: which rules, bindings and subjects allow what.

import { describe, expect, it } from "@jest/globals";
import {
  type Action,
  decide,
  type PolicyRule,
  type RbacObjects,
  rulesOf,
  type User,
} from "../../../local/kubernetes/rbac.ts";
import type { KubernetesObject } from "../../../local/kubernetes/resources.ts";

const ada: User = { username: "ada", groups: ["readers", "system:authenticated"] };
const NOTHING: RbacObjects = {
  roles: [],
  clusterRoles: [],
  roleBindings: [],
  clusterRoleBindings: [],
};

function listing(resource: string, namespace = "web"): Action {
  return { verb: "list", group: "", resource, subresource: "", namespace, name: "" };
}

function getting(name: string, subresource = ""): Action {
  return { verb: "get", group: "", resource: "pods", subresource, namespace: "web", name };
}

function object(kind: string, name: string, namespace: string, rest: object): KubernetesObject {
  const metadata = { name, ...(namespace === "" ? {} : { namespace }) };
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind, metadata, ...rest };
}

/** Rules that hold for a subject everywhere, by a ClusterRoleBinding. */
function everywhere(rules: PolicyRule[], subject: object = { kind: "User", name: "ada" }) {
  return {
    ...NOTHING,
    clusterRoles: [object("ClusterRole", "some-role", "", { rules })],
    clusterRoleBindings: [
      object("ClusterRoleBinding", "some-binding", "", {
        roleRef: { kind: "ClusterRole", name: "some-role" },
        subjects: [subject],
      }),
    ],
  };
}

/** Rules that hold in one namespace, by a RoleBinding of a role of either kind. */
function inNamespace(namespace: string, kind: "Role" | "ClusterRole", rules: PolicyRule[]) {
  return {
    ...NOTHING,
    roles: kind === "Role" ? [object("Role", "some-role", namespace, { rules })] : [],
    clusterRoles: kind === "ClusterRole" ? [object("ClusterRole", "some-role", "", { rules })] : [],
    roleBindings: [
      object("RoleBinding", "some-binding", namespace, {
        roleRef: { kind, name: "some-role" },
        subjects: [{ kind: "Group", name: "readers" }],
      }),
    ],
  };
}

const LIST_PODS: PolicyRule = { verbs: ["list"], apiGroups: [""], resources: ["pods"] };
const may = (action: Action, objects: RbacObjects, user = ada) =>
  decide(user, action, objects).allowed;

describe("RBAC", () => {
  it("allows nothing to whom nothing was given", () => {
    expect(decide(ada, listing("pods"), NOTHING)).toEqual({ allowed: false, reason: "" });
  });

  it("allows everything to system:masters, whatever the roles say", () => {
    const root: User = { username: "root", groups: ["system:masters"] };
    expect(may({ verb: "*", path: "*" }, NOTHING, root)).toBe(true);
    expect(may(listing("secrets"), NOTHING, root)).toBe(true);
  });

  it("says which binding allowed it", () => {
    const objects = inNamespace("web", "ClusterRole", [LIST_PODS]);
    expect(decide(ada, listing("pods"), objects).reason).toBe(
      'RBAC: allowed by RoleBinding "some-binding/web" of ClusterRole "some-role" to Group "readers"',
    );
  });

  describe("a rule", () => {
    it.each<[string, PolicyRule, Action, boolean]>([
      ["covers its verb", LIST_PODS, listing("pods"), true],
      ["does not cover another verb", LIST_PODS, getting("web-1"), false],
      ["does not cover another resource", LIST_PODS, listing("secrets"), false],
      ["covers every verb by a star", { ...LIST_PODS, verbs: ["*"] }, getting("web-1"), true],
      [
        "covers every resource by a star",
        { ...LIST_PODS, resources: ["*"] },
        listing("secrets"),
        true,
      ],
      [
        "does not cover another API group",
        { ...LIST_PODS, apiGroups: ["apps"] },
        listing("pods"),
        false,
      ],
      [
        "covers every API group by a star",
        { ...LIST_PODS, apiGroups: ["*"] },
        listing("pods"),
        true,
      ],
      [
        "does not answer the question for every verb",
        LIST_PODS,
        { ...listing("pods"), verb: "*" },
        false,
      ],
    ])("%s", (_title, rule, action, allowed) => {
      expect(may(action, everywhere([rule]))).toBe(allowed);
    });

    it("covers a subresource only when it names it", () => {
      const log = getting("web-1", "log");
      const rule = (...resources: string[]) =>
        everywhere([{ ...LIST_PODS, verbs: ["get"], resources }]);
      expect(may(log, rule("pods"))).toBe(false);
      expect(may(log, rule("pods/log"))).toBe(true);
      expect(may(log, rule("*/log"))).toBe(true);
      expect(may(log, rule("*"))).toBe(true);
      expect(may(getting("web-1"), rule("pods/log"))).toBe(false);
    });

    it("with resourceNames covers these names, and no list", () => {
      const named = everywhere([
        { ...LIST_PODS, verbs: ["get", "list"], resourceNames: ["web-1"] },
      ]);
      expect(may(getting("web-1"), named)).toBe(true);
      expect(may(getting("web-2"), named)).toBe(false);
      expect(may(listing("pods"), named)).toBe(false);
    });

    it("covers paths exactly or by a trailing star", () => {
      const rule = everywhere([{ verbs: ["get"], nonResourceURLs: ["/version", "/apis/*"] }]);
      expect(may({ verb: "get", path: "/version" }, rule)).toBe(true);
      expect(may({ verb: "get", path: "/version/x" }, rule)).toBe(false);
      expect(may({ verb: "get", path: "/apis/apps/v1" }, rule)).toBe(true);
      expect(may({ verb: "post", path: "/version" }, rule)).toBe(false);
    });
  });

  describe("a binding", () => {
    it.each(["Role", "ClusterRole"] as const)("of a %s holds in its namespace only", (kind) => {
      const objects = inNamespace("web", kind, [LIST_PODS]);
      expect(may(listing("pods", "web"), objects)).toBe(true);
      expect(may(listing("pods", "default"), objects)).toBe(false);
      expect(may(listing("pods", ""), objects)).toBe(false);
    });

    it("in a namespace gives no paths", () => {
      const objects = inNamespace("web", "ClusterRole", [
        { verbs: ["get"], nonResourceURLs: ["*"] },
      ]);
      expect(may({ verb: "get", path: "/metrics" }, objects)).toBe(false);
    });

    it("to a role that does not exist gives nothing", () => {
      const dangling = { ...inNamespace("web", "Role", [LIST_PODS]), roles: [] };
      expect(may(listing("pods"), dangling)).toBe(false);
    });

    it("does not take the Role of the same name of another namespace", () => {
      const objects = inNamespace("web", "Role", [LIST_PODS]);
      const elsewhere = [object("Role", "some-role", "other", { rules: [LIST_PODS] })];
      expect(may(listing("pods"), { ...objects, roles: elsewhere })).toBe(false);
    });

    it.each<[string, object, User]>([
      ["a user", { kind: "User", name: "ada" }, ada],
      ["a group", { kind: "Group", name: "readers" }, ada],
      [
        "a service account",
        { kind: "ServiceAccount", name: "ci", namespace: "web" },
        { username: "system:serviceaccount:web:ci", groups: [] },
      ],
    ])("reaches %s, and nobody else", (_title, subject, user) => {
      const objects = everywhere([LIST_PODS], subject);
      expect(may(listing("pods"), objects, user)).toBe(true);
      expect(may(listing("pods"), objects, { username: "mallory", groups: ["others"] })).toBe(
        false,
      );
    });

    it("tells a user from a group of the same name", () => {
      const toGroup = everywhere([LIST_PODS], { kind: "Group", name: "ada" });
      expect(may(listing("pods"), toGroup)).toBe(false);
    });
  });

  it("lists the rules that hold in a namespace", () => {
    const objects = inNamespace("web", "Role", [LIST_PODS]);
    expect(rulesOf(ada, "web", objects)).toEqual([LIST_PODS]);
    expect(rulesOf(ada, "default", objects)).toEqual([]);
  });
});
