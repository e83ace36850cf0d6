// The form for asking: what somebody may ask for, and once it is chosen what it gives, for how long, why, and who decides.

import type { ViewOutput } from "@slack/bolt";
import type { InputBlock, KnownBlock, OptionGroup, PlainTextOption } from "@slack/types";
import type { Grant } from "../../grant/grant.ts";
import { formatDuration, readDuration, SHORTEST_MS, shortDuration } from "../../policy/duration.ts";
import { describeApprovers, LONGEST_REASON, LONGEST_TICKET } from "../../policy/may.ts";
import type { Entitlement, Policy } from "../../policy/policy.ts";
import type { Reason } from "../../policy/verdict.ts";
import { ELEMENT, FIELDS, FORMS, fieldOf } from "../names.ts";
import { literal } from "../text.ts";
import { answerView, type Modal } from "./answer-view.ts";
import { actions, button, context, paragraph, plain, section, textInput } from "./blocks.ts";
import { whatItGives } from "./target-words.ts";

/** Beyond this many, Slack's select cannot hold them: the list is asked for as one types. */
const MAX_OPTIONS = 100;

const TITLE = "Request access";

/** What the form starts with. */
export interface Prefilled {
  readonly entitlementId?: string;
  readonly duration?: string;
  readonly reason?: string;
  readonly ticket?: string;
}

/**
 * The form for asking; `requestable` is what this person may ask for, at least one. What there is to fill in
 * depends on what is chosen, so it is shown once something is: at once where there is only one.
 */
export function requestForm(
  policy: Policy,
  requestable: readonly Entitlement[],
  prefilled: Prefilled = {},
): Modal {
  const [first] = requestable;
  const wanted = requestable.find(({ id }) => id === prefilled.entitlementId);
  const chosen = wanted ?? (requestable.length === 1 ? first : undefined);
  const isGone = prefilled.entitlementId !== undefined && wanted === undefined;
  return {
    type: "modal",
    callback_id: FORMS.request,
    title: plain(TITLE, 24),
    submit: plain("Request", 24),
    close: plain("Cancel", 24),
    blocks: [
      ...(isGone ? [GONE] : []),
      entitlementInput(requestable, chosen),
      ...(chosen === undefined ? [] : fieldsFor(policy, chosen, prefilled)),
    ],
  };
}

const GONE = paragraph("That is not, or no longer, among what you may ask for. This is:");

function fieldsFor(policy: Policy, chosen: Entitlement, prefilled: Prefilled): KnownBlock[] {
  const { id, description, reason, ticket, targets } = chosen;
  return [
    ...(description === undefined ? [] : [paragraph(description)]),
    section(`*Gives*\n${whatItGives(targets)}`),
    durationInput(chosen, prefilled.duration),
    textInput(FIELDS.reason, "Why?", {
      hint: "Shown to the approvers and kept in the record. No secrets.",
      initial: prefilled.reason ?? "",
      optional: reason === "optional",
      multiline: true,
      max: LONGEST_REASON,
    }),
    ...(ticket === undefined
      ? []
      : [
          textInput(fieldOf("ticket", id), "Ticket", {
            hint: `Matches ${ticket.pattern}`,
            initial: prefilled.ticket ?? "",
            optional: !ticket.required,
            max: LONGEST_TICKET,
          }),
        ]),
    { type: "context", elements: [plain(whoDecides(policy, chosen), 3000)] },
  ];
}

function whoDecides(policy: Policy, entitlement: Entitlement): string {
  const time = "The time counts from when the access begins.";
  if (entitlement.approval.kind === "automatic") return `Approved automatically, at once. ${time}`;
  const approvers = describeApprovers(policy, entitlement);
  return `Needs ${approvers}. Nobody can approve their own request. ${time}`;
}

/** NB. Its block stays the same whatever is chosen: so Slack keeps the choice when the form changes under it. */
function entitlementInput(
  requestable: readonly Entitlement[],
  chosen: Entitlement | undefined,
): InputBlock {
  const common = {
    action_id: ELEMENT,
    placeholder: plain("Choose what you need", 150),
    ...(chosen === undefined ? {} : { initial_option: optionOf(chosen) }),
  };
  const element: InputBlock["element"] =
    requestable.length <= MAX_OPTIONS
      ? { type: "static_select", options: requestable.map(optionOf), ...common }
      : { type: "external_select", min_query_length: 0, ...common };
  return {
    type: "input",
    block_id: FIELDS.entitlement,
    dispatch_action: true,
    label: plain("What do you need?", 2000),
    element,
  };
}

function optionOf(entitlement: Entitlement): PlainTextOption {
  const { defaultMs, maxMs } = entitlement.duration;
  const times = `${shortDuration(defaultMs)}, at most ${shortDuration(maxMs)}`;
  return {
    text: plain(entitlement.title, 75),
    description: plain(`${times}; ${approversOf(entitlement)}`, 75),
    value: entitlement.id,
  };
}

