// The facts of a request for who decides on it: what it gives, why it is asked for, what the requester has; everywhere the same.

import type { KnownBlock } from "@slack/types";
import type { Background } from "../../broker/ports.ts";
import type { Grant } from "../../grant/grant.ts";
import { iamUserName } from "../../grant/ids.ts";
import { accountOf } from "../../grant/target-spec.ts";
import { formatDuration } from "../../policy/duration.ts";
import type { Entitlement } from "../../policy/policy.ts";
import { byWhom, code } from "../text.ts";
import { backgroundWords } from "./background-words.ts";
import { fields, paragraph, quotes, section } from "./blocks.ts";
import { whatItGives } from "./target-words.ts";

/** Who wants what for how long, what it gives, and why: true as long as the grant is kept. */
export function requestFacts(
  grant: Grant,
  {
    entitlement,
    background,
  }: {
    /** As access.yml has it now: it is described as long as something is to be decided. */
    readonly entitlement?: Entitlement | undefined;
    readonly background?: Background | undefined;
  } = {},
): KnownBlock[] {
  const { reason, ticket } = grant;
  return [
    fields([
      ["Requester", byWhom(grant.requester)],
      ["Duration", formatDuration(grant.durationMs)],
    ]),
    ...(entitlement?.description === undefined ? [] : [paragraph(entitlement.description)]),
    section(`*Gives*\n${whatItGives(grant.targets)}\n${toWhom(grant)}`),
    ...quotes([
      ...(reason === undefined ? [] : [["Reason", reason] as const]),
      ...(ticket === undefined ? [] : [["Ticket", ticket] as const]),
    ]),
    ...(background === undefined ? [] : [section(backgroundWords(background))]),
  ];
}

function toWhom({ principal }: Grant): string {
  return `to IAM user ${code(iamUserName(principal), 70)} of account ${code(accountOf(principal), 20)}`;
}
