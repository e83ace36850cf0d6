// The functions: whether they are there, whether Lambda lets them run, and whether the one that Slack calls answers.

import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import pMap from "p-map";
import { FUNCTION_NAMES, type FunctionName } from "../../deploy/roles.ts";
import { describeFault, isNamed } from "../../lib/targets/aws-fault.ts";
import { deployCommand, type Known } from "./deploy-command.ts";
import { about, type Finding, type Trouble } from "./finding.ts";
import { type Address, addressOf, notSeen, type Patient, type Place, tailLog } from "./patient.ts";

/** What Lambda keeps free for revoke: serverless.yml, `revokeConcurrency`. */
const REVOKE_ROOM = 5;
/** What a new account has in all. No more than that is hardly enough for five functions and a burst of clicks. */
const LITTLE_ROOM = 10;
const AT_ONCE = 4;

export async function examineFunctions(
  patient: Patient,
  known: Known,
): Promise<readonly Finding[]> {
  const examine = async (name: FunctionName) =>
    [name, await examineFunction(patient, name)] as const;
  const each = await pMap(FUNCTION_NAMES, examine, { concurrency: AT_ONCE });
  const gone = each.flatMap(([name, finding]) => (finding === "missing" ? [name] : []));
  return [
    ...each.flatMap(([, finding]) => (finding === "missing" ? [] : [finding])),
    ...(gone.length > 0 ? [missing(patient.place, known, gone)] : []),
    await examineAccount(patient),
    await examineAddress(patient),
  ];
}

async function examineFunction(
  { clients, place }: Patient,
  name: FunctionName,
): Promise<Finding | "missing"> {
  try {
    const FunctionName = `${place.prefix}-${name}`;
    const command = new GetFunctionConcurrencyCommand({ FunctionName });
    const { ReservedConcurrentExecutions: room } = await clients.lambda.send(command);
    if (room === 0) return stopped(place, name);
    if (room === undefined && name === "revoke") return withoutRoom(place);
    const kept = room === undefined ? "" : `, ${room} at once are kept free for it`;
    return about("functions", name).ok(`may run${kept}`);
  } catch (error) {
    return isNamed(error, "ResourceNotFound") ? "missing" : notSeen("functions", name, error);
  }
}

function missing(place: Place, known: Known, names: readonly FunctionName[]): Finding {
  const full = names.map((name) => `${place.prefix}-${name}`);
  return about(
    "functions",
    names.length === 1 ? String(names[0]) : `${names.length} functions`,
  ).problem({
    code: "function-missing",
    what: `not there in ${place.region}: ${full.join(", ")}`,
    why: names.map((name) => WITHOUT[name]).join(" "),
    mend: deployCommand(place, known),
  });
}

const WITHOUT: Readonly<Record<FunctionName, string>> = {
  slack: "Slack gets no answer: nobody can ask or approve.",
  provision: "Approved requests are not carried out.",
  revoke: "Access does not end.",
  announce: "Slack does not show what becomes of requests.",
  watch: "Access that nobody lent is not noticed.",
};

/** As a drill, or *Ending everything at once*, leaves it. */
function stopped(place: Place, name: FunctionName): Finding {
  return about("functions", name).problem({
    code: "function-stopped",
    what: "its reserved concurrency is 0: Lambda never lets it run",
    why: WITHOUT[name],
    mend:
      name === "revoke"
        ? giveRoom(place)
        : `aws lambda delete-function-concurrency ${at(place, name)}`,
  });
}

function withoutRoom(place: Place): Finding {
  return about("functions", "revoke").warning({
    code: "revoke-without-room",
    what: "Lambda keeps no room free for it (reserved concurrency)",
    why: "Whatever else runs in the account can leave it none, and then access does not end on time.",
    mend: `${giveRoom(place)}    # where the quota has none to spare, have it raised: Concurrent executions`,
  });
}

function giveRoom(place: Place): string {
  return `aws lambda put-function-concurrency ${at(place, "revoke")} --reserved-concurrent-executions ${REVOKE_ROOM}`;
}

const at = ({ prefix, region }: Place, name: FunctionName) =>
  `--region ${region} --function-name ${prefix}-${name}`;

async function examineAccount({ clients, place }: Patient): Promise<Finding> {
  const it = about("functions", "the account's quota");
  try {
    const { AccountLimit } = await clients.lambda.send(new GetAccountSettingsCommand({}));
    const { ConcurrentExecutions: all, UnreservedConcurrentExecutions: left } = AccountLimit ?? {};
    if (left === undefined) throw new Error("Lambda did not say how much is left");
    if (left > LITTLE_ROOM) {
      return it.ok(`${left} of ${all} runs at once are nobody's in particular`);
    }
    return it.warning({
      code: "quota-low",
      what: `${left} of ${all} runs at once are left for all functions that have no room of their own`,
      why: "Where others of the account use them up, nobody can ask, and nothing is given or told.",
      // Lambda's quota "Concurrent executions".
      mend: `aws service-quotas request-service-quota-increase --region ${place.region} --service-code lambda --quota-code L-B99A9384 --desired-value 1000`,
    });
  } catch (error) {
    return notSeen("functions", "the account's quota", error);
  }
}

const ADDRESS = "Slack's address";

/** NB. What Slack has not signed must be refused: 401 says that it was read, held against the secrets, and refused. */
async function examineAddress(patient: Patient): Promise<Finding> {
  const { address, place } = patient;
  const it = about("functions", ADDRESS);
  if (address === undefined) return it.unknown(notGiven(place));
  let status: number;
  try {
    status = await address.knock();
  } catch (error) {
    return it.unknown(noAnswer(patient, address, error));
  }
  if (status === 401) return it.ok(`${address.url} refuses what Slack has not signed (401)`);
  const log = tailLog(patient, "slack");
  return it.problem({
    code: "address-wrong",
    what: `${address.url} answers ${status}, and not 401, to what Slack has not signed`,
    why:
      status === 500
        ? "It cannot read its secrets, or crashes: nobody can ask or approve."
        : "Slack gets no good answer there: nobody can ask or approve.",
    mend: status < 500 ? `${addressOf(place)}    # is it that one?\n${log}` : log,
  });
}

const noAnswer = ({ place }: Patient, { url }: Address, error: unknown): Trouble => ({
  code: "no-answer",
  what: `${url} gave no answer from here: ${describeFault(error)}`,
  why: "If Slack gets none either, nobody can ask or approve.",
  mend: `${addressOf(place)}    # is it that one?`,
});

const notGiven = (place: Place): Trouble => ({
  code: "address-not-given",
  what: "nobody said where Slack calls, so that nobody has tried it",
  why: "Where that address does not answer nobody can ask or approve.",
  mend: `Run the doctor with --url "$(${addressOf(place)})"`,
});