function approversOf({ approval }: Entitlement): string {
  if (approval.kind === "automatic") return "approved automatically";
  const count = approval.count === 1 ? "" : `${approval.count} of `;
  return `approved by ${count}${approval.by.join(" or ")}`;
}

/** What answers Slack's question for options. */
export type Offered =
  | { readonly options: PlainTextOption[] }
  | { readonly option_groups: OptionGroup[] };

/** The options that match what somebody typed so far. Where that is more than Slack takes, the list says so. */
export function optionsFor(requestable: readonly Entitlement[], typed: string): Offered {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = requestable.filter(({ id, title }) => {
    const text = `${id} ${title}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const options = found.slice(0, MAX_OPTIONS).map(optionOf);
  if (found.length === options.length) return { options };
  const label = `The first ${options.length} of ${found.length}: type to narrow them down`;
  return { option_groups: [{ label: plain(label, 75), options }] };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const USUAL_MS = [
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  ...[1, 2, 4, 8, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 3, 7, 14, 30].map((days) => days * DAY_MS),
];

/** Usual durations up to the longest, beside the entitlement's own and what was typed before. */
function durationInput({ id, duration }: Entitlement, typed: string | undefined): InputBlock {
  const { defaultMs, maxMs } = duration;
  const typedMs = typed === undefined ? undefined : readDuration(typed);
  const isPossible = typedMs !== undefined && typedMs >= SHORTEST_MS && typedMs <= maxMs;
  const initialMs = isPossible ? typedMs : defaultMs;
  const offered = new Set([...USUAL_MS.filter((ms) => ms < maxMs), defaultMs, maxMs, initialMs]);
  return {
    type: "input",
    block_id: fieldOf("duration", id),
    label: plain("For how long?", 2000),
    element: {
      type: "static_select",
      action_id: ELEMENT,
      options: [...offered].sort((some, other) => some - other).map(durationOption),
      initial_option: durationOption(initialMs),
    },
  };
}

function durationOption(ms: number): PlainTextOption {
  return { text: plain(formatDuration(ms), 75), value: shortDuration(ms) };
}

/** What somebody has filled in. */
export interface Filled extends Prefilled {
  readonly entitlementId: string;
  /** False: the fields on their screen are those of another choice, or none, as an update did not get there. */
  readonly isComplete: boolean;
}

/** Reads the form as it was submitted, or as it is while something is chosen in it. */
export function readForm(values: ViewOutput["state"]["values"]): Filled {
  const entitlementId = values[FIELDS.entitlement]?.[ELEMENT]?.selected_option?.value ?? "";
  const entered = (field: "duration" | "ticket" | "reason") => {
    // A field of another choice still holds what was typed.
    const block = Object.keys(values).find((id) => id === field || id.startsWith(`${field}.`));
    const { value, selected_option } = values[block ?? ""]?.[ELEMENT] ?? {};
    const text = value ?? selected_option?.value;
    return text === undefined ? {} : { [field]: text };
  };
  return {
    entitlementId,
    isComplete: fieldOf("duration", entitlementId) in values,
    ...entered("duration"),
    ...entered("reason"),
    ...entered("ticket"),
  };
}

/** Errors stand at their fields; what belongs to none, or to one that is not shown, at the first. */
export function errorsByField(
  entitlementId: string,
  shown: ViewOutput["state"]["values"],
  reasons: readonly Reason[],
): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { field = "entitlement", message } of reasons) {
    const block =
      field === "duration" || field === "ticket" ? fieldOf(field, entitlementId) : FIELDS[field];
    const at = block in shown ? block : FIELDS.entitlement;
    errors[at] = errors[at] === undefined ? message : `${errors[at]} ${message}`;
  }
  return errors;
}

/** What the form turns into once the request is made. */
export function requestedView(grant: Grant): Modal {
  const waits =
    grant.status === "approved"
      ? "It is approved automatically; you get a message as soon as the access is there."
      : `It waits for ${literal(grant.approverGroups.join(" or "), 500)} in <#${grant.channel}>. You get a message when it is decided.`;
  const title = literal(grant.entitlement.title, 300);
  const said = `*${title}* for ${formatDuration(grant.durationMs)} is requested.\n${waits}`;
  return answerView(said, TITLE, [context(grant.id)]);
}

/** In place of a form that came too late for its trigger: a button whose click brings a fresh one. */
export function openFormBlocks(text: string, { actionId, value }: Opener): KnownBlock[] {
  const opener = button(actionId, "Open form", value, "what you can ask for", { style: "primary" });
  return [section(text), ...actions("open-form", [opener])];
}

/** The button that opens a form once more: its action and what it carries. */
export interface Opener {
  readonly actionId: string;
  readonly value?: string | undefined;
}
