// What another authorizer than RBAC lets Latchkey's roles do: it lists no rules, and answers single questions.

import { describe, expect, it } from "@jest/globals";
import type { V1ResourceAttributes } from "@kubernetes/client-node";
import type { Asker, Guise } from "../../scripts/doctor/ask-cluster.ts";
import { examineRights } from "../../scripts/doctor/cluster-rights.ts";
import { type Patient, placeOnAws } from "../../scripts/doctor/patient.ts";

const ROLE = "arn:aws:iam::111122223333:role/latchkey-prod";
const patient = {
  place: placeOnAws("prod", "us-east-2", "/latchkey/slack"),
  caller: { account: "111122223333", partition: "aws" },
} as Patient;

interface Otherwise {
  /** The rules that RBAC lists for Latchkey's roles; none unless said. */
  readonly rules?: Awaited<ReturnType<Asker["rules"]>>;
  /** Entries of mapRoles behind the usual ones. */
  readonly more?: string;
}

/** A cluster in which `may` says what somebody may do. */
async function rightsWhere(
  may: (action: V1ResourceAttributes, guise: Guise) => boolean,
  { rules = [], more = "" }: Otherwise = {},
) {
  const asker: Asker = {
    who: "a test",
    readAwsAuth: () => Promise.reject(new Error("not asked")),
    rules: async (_namespace, { user }) => (user.endsWith(":latchkey") ? rules : []),
    may: async (action, guise) => may(action, guise),
  };
  const entry = (name: string) =>
    `- rolearn: ${ROLE}-${name}-us-east-2\n  username: latchkey-${name}:{{SessionName}}\n  groups: [one, two]\n`;
  const mapRoles = ["provision", "revoke", "watch"].map(entry).join("") + more;
  const awsAuth = { uid: "u", resourceVersion: "1", immutable: false, data: { mapRoles } };
  const spec = { name: "dev", region: "us-east-2" };
  return examineRights(patient, { spec, mode: "CONFIG_MAP", asker, awsAuth });
}

const isNeeded = ({ name, verb = "" }: V1ResourceAttributes) =>
  name === "aws-auth" && ["get", "patch"].includes(verb);

describe("an authorizer that lists nothing", () => {
  it("is asked, and is content with what is needed", async () => {
    const findings = await rightsWhere(isNeeded);
    expect(findings.map(({ level }) => level)).toEqual(["ok", "ok", "ok"]);
  });

  it("is found to allow more", async () => {
    const findings = await rightsWhere(
      (action, { user }) =>
        isNeeded(action) || (action.resource === "secrets" && /revoke/.test(user)),
    );
    expect(findings.map(({ level, subject, what }) => [level, subject, what])).toEqual([
      ["ok", "dev, provision", expect.any(String)],
      ["problem", "dev, revoke", "it may more than it needs: list secrets"],
      ["ok", "dev, watch", expect.any(String)],
    ]);
  });

  it("is not blamed on Latchkey's roles for what it allows everybody", async () => {
    const findings = await rightsWhere(
      (action) => isNeeded(action) || action.resource === "secrets",
    );
    expect(findings.map(({ level }) => level)).toEqual(["ok", "ok", "ok"]);
  });

  it("allows what it allows one of several groups", async () => {
    const findings = await rightsWhere((action, { group }) => isNeeded(action) && group === "two");
    expect(findings.map(({ level }) => level)).toEqual(["ok", "ok", "ok"]);
  });

  it("knows a user whose name holds the session's by any session", async () => {
    const users = new Set<string>();
    await rightsWhere((action, { user }) => {
      users.add(user);
      return isNeeded(action);
    });
    expect([...users]).toContain("latchkey-provision:latchkey");
  });
});

describe("RBAC", () => {
  const needed = { verbs: ["get"], resources: ["configmaps"], resourceNames: ["aws-auth"] };

  it("is too broad where it allows the same names in another API", async () => {
    const findings = await rightsWhere(isNeeded, {
      rules: [
        { ...needed, apiGroups: [""] },
        { ...needed, apiGroups: ["example.com"] },
      ],
    });
    for (const { code, what } of findings) {
      expect([code, what]).toEqual([
        "role-too-broad",
        "it may more than it needs: get configmaps.example.com aws-auth",
      ]);
    }
    expect(findings).toHaveLength(3);
  });
});

describe("a role that is mapped twice", () => {
  it("is whom the last entry makes it, as the authenticator takes that one", async () => {
    const more = `- rolearn: ${ROLE}-watch-us-east-2\n  username: last\n  groups: [last]\n`;
    const asked = new Set<string | undefined>();
    await rightsWhere(
      (action, { user, group }) => {
        if (user === "last" || /watch/.test(user)) asked.add(group);
        return isNeeded(action);
      },
      { more },
    );
    expect([...asked]).toEqual(["last"]);
  });
});
