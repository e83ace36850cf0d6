// The forms: asking for access, and saying why a request is denied.

import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from "@slack/types";
import type { Grant } from "../../grant/grant.ts";
import { formatDuration, shortDuration } from "../../policy/duration.ts";
import { LONGEST_REASON, LONGEST_TICKET } from "../../policy/may.ts";
import type { Entitlement } from "../../policy/policy.ts";
import { ACTIONS, COMMAND, ELEMENT, FIELDS, FORMS } from "../names.ts";
import { cut, escaped, visible } from "../text.ts";
import { context, plain, section, textInput } from "./blocks.ts";

/** Beyond this many, Slack's select cannot hold them: the list is asked for as one types. */
const MAX_OPTIONS = 100;

/** What the form starts with. */
export interface Prefilled {
  readonly entitlementId?: string;
  readonly duration?: string;
  readonly reason?: string;
  readonly ticket?: string;
}

/** The form for asking; `requestable` is what this person may ask for, at least one. */
export function requestForm(
  requestable: readonly Entitlement[],
  prefilled: Prefilled = {},
): ModalView {
  const chosen = requestable.find(({ id }) => id === prefilled.entitlementId);
  return {
    type: "modal",
    callback_id: FORMS.request,
    title: plain("Request access", 24),
    submit: plain("Request", 24),
    close: plain("Cancel", 24),
    blocks: [
      entitlementInput(requestable, chosen),
      textInput(FIELDS.duration, "For how long?", {
        hint: "30m, 4h, 1h30m. Empty: as long as is usual for it.",
        placeholder: "1h",
        initial: prefilled.duration ?? "",
        optional: true,
        max: 20,
      }),
      textInput(FIELDS.reason, "Why?", {
        hint: "Shown to the approvers and kept in the record. No secrets.",
        initial: prefilled.reason ?? "",
        optional: requestable.every(({ reason }) => reason === "optional"),
        multiline: true,
        max: LONGEST_REASON,
      }),
      ...(requestable.some(({ ticket }) => ticket !== undefined)
        ? [
            textInput(FIELDS.ticket, "Ticket", {
              hint: "Needed for some of the entitlements.",
              initial: prefilled.ticket ?? "",
              optional: true,
              max: LONGEST_TICKET,
            }),
          ]
        : []),
      context("Nobody can approve their own request. The time counts from when the access begins."),
    ],
  };
}

function entitlementInput(
  requestable: readonly Entitlement[],
  chosen: Entitlement | undefined,
): KnownBlock {
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
    label: plain("What do you need?", 2000),
    element,
  };
}

function optionOf(entitlement: Entitlement): PlainTextOption {
  const { defaultMs, maxMs } = entitlement.duration;
  const times = `${shortDuration(defaultMs)}, at most ${shortDuration(maxMs)}`;
  return {
    text: plain(visible(entitlement.title), 75),
    description: plain(`${times}; ${approversOf(entitlement)}`, 75),
    value: entitlement.id,
  };
}

function approversOf({ approval }: Entitlement): string {
  if (approval.kind === "automatic") return "approved automatically";
  const count = approval.count === 1 ? "" : `${approval.count} of `;
  return `approved by ${count}${approval.by.join(" or ")}`;
}

/** The options that match what somebody typed so far, at most as many as Slack takes. */
export function optionsFor(requestable: readonly Entitlement[], typed: string): PlainTextOption[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return requestable
    .filter(({ id, title }) => {
      const text = `${id} ${title}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .slice(0, MAX_OPTIONS)
    .map(optionOf);
}

/** What the form turns into once the request is made. */
export function requestedView(grant: Grant): ModalView {
  const waits =
    grant.status === "approved"
      ? "It is approved automatically; you get a message as soon as the access is there."
      : `It waits for ${escaped(grant.approverGroups.join(" or "), 500)} in <#${grant.channel}>. You get a message when it is decided.`;
  return {
    type: "modal",
    title: plain("Request access", 24),
    close: plain("Close", 24),
    blocks: [
      section(
        `*${escaped(grant.entitlement.title, 300)}* for ${formatDuration(grant.durationMs)} is requested.\n${waits}`,
      ),
      context(grant.id),
    ],
  };
}

/** The form for a denial; it carries the grant's id alone. */
export function denyForm(grant: Grant): ModalView {
  return {
    type: "modal",
    callback_id: FORMS.deny,
    private_metadata: grant.id,
    title: plain("Deny request", 24),
    submit: plain("Deny", 24),
    close: plain("Back", 24),
    blocks: [
      section(
        `<@${grant.requester}> asks for *${escaped(grant.entitlement.title, 300)}* for ${formatDuration(grant.durationMs)}.`,
      ),
      textInput(FIELDS.denial, "Why not?", {
        hint: "The requester reads this, and it is kept in the record.",
        multiline: true,
        optional: true,
        max: LONGEST_REASON,
      }),
    ],
  };
}

/** What the form for a denial turns into where the denial came to nothing; `answer` is mrkdwn. */
export function notDeniedView(answer: string): ModalView {
  return {
    type: "modal",
    title: plain("Deny request", 24),
    close: plain("Close", 24),
    blocks: [section(answer)],
  };
}

/** In place of a form that came too late for its trigger: a button whose click brings a fresh one. */
export function openFormBlocks(text: string, prefilled: Prefilled): KnownBlock[] {
  return [
    section(text),
    {
      type: "actions",
      elements: [
        {
          type: "button",
          action_id: ACTIONS.openForm,
          style: "primary",
          text: plain("Open form", 75),
          value: cut(prefilled.entitlementId ?? COMMAND, 200),
        },
      ],
    },
  ];
}
