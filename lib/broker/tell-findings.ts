// Tells the admins what watch found: each finding once, and once that it is gone.

import type { SlackUserId } from "../grant/ids.ts";
import type { ToldFinding } from "../store/store.ts";
import { type Finding, findingKey, placeOf, type Report } from "./findings.ts";
import type { Ports } from "./ports.ts";

/** What one admin does not know yet. */
export interface News {
  /** When it was seen (epoch ms). */
  readonly at: number;
  readonly found: readonly Finding[];
  /** The keys of findings told earlier that are gone. */
  readonly gone: readonly string[];
  /** How many more findings there are that a report had no room for. */
  readonly leftOut: number;
}

/** Speaks to admins. */
export interface AdminMessenger {
  /** Sends one direct message. Never throws: a problem is an answer. */
  tell(admin: SlackUserId, news: News): Promise<{ readonly problem?: string }>;
}

// More than a report holds; some hundred bytes each, in a row of 400 KB at most.
const MOST_TOLD = 200;

/**
 * Tells every admin what is new to them in `report`, by one message each. Who could not be reached is told
 * at the next report. What has been told is stored after it was told: a crash in between, or two at once,
 * may tell it twice, never not at all.
 */
export async function tellFindings(
  ports: Pick<Ports, "policy" | "store" | "log"> & { readonly messenger: AdminMessenger },
  report: Report,
): Promise<void> {
  const { policy, store, messenger, log } = ports;
  const read = await store.toldFindings();
  const { admins } = policy.slack;
  let told = read.told;
  for (const admin of admins) {
    const news = newsFor(admin, told, report);
    if (news === undefined) continue;
    const { problem } = await messenger.tell(admin, news);
    if (problem === undefined) told = withTold(told, admin, report, news.gone);
    else log.warn("findings not told in Slack yet", { admin, problem });
  }
  if (told === read.told) return;
  // Somebody who is an admin no more waits for nothing.
  const kept = told
    .map((each) => ({ ...each, to: each.to.filter((admin) => admins.includes(admin)) }))
    .filter(({ to }) => to.length > 0);
  if ((await store.saveToldFindings(kept.slice(0, MOST_TOLD), read)) === "stale") {
    log.warn("findings told at the same time by another run");
  }
}

/** What `admin` does not know; undefined: there is nothing to say. */
function newsFor(
  admin: SlackUserId,
  told: readonly ToldFinding[],
  { at, findings, leftOut }: Report,
): News | undefined {
  const known = told.filter(({ to }) => to.includes(admin));
  const knownKeys = new Set(known.map(({ key }) => key));
  const found = findings.filter((finding) => !knownKeys.has(findingKey(finding)));
  const gone = leftOut > 0 ? [] : goneOf(known, findings);
  return found.length === 0 && gone.length === 0 ? undefined : { at, found, gone, leftOut };
}

/** NB. Of a place that could not be looked at, nothing is known to be gone. */
function goneOf(known: readonly ToldFinding[], findings: readonly Finding[]): readonly string[] {
  const keys = new Set(findings.map(findingKey));
  const unseen = new Set(
    findings.flatMap((finding) => (finding.kind === "unseen" ? [finding.place] : [])),
  );
  return known
    .filter(({ key, place }) => !keys.has(key) && (place === undefined || !unseen.has(place)))
    .map(({ key }) => key);
}

/** `told`, now that `admin` knows all of `report`: what is there first, so that it is kept first. */
function withTold(
  told: readonly ToldFinding[],
  admin: SlackUserId,
  { findings }: Report,
  gone: readonly string[],
): readonly ToldFinding[] {
  const before = new Map(told.map((each) => [each.key, each]));
  const present = findings.map((finding): ToldFinding => {
    const key = findingKey(finding);
    const place = placeOf(finding);
    const to = new Set([...(before.get(key)?.to ?? []), admin]);
    return { key, ...(place === undefined ? {} : { place }), to: [...to] };
  });
  const presentKeys = new Set(present.map(({ key }) => key));
  const rest = told
    .filter(({ key }) => !presentKeys.has(key))
    .map((each) =>
      gone.includes(each.key) ? { ...each, to: each.to.filter((one) => one !== admin) } : each,
    );
  return [...present, ...rest];
}
