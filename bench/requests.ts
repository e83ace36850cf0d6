// How many calls a grant costs from its request to its end, by service, counted at the servers that they reach.

import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { grantIdFrom, parseIamUserArn, parseSlackUserId } from "../lib/grant/ids.ts";
import { request } from "../lib/grant/steps.ts";
import { loadAccessFile } from "../lib/policy/load-access-file.ts";
import { createDynamoStore } from "../lib/store/dynamo-store.ts";
import { dynamodbClient } from "../local/dynamodb.ts";
import { type Stack, startStack } from "../local/stack.ts";

const MAPPINGS = 100;
const MINUTE_MS = 60_000;

/** Calls by service: one grant on an IAM group, asked for, approved, lent and ended on time; and many mappings. */
export async function bench(): Promise<object> {
  return { iamGrant: await oneGrant(), mappings: await manyMappings() };
}

async function oneGrant(): Promise<object> {
  const stack = await startStack();
  try {
    await stack.settle();
    const phases: Record<string, object> = {};
    const during = async (phase: string, work: () => Promise<unknown>) => {
      stack.aws.calls.clear();
      const slackBefore = stack.slackApi.calls.length;
      await work();
      await stack.settle();
      phases[phase] = { ...counted(stack), slack: stack.slackApi.calls.length - slackBefore };
    };
    const people = stack.people;
    await during("request", () =>
      people.as("U0ADA").command("/access", "web-pods-read 1h OPS-12 figures"),
    );
    await during("approve and provision", async () => {
      const [card] = stack.workspace.channelMessages("C0ACCESS");
      if (card === undefined) throw new Error("there is no card to approve");
      await people.as("U0BOB").click(card, "latchkey_approve");
    });
    const atRest = async () => {
      stack.advance(MINUTE_MS);
      await stack.passes();
    };
    await during("an idle minute of all three schedules", atRest);
    const idle = phases["an idle minute of all three schedules"] as Counts;
    stack.advance(60 * MINUTE_MS);
    await during("end", () => stack.passes());
    const own = ["request", "approve and provision", "end"].map((name) => phases[name] as Counts);
    return {
      total: sum(own, idle),
      phases,
      note: "the end is one pass of all three schedules; an idle one is subtracted from the total",
    };
  } finally {
    await stack.close();
  }
}

type Counts = Record<string, number>;

function sum(all: readonly Counts[], idle: Counts): Counts {
  const services = new Set(all.flatMap((counts) => Object.keys(counts)));
  return Object.fromEntries(
    [...services].map((service) => [
      service,
      all.reduce((total, counts) => total + (counts[service] ?? 0), 0) - (idle[service] ?? 0),
    ]),
  );
}

function counted(stack: Stack): Counts {
  const counts: Counts = {};
  for (const { service } of stack.aws.calls.list()) counts[service] = (counts[service] ?? 0) + 1;
  return counts;
}

/** Grants of as many people on one cluster that begin together and end together. */
async function manyMappings(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-bench-"));
  const accessFile = join(folder, "access.yml");
  writeFileSync(accessFile, manyPeople());
  const stack = await startStack({ accessFile });
  try {
    for (let n = 0; n < MAPPINGS; n++) stack.aws.iam.createUser(`bench-user-${n}`);
    await requestAll(stack, accessFile);
    const writes = () => stack.cluster.requests.filter(({ method }) => method === "PATCH").length;
    await stack.passes();
    const given = writes();
    stack.advance(60 * MINUTE_MS);
    await stack.passes();
    const auth = stack.cluster.get("ConfigMap", "kube-system", "aws-auth");
    const left = JSON.stringify(auth).match(/latchkey:/g)?.length ?? 0;
    return {
      mappings: MAPPINGS,
      configMapWritesToGive: given,
      configMapWritesToEnd: writes() - given,
      left,
    };
  } finally {
    await stack.close();
    await rm(folder, { recursive: true });
  }
}

async function requestAll(stack: Stack, accessFile: string): Promise<void> {
  const policy = loadAccessFile(accessFile);
  const entitlement = policy.entitlements["mapping"];
  if (entitlement === undefined) throw new Error("the bench's own access.yml has no mapping");
  const client = dynamodbClient(stack.table.url);
  const store = createDynamoStore({ client, tableName: stack.table.name, newId: () => "bench" });
  const at = stack.now();
  for (let n = 0; n < MAPPINGS; n++) {
    const requester = parseSlackUserId(personId(n));
    const step = { at, by: requester, from: "bench", policyHash: policy.hash };
    const facts = {
      id: grantIdFrom(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, n >> 5, n & 31])),
      entitlement: { id: entitlement.id, title: entitlement.title },
      requester,
      principal: parseIamUserArn(`arn:aws:iam::111122223333:user/bench-user-${n}`),
      targets: entitlement.targets,
      durationMs: 60 * MINUTE_MS,
      approvalsNeeded: 0,
      approverGroups: [],
      channel: policy.slack.channel,
      policyHash: policy.hash,
      requestedAt: at,
    };
    await store.create(request(facts, at + MINUTE_MS, step));
  }
  client.destroy();
}

const personId = (n: number) => `U0BENCH${n}`;

function manyPeople(): string {
  const everyone = Array.from({ length: MAPPINGS }, (_, n) => n);
  return stringify({
    slack: { team: "T0ACME", channel: "C0ACCESS", admins: ["U0CAT"] },
    people: Object.fromEntries(
      everyone.map((n) => [
        personId(n),
        { iamUser: `arn:aws:iam::111122223333:user/bench-user-${n}` },
      ]),
    ),
    groups: { everyone: { users: everyone.map(personId) } },
    clusters: { "bttrm-eks-dev-0": { region: "us-east-2" } },
    entitlements: {
      mapping: {
        title: "A mapping each",
        requesters: ["everyone"],
        approval: "automatic",
        duration: { default: "1h", max: "1h" },
        reason: "optional",
        targets: [{ awsAuth: { cluster: "bttrm-eks-dev-0", groups: ["rbac-bttrm-web-ro-group"] } }],
      },
    },
  });
}
