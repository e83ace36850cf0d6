// `npm run end-all`: shows what a deployment has lent, and ends all of it, for an emergency; revoke takes it within a minute.

import { parseArgs } from "node:util";
import { isAlive } from "../lib/broker/discrepancies.ts";
import { endEverything, type Living, whatLives } from "../lib/broker/end-everything.ts";
import { openTable } from "../lib/compose/table.ts";
import {
  type ActiveGrant,
  type ApprovedGrant,
  overAt,
  type RevokingGrant,
} from "../lib/grant/grant.ts";
import { createLog } from "../lib/log.ts";
import { takenByHand } from "./doctor/by-hand.ts";

const HELP = `Ends every grant of a deployment that is approved or active, for an emergency.

  npm run end-all -- --stage prod                          says what would end, and changes nothing
  npm run end-all -- --stage prod --why "incident 42"      ends it; whoever had it reads why

The first is also the list to work from by hand, where revoke does not run: each grant with when it ends, the one that
ends first at the top, and under it the commands that take its access away. It shows those too that are ending.

It writes into the table alone, with your AWS credentials (dynamodb:Query on its index \`due\`, GetItem and
UpdateItem on it), and may be repeated. The functions do the rest: revoke takes the access within a minute, and
tries for ever. Requests that nobody has decided are left: docs/operations.md says how to stop those.

  --region us-east-2    where the table is; AWS_REGION or us-east-2 where it is not said
  --table NAME          a table that is not called latchkey-<stage>

Exit code: 0 all of it is on its way out (or there is nothing), 1 something is left, 2 it could not look.`;

/** What to do about a usual answer of AWS, by its name. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  ResourceNotFoundException:
    "Is the table in another region, or of another stage? --region, --stage, --table.",
  CredentialsProviderError: "Choose credentials: AWS_PROFILE, aws sso login.",
  ExpiredTokenException: "Choose other credentials: AWS_PROFILE, aws sso login.",
};

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const settings = readSettings(args);
    if (settings !== undefined) return await endAll(settings);
    console.log(HELP);
    return 0;
  } catch (error) {
    console.error(wordsOf(error));
    return 2;
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const wayOut = error.cause instanceof Error ? WAYS_OUT[error.cause.name] : undefined;
  return wayOut === undefined ? error.message : `${error.message}\n${wayOut}`;
}

interface Settings {
  readonly table: string;
  readonly why: string | undefined;
}

/** Undefined: somebody wants to read the help. @throws Error that is all message. */
function readSettings(args: readonly string[]): Settings | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h" },
      stage: { type: "string" },
      table: { type: "string" },
      region: { type: "string" },
      why: { type: "string" },
    },
  });
  if (values.help === true) return undefined;
  const { stage, table = stage && `latchkey-${stage}`, region, why } = values;
  if (table === undefined) throw new Error("Say which deployment: --stage prod, or --table NAME.");
  if (why?.trim() === "") throw new Error("Say why, for those who lose their access: --why TEXT.");
  process.env["AWS_REGION"] = region ?? process.env["AWS_REGION"] ?? "us-east-2";
  return { table, why };
}

async function endAll({ table, why }: Settings): Promise<number> {
  const store = openTable(table);
  const living = await whatLives({ store });
  // Where they are ended now, nobody has to do it by hand.
  await show(living, async (grant) =>
    why === undefined && isAlive(grant) ? takenByHand(store, grant) : [],
  );
  const { length } = living.grants;
  if (why === undefined) {
    const ending = living.ending.length === 0 ? "" : ` ${living.ending.length} are ending already.`;
    console.log(`${length} grants would end.${ending} Nothing was changed; --why TEXT ends them.`);
    return living.unreadable.length === 0 ? 0 : 1;
  }
  const left = await endEverything(
    {
      store,
      // Who did it is in CloudTrail; the history says that it was done by hand, under no access.yml.
      policy: { hash: "by hand" },
      clock: { now: Date.now, sleep: async () => {} },
      kick: async () => {},
      log: createLog(() => ({ function: "end-all" }), "info", console.error),
      metrics: { note() {}, publish() {} },
    },
    living,
    why,
  );
  console.log(`${length - left.length} of ${length} grants are on their way out.`);
  for (const id of left) console.error(`${id}: not ended. Try again.`);
  return left.length === 0 && living.unreadable.length === 0 ? 0 : 1;
}

async function show(
  { grants, ending, unreadable }: Living,
  byHand: (grant: Shown) => Promise<readonly string[]>,
): Promise<void> {
  const all: readonly Shown[] = [...grants, ...ending];
  for (const grant of all.toSorted(byEnd)) {
    console.log(inALine(grant));
    for (const line of await byHand(grant)) console.log(`    ${line}`);
  }
  for (const row of unreadable) {
    console.error(`${row}: cannot be read. See to what it lends by hand.`);
  }
}

type Shown = ApprovedGrant | ActiveGrant | RevokingGrant;

/** Who has had what, until when. */
function inALine(grant: Shown): string {
  const { id, requester, entitlement, status } = grant;
  return `${id}  ${requester}  ${entitlement.id}  ${status}, ${endInWords(grant)}`;
}

function endInWords(grant: Shown): string {
  const at = overAt(grant);
  if (at === undefined) return "nothing given yet";
  const time = `${new Date(at).toISOString().slice(0, 16)}Z`;
  return grant.status === "revoking" ? `to be gone since ${time}` : `until ${time}`;
}

/** What ends first comes first, and last what has not begun. */
function byEnd(one: Shown, other: Shown): number {
  return (overAt(one) ?? Number.MAX_VALUE) - (overAt(other) ?? Number.MAX_VALUE);
}
