// The policy in docs/validate-and-doctor.md: enough for what the doctor and validate read, and no action too many.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { Statement } from "../../local/aws/policy.ts";
import { openClients } from "../../scripts/doctor/clients.ts";
import { scene } from "../end-to-end/scene.ts";
import { findingsOf, stackToExamine } from "./examined.ts";
import { ROOT, runScript } from "./run-script.ts";

const DOCS = readFileSync(join(ROOT, "docs/validate-and-doctor.md"), "utf8");

/** As it stands there, for the names of the embedded stack. */
function documented(): readonly Statement[] {
  const json = /```json\n(.*?)```/s.exec(DOCS)?.[1] ?? "";
  const text = json.replaceAll(/(table\/|function:)latchkey-prod/g, "$1latchkey");
  return (JSON.parse(text) as { Statement: Statement[] }).Statement;
}

const stack = stackToExamine();
const { granted } = scene(stack);

describe("the documented policy", () => {
  it("lets the doctor see everything, and validate read every group", async () => {
    await granted("U0ADA", "web-pods-read 1h OPS-12 a look");
    const { aws } = stack();
    const name = "documented";
    const arn = `arn:aws:iam::111122223333:user/${name}`;
    aws.addIdentity({ name, arn, allow: documented() });
    aws.putCluster({
      name: "bttrm-eks-dev-0",
      endpoint: stack().cluster.server,
      certificateAuthorityData: stack().cluster.certificateAuthority,
      authenticationMode: "API_AND_CONFIG_MAP",
      // An entry, so that its policies are asked for.
      accessEntries: [
        {
          principalArn: "arn:aws:iam::111122223333:role/latchkey-watch",
          kubernetesGroups: ["latchkey-watch"],
        },
      ],
    });
    aws.calls.clear();
    const whereabouts = { region: aws.region, endpoint: aws.url };
    const clients = openClients({ ...whereabouts, credentials: aws.credentials(name) });
    const findings = await findingsOf(stack(), { clients });
    expect(findings.filter(({ level }) => level !== "ok")).toEqual([]);
    const validated = await runScript("validate.ts", ["--aws", "--strict"], aws.environment(name));
    expect(validated).toMatchObject({ code: 0, stderr: "" });

    // The debug group of the scenario has no inline policy to read.
    const asked = new Set([
      ...aws.calls
        .list()
        .map(
          ({ service, action }) => `${service === "monitoring" ? "cloudwatch" : service}:${action}`,
        ),
      "iam:GetGroupPolicy",
    ]);
    asked.delete("sts:GetCallerIdentity");
    const allowed = documented().flatMap(({ Action }) => [Action].flat());
    expect([...asked].sort()).toEqual([...allowed].sort());
  }, 60_000);
});

describe("what the doctor can find", () => {
  it("is told in the docs, check by check", async () => {
    const { CHECKS } = await import("../../scripts/doctor/finding.ts");
    const missing = CHECKS.filter((check) => !DOCS.includes(`\n| \`${check}\` |`));
    expect(missing).toEqual([]);
  });
});
