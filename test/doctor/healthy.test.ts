// The doctor at a deployment that is well: it says so, and leaves no trace.

import { describe, expect, it } from "@jest/globals";
import { dynamodbClient, readRows } from "../../local/dynamodb.ts";
import type { Stack } from "../../local/stack.ts";
import { exitCodeOf, jsonReport, textReport } from "../../scripts/doctor/report.ts";
import { scene } from "../end-to-end/scene.ts";
import { findingsOf, stackToExamine, wrongIn } from "./examined.ts";

const stack = stackToExamine();
const { granted } = scene(stack);

describe("a deployment that nobody has used yet", () => {
  it("is well, but for what Slack does not tell", async () => {
    const findings = await findingsOf(stack());
    const wrong = findings.filter(({ level }) => level !== "ok");
    expect(wrong.map(({ level, code, subject }) => [level, code, subject])).toEqual([
      ["unknown", "membership-unknown", "C0ACCESS"],
    ]);
    expect(exitCodeOf(findings, false)).toBe(0);
  });
});

describe("a deployment in use", () => {
  it("is well: a card says that the app is in the channel, and a lent membership is the broker's", async () => {
    await granted("U0ADA", "web-pods-read 1h OPS-12 a look");
    await granted("U0DEE", "web-pods-mapping 30m another look");
    const findings = await findingsOf(stack());
    expect(findings.filter(({ level }) => level !== "ok")).toEqual([]);
    expect(exitCodeOf(findings, true)).toBe(0);
    const said = findings.map(({ check, subject, what }) => `${check} ${subject}: ${what}`);
    expect(said).toContainEqual(
      expect.stringMatching(/^channels C0ACCESS: there; a card was posted 20/),
    );
    expect(said).toContain("grants alive: 2 looked at, 0 overdue");
    expect(said).toContain("iam-groups iam-bttrm-web-ro-group: there, 1 lent");
    expect(said).toContainEqual(
      expect.stringMatching(/^iam-users iam-bttrm-web-user-1: there, AIDA/),
    );
    expect(said).toContain(
      "clusters bttrm-eks-dev-0, provision: may get and patch aws-auth, and only that",
    );
    expect(said).toContain("clusters bttrm-eks-dev-0, watch: may get aws-auth, and only that");
    expect(said).toContain("functions revoke: may run, 5 at once are kept free for it");
    expect(said).toContain(
      "functions Slack's address: /slack/events refuses what Slack has not signed (401)",
    );
  });

  it("is left as it was: the doctor only reads, in AWS, in the cluster and in Slack", async () => {
    const before = await rowsOf(stack());
    const { aws, cluster, slackApi } = stack();
    aws.calls.clear();
    const requests = cluster.requests.length;
    const calls = slackApi.calls.length;
    await findingsOf(stack());

    const asked = new Set(aws.calls.list().map(({ action }) => action));
    const writes = [...asked].filter(
      (action) => !/^(Get|List|Describe|Query|Scan|BatchGet)/.test(action),
    );
    expect(writes).toEqual([]);
    const ofCluster = cluster.requests.slice(requests);
    expect(ofCluster.length).toBeGreaterThan(5);
    expect(
      ofCluster.filter(
        ({ method, path }) => method !== "GET" && !/\/selfsubject(access|rules)reviews$/.test(path),
      ),
    ).toEqual([]);
    expect([...new Set(slackApi.calls.slice(calls).map(({ method }) => method))].sort()).toEqual([
      "auth.test",
      "bots.info",
      "chat.getPermalink",
      "conversations.info",
      "usergroups.users.list",
      "users.info",
    ]);
    expect(await rowsOf(stack())).toEqual(before);
  });

  it("tells no secret", async () => {
    const findings = await findingsOf(stack());
    const caller = { arn: "a", account: "1", partition: "aws", answeredAt: 0 };
    const place = {
      kind: "aws",
      stage: "s",
      region: "r",
      prefix: "p",
      tableName: "t",
      secretsParameter: "/x",
      slackApiUrl: "https://slack.com/api/",
    } as const;
    const report = { place, policy: { hash: "h" }, caller, findings };
    const all = jsonReport(report) + textReport(report);
    expect(all).not.toContain("local-only-signing-secret");
    expect(all).not.toContain(stack().workspace.state.botToken);
  });
});

describe("a deployment of which the caller may see nothing", () => {
  it("is not called well: everything is unknown, and each says so", async () => {
    const { aws } = stack();
    aws.addIdentity({ name: "nobody", arn: "arn:aws:iam::111122223333:role/nobody", allow: [] });
    const { openClients } = await import("../../scripts/doctor/clients.ts");
    const whereabouts = { region: aws.region, endpoint: aws.url };
    const clients = openClients({ ...whereabouts, credentials: aws.credentials("nobody") });
    const unseen = { clients, kubeconfig: undefined, address: undefined };
    const findings = await findingsOf(stack(), unseen);
    const levels = new Set(findings.map(({ level, check }) => (check === "clock" ? "" : level)));
    expect([...levels].sort()).toEqual(["", "unknown"]);
    expect(wrongIn(findings, "secret")).toEqual(["unknown not-permitted /latchkey/slack"]);
    expect(wrongIn(findings, "clusters")).toEqual(["unknown not-permitted bttrm-eks-dev-0"]);
    expect(wrongIn(findings, "iam-groups")).toHaveLength(3);
    expect(exitCodeOf(findings, false)).toBe(2);
  });
});

async function rowsOf({ table }: Stack): Promise<unknown> {
  const client = dynamodbClient(table.url);
  const rows = await readRows(client, table.name).finally(() => client.destroy());
  return rows.map((row) => JSON.stringify(row)).sort();
}
