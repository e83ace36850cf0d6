// The channels that cards go to: whether there are such, and what is known of the app being in them.

import { type AttributeValue, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { WebClient } from "@slack/web-api";
import type { Policy } from "../../lib/policy/policy.ts";
import { slackProblem } from "../../lib/slack/web-client.ts";
import { about, type Finding } from "./finding.ts";
import { notSeen, type Patient } from "./patient.ts";

/** What has been posted is spread all over the table; no row ever leaves it. */
const ROWS_LOOKED_AT = 50_000;
/** A card of so long ago says that the app is in the channel, unless somebody has removed it since. */
const RECENT_MS = 30 * 86_400_000;
/** An announcement that has failed so often does not fail by chance. */
const FAILED_OFTEN = 3;
/** A `ts` that no message has. */
const NO_MESSAGE = "1.000000";

/**
 * Asks Slack about each channel. Whether the app is *in* one Slack tells only with the scope channels:read,
 * which Latchkey does without: then the cards that were posted there speak for it. `isTableThere`: whether
 * the table can be read for them.
 */
export async function examineChannels(
  patient: Patient,
  client: WebClient,
  isTableThere: boolean,
): Promise<readonly Finding[]> {
  const posted = isTableThere ? await readPosted(patient) : NOTHING_POSTED;
  if ("check" in posted) return [posted];
  const found: Finding[] = [];
  for (const channel of channelsIn(patient.policy)) {
    found.push(await examineChannel(patient, client, channel, posted));
  }
  return [...found, ...examineFailures(patient, posted)];
}

function channelsIn({ slack, entitlements }: Policy): readonly string[] {
  const own = Object.values(entitlements).flatMap(({ channel }) => channel ?? []);
  return [...new Set([slack.channel, ...own])];
}

async function examineChannel(
  { now }: Patient,
  client: WebClient,
  channel: string,
  { lastCards }: Posted,
): Promise<Finding> {
  const it = about("channels", channel);
  const gone = it.problem({
    code: "channel-missing",
    what: "there is no such channel, or it is private and the app is not in it",
    why: "Cards cannot be posted there, so that nobody approves.",
    mend: "In Slack, in the channel: /invite @Latchkey    # or correct its id in access.yml",
  });
  const seen = await askAbout(client, channel);
  if (seen === "missing") return gone;
  if (seen === "archived") {
    return it.problem({
      code: "channel-archived",
      what: "it is archived",
      why: "Cards cannot be posted there, so that nobody approves.",
      mend: "Unarchive it in Slack, or name another channel in access.yml and deploy it.",
    });
  }
  if (seen === "outside") {
    return it.problem({
      code: "not-in-channel",
      what: "the app is not in it",
      why: "Cards cannot be posted there, so that nobody approves.",
      mend: "In Slack, in the channel: /invite @Latchkey",
    });
  }
  if (seen === "inside") return it.ok("the app is in it");
  if (seen !== "there") {
    return it.unknown({
      code: "no-answer",
      what: `Slack did not say (${seen.problem})`,
      why: "Without the app in it there are no cards, and nobody approves.",
      mend: "Run the doctor again.",
    });
  }
  const card = lastCards.get(channel);
  if (card !== undefined && now - card < RECENT_MS) {
    return it.ok(`there; a card was posted ${new Date(card).toISOString().slice(0, 16)}Z`);
  }
  return it.unknown({
    code: "membership-unknown",
    what: "it is there; whether the app is in it Slack does not tell without channels:read, and no recent card was seen in it",
    why: "Without the app in it there are no cards, and nobody approves.",
    mend: "In Slack, in the channel: /invite @Latchkey    # does nothing where it is in already",
  });
}

type Seen =
  | "missing"
  | "archived"
  | "outside"
  | "inside"
  /** That is all that can be told. */
  | "there"
  | { readonly problem: string };

async function askAbout(client: WebClient, channel: string): Promise<Seen> {
  try {
    const { channel: info } = await client.conversations.info({ channel });
    if (info?.is_archived) return "archived";
    return info?.is_member ? "inside" : "outside";
  } catch (error) {
    const { code } = slackProblem(error);
    if (code === "channel_not_found") return "missing";
    // groups:read is what a private channel takes.
    if (code !== "missing_scope") return { problem: code };
  }
  try {
    // Needs no scope, and looks for the channel first.
    await client.chat.getPermalink({ channel, message_ts: NO_MESSAGE });
    return "there";
  } catch (error) {
    const { code } = slackProblem(error);
    if (code === "message_not_found") return "there";
    return code === "channel_not_found" ? "missing" : { problem: code };
  }
}

// --- What the table knows of posting ---

interface Posted {
  /** When a card was last posted, by channel, as far as rows were looked at. */
  readonly lastCards: ReadonlyMap<string, number>;
  /** How often in a row somebody could not be told of a grant, by the grant's key. */
  readonly failures: ReadonlyMap<string, number>;
}

const NOTHING_POSTED: Posted = { lastCards: new Map(), failures: new Map() };

async function readPosted({ clients, place }: Patient): Promise<Posted | Finding> {
  const asked = {
    TableName: place.tableName,
    FilterExpression: "attribute_exists(#shown)",
    ProjectionExpression: "#pk, #shown",
    ExpressionAttributeNames: { "#shown": "shown", "#pk": "pk" },
  };
  const found: Record<string, AttributeValue>[] = [];
  let looked = 0;
  try {
    for await (const page of paginateScan({ client: clients.dynamodb, pageSize: PAGE }, asked)) {
      found.push(...(page.Items ?? []));
      looked += page.ScannedCount ?? 0;
      if (looked >= ROWS_LOOKED_AT) break;
    }
    return postedOf(found);
  } catch (error) {
    return notSeen("channels", "cards in the table", error);
  }
}

const PAGE = 1_000;

function postedOf(items: readonly Record<string, AttributeValue>[]): Posted {
  const lastCards = new Map<string, number>();
  const failures = new Map<string, number>();
  for (const item of items) {
    const { pk, shown } = unmarshall(item) as Row;
    if (shown.failures) failures.set(pk, shown.failures);
    const { channel, ts } = shown.messages?.["card"] ?? {};
    if (channel === undefined) continue;
    lastCards.set(channel, Math.max(lastCards.get(channel) ?? 0, Number(ts) * 1_000));
  }
  return { lastCards, failures };
}

interface Row {
  readonly pk: string;
  readonly shown: {
    readonly failures?: number;
    readonly messages?: Readonly<
      Record<string, { readonly channel?: string; readonly ts?: string }>
    >;
  };
}

function examineFailures(patient: Patient, { failures }: Posted): readonly Finding[] {
  const often = [...failures].filter(([, times]) => times >= FAILED_OFTEN);
  if (often.length === 0) return [];
  const [first = ""] = often.map(([pk]) => pk.replace(/^GRANT#/, ""));
  return [
    about("channels", "announcements").warning({
      code: "announcements-fail",
      what: `${often.length === 1 ? "a grant" : `${often.length} grants`} could not be told of in Slack, several times in a row: ${first}`,
      why: "The card, or somebody's message, does not show what has become of the request.",
      mend: `aws logs tail /aws/lambda/${patient.place.prefix}-announce --since 1h --region ${patient.place.region}    # Slack's error is in it`,
    }),
  ];
}
