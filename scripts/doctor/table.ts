// The table: whether it is there, with the keys and indexes that the store reads by, and kept from harm.

import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  type DescribeTableCommandOutput,
  DescribeTimeToLiveCommand,
  type KeySchemaElement,
} from "@aws-sdk/client-dynamodb";
import { TABLE_DEFINITION, TTL_ATTRIBUTE } from "../../lib/store/table.ts";
import { isNamed } from "../../lib/targets/aws-fault.ts";
import { deployCommand, type Known } from "./deploy-command.ts";
import { about, type Finding, type Trouble } from "./finding.ts";
import { notSeen, type Patient, type Place } from "./patient.ts";

type Table = NonNullable<DescribeTableCommandOutput["Table"]>;

export interface SeenTable {
  readonly findings: readonly Finding[];
  /** Whether there is a point in reading it. */
  readonly isThere: boolean;
}

/** `known`: what the way out of a wrong table must not set back. */
export async function examineTable(patient: Patient, known: Known): Promise<SeenTable> {
  const { clients, place } = patient;
  const it = about("table", place.tableName);
  let table: Table | undefined;
  try {
    const command = new DescribeTableCommand({ TableName: place.tableName });
    ({ Table: table } = await clients.dynamodb.send(command));
  } catch (error) {
    if (!isNamed(error, "ResourceNotFound")) {
      return { findings: [notSeen("table", place.tableName, error)], isThere: true };
    }
    return {
      findings: [
        it.problem({
          code: "table-missing",
          what: `there is no such table in ${place.region}`,
          why: "Nothing can be asked for, and nothing that was lent is known.",
          mend: `${deployCommand(place, known)}; with another --stage or --region, if this is not the one`,
        }),
      ],
      isThere: false,
    };
  }
  const found = [
    ...examineShape(place, known, table ?? {}),
    ...(table?.DeletionProtectionEnabled ? [] : [it.warning(unprotected(place))]),
    ...(await examineTimeToLive(patient)),
    ...(await examineRecovery(patient)),
  ];
  const fine = it.ok("there, with its keys and indexes, protected, recoverable");
  return { findings: found.length > 0 ? found : [fine], isThere: true };
}

function examineShape(place: Place, known: Known, table: Table): readonly Finding[] {
  const it = about("table", place.tableName);
  const { TableStatus: status = "in no known state", KeySchema, GlobalSecondaryIndexes } = table;
  const isActive = status === "ACTIVE" || status === "UPDATING";
  return [
    ...(isActive ? [] : [it.problem(notActive(place, status))]),
    ...(isSameKey(KeySchema, TABLE_DEFINITION.KeySchema) ? [] : [it.problem(otherKey(place))]),
    ...TABLE_DEFINITION.GlobalSecondaryIndexes.flatMap((wanted) => {
      const { IndexName } = wanted;
      const index = GlobalSecondaryIndexes?.find((one) => one.IndexName === IndexName);
      const wrong = faultOf(index, wanted);
      if (wrong === undefined) return [];
      const why = `${WHAT_FOR[IndexName]} is found by it.`;
      const mend = deployCommand(place, known);
      return [about("table", `index ${IndexName}`).problem({ ...wrong, why, mend })];
    }),
  ];
}

const notActive = ({ tableName, region }: Place, status: string): Trouble => ({
  code: "table-not-active",
  what: `it is ${status}`,
  why: "It can be neither read nor written.",
  mend: `aws dynamodb wait table-exists --table-name ${tableName} --region ${region}`,
});

const otherKey = (place: Place): Trouble => ({
  code: "table-key",
  what: "its key is another one: it is not Latchkey's table",
  why: "Nothing can be read or written by the store.",
  mend: `${deployCommand({ ...place, stage: "OTHER_STAGE" })}; keys cannot be changed`,
});

type Index = NonNullable<Table["GlobalSecondaryIndexes"]>[number];
type WantedIndex = (typeof TABLE_DEFINITION.GlobalSecondaryIndexes)[number];

