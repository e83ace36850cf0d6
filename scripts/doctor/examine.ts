// The whole examination: every check in its turn, each kept from hiding the others.

import type { KubeConfig } from "@kubernetes/client-node";
import { accountOf } from "../../lib/grant/target-spec.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import { createWebClient } from "../../lib/slack/web-client.ts";
import { createDynamoStore } from "../../lib/store/dynamo-store.ts";
import type { Store } from "../../lib/store/store.ts";
import { examineAlarms } from "./alarms.ts";
import { examineChannels } from "./channels.ts";
import { type Caller, type Clients, whoCalls } from "./clients.ts";
import { examineClock } from "./clock.ts";
import { examineClusters } from "./clusters.ts";
import type { Known } from "./deploy-command.ts";
import type { Check, Finding } from "./finding.ts";
import { examineFunctions } from "./functions.ts";
import { examineGrants } from "./grants.ts";
import { examineGroups } from "./groups.ts";
import { examineMembers } from "./members.ts";
import { type Address, notSeen, type Patient, type Place } from "./patient.ts";
import { examinePeople } from "./people.ts";
import { examineSecret } from "./secret.ts";
import { examineSlack } from "./slack.ts";
import { examineSweeps } from "./sweeps.ts";
import { examineTable } from "./table.ts";

const SLACK_TIMEOUT_MS = 8_000;

export interface Examination {
  readonly place: Place;
  readonly policy: Policy;
  readonly clients: Clients;
  readonly kubeconfig?: KubeConfig | undefined;
  /** Where Slack calls, if anybody said. */
  readonly address?: Address | undefined;
  /** Told of each check before it begins. */
  readonly onCheck?: (check: Check) => void;
}

export interface Result {
  readonly caller: Caller;
  readonly findings: readonly Finding[];
}

/**
 * Looks at everything and changes nothing. @throws Error where there is no point in looking: nobody's
 * credentials, or those of another account.
 */
export async function examine(examination: Examination): Promise<Result> {
  const { place, policy, clients, kubeconfig, address, onCheck = () => {} } = examination;
  const caller = await whoCalls(clients);
  const localNow = Date.now();
  refuseOtherAccount(policy, caller);
  const now = Number.isNaN(caller.answeredAt) ? localNow : caller.answeredAt;
  const patient: Patient = { place, policy, clients, caller, now, kubeconfig, address };
  const findings: Finding[] = [];
  const check = async (name: Check, look: () => Promise<readonly Finding[]>): Promise<void> => {
    onCheck(name);
    // A mistake of the doctor's own must not hide what the other checks find.
    findings.push(...(await look().catch((error: unknown) => [notSeen(name, name, error)])));
  };

  await check("clock", async () => examineClock(patient, localNow));
  // Early, as they tell with what it was deployed.
  let known: Known = {};
  await check("alarms", async () => {
    const alarms = await examineAlarms(patient);
    known = alarms.known;
    return alarms.findings;
  });
  // What others look for is in the table.
  let isTableThere = true;
  await check("table", async () => {
    const table = await examineTable(patient, known);
    isTableThere = table.isThere;
    return table.findings;
  });
  await examineSlackSide(patient, isTableThere, check);
  const store = isTableThere ? storeOf(patient) : undefined;
  if (store !== undefined) {
    await check("sweeps", () => examineSweeps(patient, store));
    await check("grants", () => examineGrants(patient, known, store));
  }
  await check("iam-groups", () => examineGroups(patient, store));
  await check("iam-users", () => examinePeople(patient, isTableThere));
  await check("clusters", () => examineClusters(patient));
  await check("functions", () => examineFunctions(patient, known));
  return { caller, findings };
}

/** Secret, app, channels, people: each only where the one before lets us in. */
async function examineSlackSide(
  patient: Patient,
  isTableThere: boolean,
  check: (name: Check, look: () => Promise<readonly Finding[]>) => Promise<void>,
): Promise<void> {
  let botToken: string | undefined;
  await check("secret", async () => {
    const secret = await examineSecret(patient);
    botToken = secret.botToken;
    return secret.findings;
  });
  if (!botToken) return;
  const client = createWebClient(botToken, patient.place.slackApiUrl, SLACK_TIMEOUT_MS);
  let isLetIn = false;
  await check("slack-app", async () => {
    const slack = await examineSlack(patient, client);
    isLetIn = slack.isLetIn;
    return slack.findings;
  });
  if (!isLetIn) return;
  await check("channels", () => examineChannels(patient, client, isTableThere));
  await check("slack-people", () => examineMembers(patient, client));
}

/** NB. Only its reading methods are used; `newId` would name a write. */
function storeOf({ clients, place }: Patient): Store {
  const newId = () => {
    throw new Error("the doctor writes nothing");
  };
  return createDynamoStore({ client: clients.dynamodb, tableName: place.tableName, newId });
}

/** The accounts that the file says are the broker's own: it names what is there without saying how to get there. */
function refuseOtherAccount(policy: Policy, { account, arn }: Caller): void {
  const own = new Set(
    [
      ...Object.values(policy.people).map(({ iamUser }) => accountOf(iamUser)),
      ...Object.values(policy.entitlements).flatMap(({ targets }) =>
        targets.flatMap((spec) => (spec.kind === "iam-group" ? [accountOf(spec.arn)] : [])),
      ),
    ].filter((id) => policy.accounts[id] === undefined),
  );
  if (own.size === 0 || own.has(account)) return;
  throw new Error(
    `These credentials are of account ${account} (${arn}), and access.yml is for ${[...own].join(", ")}. Choose others (AWS_PROFILE, aws sso login), or is ACCESS_FILE not set?`,
  );
}
