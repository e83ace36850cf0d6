// What people do to a grant, each time the same way: load it, ask who they are, ask the policy, save, wake the workers.

import type { Grant } from "../grant/grant.ts";
import type { GrantId, SlackUserId } from "../grant/ids.ts";
import { noteRefusal } from "../grant/steps.ts";
import { usergroupsFor } from "../policy/may.ts";
import type { Usergroups } from "../policy/policy.ts";
import { type Standing, type Whose, whyNotOneOfUs } from "../policy/standing.ts";
import type { Reason, Verdict } from "../policy/verdict.ts";
import type { Stored } from "../store/store.ts";
import type { Ports, Worker } from "./ports.ts";
import { readStanding } from "./read-standing.ts";
import { readUsergroups } from "./read-usergroups.ts";
import { advance, stepBy } from "./step.ts";

/** Who does what to which grant. */
export interface Act {
  readonly grantId: GrantId;
  readonly by: SlackUserId;
  /** Where it came from, for the history: `slack:C0ACCESS`. */
  readonly from: string;
}

/** What came of it; a no is a value, and `grant` is as it stands now. */
export type ActOutcome = { readonly outcome: "done"; readonly grant: Grant } | NotDone;

/** Whether it would come to something now. */
export type CheckOutcome = { readonly outcome: "may"; readonly grant: Grant } | NotDone;

/** Why nothing came of it. */
export type NotDone =
  /** The state no longer allows it: somebody was first, or it is over. */
  | { readonly outcome: "too-late"; readonly grant: Grant }
  | { readonly outcome: "refused"; readonly grant: Grant; readonly reasons: readonly Reason[] }
  | { readonly outcome: "unknown-grant" };

export type ActPorts = Pick<
  Ports,
  "policy" | "clock" | "store" | "directory" | "kick" | "log" | "metrics"
>;

/** One thing that people do to grants. */
export interface Deed {
  /**
   * Who must be a full member of the workspace for it: who acts; they and the requester; or who acts, unless
   * they are the requester, who may always lessen their own access.
   */
  readonly members: "actor" | "actor-and-requester" | "actor-if-other" | "nobody";
  /** Whether it depends on who is in the approvers' user groups. */
  readonly approvers: "asked" | "asked-if-other" | "not-asked";
  /** What the grant becomes, or why it does not. The grant itself: there was nothing to do. */
  readonly next: (situation: Situation) => Grant | "too-late" | Refused;
}

export interface Situation {
  readonly grant: Grant;
  readonly usergroups: Usergroups;
  /** What speaks against it by what people are in Slack. */
  readonly standing: readonly Reason[];
  /** Epoch ms. */
  readonly now: number;
}

export type Refused = Exclude<Verdict, { allowed: true }>;

// Two people and a sweep may be at one grant at the same moment; more rounds than that is a fault.
const ROUNDS = 4;

/** Does `deed` to the grant, once, also where others change it meanwhile; a refusal is noted in its history. */
export async function actOn(ports: ActPorts, act: Act, deed: Deed): Promise<ActOutcome> {
  const standingOf = standingsRead(ports, act, deed);
  for (let round = 1; round <= ROUNDS; round++) {
    const stored = await ports.store.load(act.grantId);
    if (stored === undefined) return { outcome: "unknown-grant" };
    const { grant } = stored;
    const next = deed.next(await situationOf(ports, act, deed, grant, standingOf));
    if (next === "too-late" || next === grant) return { outcome: "too-late", grant };
    if ("allowed" in next) {
      await noteRefused(ports, act, stored, next);
      return { outcome: "refused", grant, reasons: next.reasons };
    }
    if (await carryOut(ports, stored, next)) return { outcome: "done", grant: next };
  }
  throw new Error(`grant ${act.grantId} kept changing while it was decided; try again`);
}