/** What is wrong with an index; undefined: nothing. */
function faultOf(
  index: Index | undefined,
  { KeySchema, Projection }: WantedIndex,
): Pick<Trouble, "code" | "what"> | undefined {
  if (index === undefined) return { code: "index-missing", what: "it is missing" };
  const isRight =
    isSameKey(index.KeySchema, KeySchema) &&
    index.Projection?.ProjectionType === Projection.ProjectionType;
  if (!isRight)
    return { code: "index-wrong", what: "it has other keys, or holds other attributes" };
  // An emulator may give no state.
  const { IndexStatus = "ACTIVE" } = index;
  if (IndexStatus === "ACTIVE") return undefined;
  return { code: "index-not-active", what: `it is ${IndexStatus}` };
}

const WHAT_FOR: Readonly<Record<string, string>> = {
  due: "Everything that has to begin or to end",
  outbox: "Everything that Slack is to be told",
  requester: "What somebody has asked for",
};

function isSameKey(
  one: readonly KeySchemaElement[] | undefined,
  other: readonly KeySchemaElement[],
): boolean {
  const words = (key: readonly KeySchemaElement[] = []) =>
    key.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`).sort();
  return words(one).join() === words(other).join();
}

const unprotected = ({ tableName, region }: Place): Trouble => ({
  code: "table-unprotected",
  what: "it can be deleted like any other",
  why: "It alone knows who has access until when: without it, what is lent stays for ever.",
  mend: `aws dynamodb update-table --table-name ${tableName} --region ${region} --deletion-protection-enabled`,
});

async function examineTimeToLive({ clients, place }: Patient): Promise<readonly Finding[]> {
  const { tableName, region } = place;
  const it = about("table", "time to live");
  try {
    const command = new DescribeTimeToLiveCommand({ TableName: tableName });
    const { TimeToLiveDescription: ttl } = await clients.dynamodb.send(command);
    const isOn = ttl?.TimeToLiveStatus === "ENABLED" || ttl?.TimeToLiveStatus === "ENABLING";
    if (isOn && ttl.AttributeName === TTL_ATTRIBUTE) return [];
    if (isOn) {
      return [
        it.problem({
          code: "ttl-wrong",
          what: `rows are forgotten by the attribute ${ttl.AttributeName}`,
          why: `Only ${TTL_ATTRIBUTE} stands on rows that may be forgotten. What ends access must never be.`,
          mend: `aws dynamodb update-time-to-live --table-name ${tableName} --region ${region} --time-to-live-specification Enabled=false,AttributeName=${ttl.AttributeName}`,
        }),
      ];
    }
    return [
      it.warning({
        code: "ttl-off",
        what: "rows of requests seen and of App Homes are never forgotten",
        why: "The table grows by a row with every click, for ever.",
        mend: `aws dynamodb update-time-to-live --table-name ${tableName} --region ${region} --time-to-live-specification Enabled=true,AttributeName=${TTL_ATTRIBUTE}`,
      }),
    ];
  } catch (error) {
    return [notSeen("table", "time to live", error)];
  }
}

async function examineRecovery({ clients, place }: Patient): Promise<readonly Finding[]> {
  const { tableName, region } = place;
  try {
    const command = new DescribeContinuousBackupsCommand({ TableName: tableName });
    const { ContinuousBackupsDescription: backups } = await clients.dynamodb.send(command);
    const state = backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
    if (state === "ENABLED") return [];
    return [
      about("table", "recovery").warning({
        code: "recovery-off",
        what: "it cannot be set back to a point in time",
        why: "Rows that were spoilt by hand or by a mistake are lost, and with them when access is to end.",
        mend: `aws dynamodb update-continuous-backups --table-name ${tableName} --region ${region} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
      }),
    ];
  } catch (error) {
    return [notSeen("table", "recovery", error)];
  }
}