/** Whether `actOn` would go through now, for opening a form. Writes nothing. */
export async function checkOn(ports: ActPorts, act: Act, deed: Deed): Promise<CheckOutcome> {
  const standingOf = standingsRead(ports, act, deed);
  const stored = await ports.store.load(act.grantId);
  if (stored === undefined) return { outcome: "unknown-grant" };
  const { grant } = stored;
  const next = deed.next(await situationOf(ports, act, deed, grant, standingOf));
  if (next === "too-late" || next === grant) return { outcome: "too-late", grant };
  if ("allowed" in next) return { outcome: "refused", grant, reasons: next.reasons };
  return { outcome: "may", grant };
}

/** Stores what the grant has become and wakes whoever goes on with it. False: it has changed meanwhile. */
export async function carryOut(
  ports: Pick<Ports, "store" | "kick" | "log" | "metrics">,
  stored: Stored,
  next: Grant,
  workers = woken(next),
): Promise<boolean> {
  if ((await advance(ports, stored, next)) === undefined) return false;
  await Promise.all(workers.map((worker) => ports.kick(worker, [next.id])));
  return true;
}

type StandingOf = (user: SlackUserId) => Promise<Standing | undefined>;

/** Asks Slack about each person once; about who acts, where it is sure to matter, while the table answers. */
function standingsRead(ports: ActPorts, { by }: Act, { members }: Deed): StandingOf {
  const asked = new Map<SlackUserId, Promise<Standing | undefined>>();
  const standingOf: StandingOf = (user) => {
    const answer = asked.get(user) ?? readStanding(ports, user);
    asked.set(user, answer);
    return answer;
  };
  if (members === "actor" || members === "actor-and-requester") void standingOf(by);
  return standingOf;
}

async function situationOf(
  ports: ActPorts,
  { by }: Act,
  { members, approvers }: Deed,
  grant: Grant,
  standingOf: StandingOf,
): Promise<Situation> {
  const isOwn = by === grant.requester;
  const asksApprovers = approvers === "asked" || (approvers === "asked-if-other" && !isOwn);
  const needed = asksApprovers
    ? usergroupsFor(ports.policy, grant.entitlement.id, "approvers")
    : [];
  const [usergroups, ...standing] = await Promise.all([
    readUsergroups(ports, needed),
    ...membersNeeded(members, grant, by).map(async ({ user, whose }) =>
      whyNotOneOfUs(await standingOf(user), whose),
    ),
  ]);
  return { grant, usergroups, standing: standing.flat(), now: ports.clock.now() };
}

function membersNeeded(
  members: Deed["members"],
  { requester }: Grant,
  by: SlackUserId,
): readonly { user: SlackUserId; whose: Whose }[] {
  const isOther = by !== requester;
  const actor = { user: by, whose: "yours" } as const;
  switch (members) {
    case "nobody":
      return [];
    case "actor":
      return [actor];
    case "actor-if-other":
      return isOther ? [actor] : [];
    case "actor-and-requester":
      return isOther ? [actor, { user: requester, whose: "the requester's" }] : [actor];
    default:
      throw new TypeError(`unknown members ${JSON.stringify(members satisfies never)}`);
  }
}

/** Writes a refusal into the log, and into the grant's history as far as that goes without a fight. */
async function noteRefused(
  ports: ActPorts,
  { by, from }: Act,
  stored: Stored,
  { reasons }: Refused,
): Promise<void> {
  const { grant } = stored;
  const codes = reasons.map(({ code }) => code);
  ports.log.info("act refused", { grant: grant.id, by, reasons: codes });
  const noted = noteRefusal(grant, codes.join(", "), stepBy(ports, by, from));
  if (noted === grant) return;
  try {
    await ports.store.save(noted, stored);
  } catch (error) {
    ports.log.warn("refusal not noted in the grant's history", { grant: grant.id, error });
  }
}

/** Which workers have something to do right after the grant came to this state. */
function woken(grant: Grant): readonly Worker[] {
  switch (grant.status) {
    case "approved":
      return ["provision", "announce"];
    case "revoking":
      return ["revoke", "announce"];
    case "pending":
    case "denied":
    case "cancelled":
    case "lapsed":
    case "active":
    case "ended":
      return ["announce"];
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}
