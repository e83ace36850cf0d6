// The forms, whatever access.yml and people write: within Slack's limits, true to the entitlement, and markup nowhere.

import { describe, expect, it } from "@jest/globals";
import type { KnownBlock } from "@slack/types";
import fc from "fast-check";
import { askExtension } from "../../../lib/grant/extension.ts";
import type { Grant } from "../../../lib/grant/grant.ts";
import { readDuration } from "../../../lib/policy/duration.ts";
import type { Entitlement, Policy } from "../../../lib/policy/policy.ts";
import { ACTIONS, ELEMENT, FIELDS, fieldOf } from "../../../lib/slack/names.ts";
import { answerView, type Modal } from "../../../lib/slack/views/answer-view.ts";
import { denyForm } from "../../../lib/slack/views/deny-form.ts";
import {
  errorsByField,
  openFormBlocks,
  optionsFor,
  readForm,
  requestedView,
  requestForm,
} from "../../../lib/slack/views/request-form.ts";
import { reviewForm } from "../../../lib/slack/views/review-form.ts";
import {
  validateMessage,
  validateSuggestions,
  validateView,
} from "../../../local/slack/block-kit.ts";
import { aGrant, aStep } from "../../support/grants.ts";
import { anEntitlement, aPolicy, GROUP, HOUR, MAPPING, MINUTE } from "../../support/world.ts";
import { hostile } from "./hostile.ts";

const optional = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });

/** Without what is undefined. */
function present<T extends object>(fields: T) {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

const minutes = fc.integer({ min: 1, max: 30 * 24 * 60 }).map((count) => count * MINUTE);

const hostileEntitlement: fc.Arbitrary<Entitlement> = fc
  .record({
    title: hostile(75),
    description: optional(hostile(500)),
    by: fc.array(hostile(63), { minLength: 1, maxLength: 10 }),
    isAutomatic: fc.boolean(),
    count: fc.integer({ min: 1, max: 20 }),
    pattern: optional(hostile(200)),
    isRequired: fc.boolean(),
    durations: fc.tuple(minutes, minutes),
    targets: fc.array(fc.constantFrom(GROUP, MAPPING), { minLength: 1, maxLength: 30 }),
  })
  .map(({ title, description, by, isAutomatic, count, pattern, isRequired, durations, targets }) =>
    anEntitlement("web-pods-read", {
      title,
      targets,
      approval: isAutomatic
        ? { kind: "automatic" }
        : { kind: "approvers", by, count, notify: "channel" },
      duration: { defaultMs: Math.min(...durations), maxMs: Math.max(...durations) },
      ...present({
        description,
        ticket: pattern === undefined ? undefined : { pattern, required: isRequired },
      }),
    }),
  );

const prefilledText = fc.record({
  duration: optional(fc.oneof(hostile(40), fc.constantFrom("1h", "90m", "1d1h1m", "0m", "99d"))),
  reason: optional(hostile(1500)),
  ticket: optional(hostile(300)),
});

const many = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    anEntitlement(`project-${n}`, { title: `Project ${n}: read pods` }),
  );

const policyOf = (entitlements: readonly Entitlement[]): Policy => aPolicy(entitlements);

/** What stands in the elements of a form as it opens: as Slack sends it along. */
function asOpened({ blocks }: Modal) {
  const values: Record<string, Record<string, object>> = {};
  for (const block of blocks) {
    if (block.type !== "input") continue;
    const { type, ...element } = block.element;
    const text = "initial_value" in element ? element.initial_value : null;
    const option = "initial_option" in element ? element.initial_option : null;
    const state = type === "plain_text_input" ? { value: text } : { selected_option: option };
    values[block.block_id ?? ""] = { [ELEMENT]: { type, ...state } };
  }
  return values as unknown as Parameters<typeof readForm>[0];
}

function durationsOf({ blocks }: Modal): readonly string[] {
  for (const block of blocks) {
    if (block.type !== "input" || !block.block_id?.startsWith(FIELDS.duration)) continue;
    if (block.element.type !== "static_select") continue;
    return (block.element.options ?? []).map(({ value }) => String(value));
  }
  throw new Error("the form asks for no duration");
}

/** All that is markup: nothing that somebody typed may be in it. */
function markupIn(blocks: readonly KnownBlock[]): string {
  const texts: unknown[] = [];
  JSON.stringify(blocks, (_key, value) => {
    if (value?.type === "mrkdwn") texts.push(value);
    return value;
  });
  return JSON.stringify(texts);
}

describe("the form for asking", () => {
  it("is what Slack accepts, whatever is written in access.yml and typed", () => {
    fc.assert(
      fc.property(hostileEntitlement, prefilledText, (entitlement, typed) => {
        const policy = policyOf([entitlement]);
        const prefilled = present({ ...typed, entitlementId: entitlement.id });
        expect(validateView(requestForm(policy, [entitlement], prefilled))).toBeUndefined();
        expect(validateSuggestions(optionsFor([entitlement], ""))).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("shows a name with markup in it as that name", () => {
    fc.assert(
      fc.property(hostileEntitlement, prefilledText, (entitlement, typed) => {
        const policy = policyOf([entitlement]);
        const form = requestForm(policy, [entitlement], present(typed));
        const plain = requestForm(
          policy,
          [{ ...entitlement, title: "T", description: "D" }],
          present({ ...typed, reason: undefined, ticket: undefined }),
        );
        expect(markupIn(form.blocks)).toBe(markupIn(plain.blocks));
      }),
    );
  });

  it.each([1, 2, 99, 100, 101, 250])("is what Slack accepts for %d entitlements", (count) => {
    const entitlements = many(count);
    const policy = policyOf(entitlements);
    expect(validateView(requestForm(policy, entitlements))).toBeUndefined();
    const last = requestForm(policy, entitlements, { entitlementId: `project-${count - 1}` });
    expect(validateView(last)).toBeUndefined();
    expect(readForm(asOpened(last))).toMatchObject({
      entitlementId: `project-${count - 1}`,
      isComplete: true,
    });
  });

  it("is read back as it was filled in", () => {
    fc.assert(
      fc.property(hostileEntitlement, hostile(1000), (entitlement, reason) => {
        const form = requestForm(policyOf([entitlement]), [entitlement], { reason });
        const { duration, ...filled } = readForm(asOpened(form));
        expect(filled).toMatchObject({ entitlementId: "web-pods-read", isComplete: true, reason });
        expect(readDuration(duration ?? "")).toBe(entitlement.duration.defaultMs);
      }),
    );
  });

  it("offers every duration that it names once, none too long, from the shortest to the longest", () => {
    fc.assert(
      fc.property(hostileEntitlement, optional(minutes), (entitlement, typedMs) => {
        const typed = typedMs === undefined ? undefined : `${typedMs / MINUTE}m`;
        const form = requestForm(
          policyOf([entitlement]),
          [entitlement],
          present({ duration: typed }),
        );
        const offered = durationsOf(form).map((value) => readDuration(value) ?? Number.NaN);
        const { defaultMs, maxMs } = entitlement.duration;
        expect(offered).toEqual([...new Set(offered)].sort((some, other) => some - other));
        expect(offered).toContain(defaultMs);
        expect(offered.at(-1)).toBe(maxMs);
        const isPossible = typedMs !== undefined && typedMs <= maxMs;
        const { duration = "" } = readForm(asOpened(form));
        expect(readDuration(duration)).toBe(isPossible ? typedMs : defaultMs);
      }),
    );
  });

  it("offers usual durations up to the entitlement's own", () => {
    const four = anEntitlement("x", { duration: { defaultMs: 45 * MINUTE, maxMs: 4 * HOUR } });
    const policy = policyOf([four]);
    const usual = ["15m", "30m", "45m", "1h", "2h", "4h"];
    expect(durationsOf(requestForm(policy, [four]))).toEqual(usual);
    const typed = requestForm(policy, [four], { duration: "90m" });
    expect(durationsOf(typed)).toEqual(["15m", "30m", "45m", "1h", "1h30m", "2h", "4h"]);
  });

  it("asks for a reason and a ticket as the entitlement does", () => {
    const asks = (more: Partial<Entitlement>) => {
      const entitlement = anEntitlement("x", more);
      const { blocks } = requestForm(policyOf([entitlement]), [entitlement]);
      return blocks.flatMap((block) =>
        block.type === "input" ? [[block.block_id, block.optional === true]] : [],
      );
    };
    const always = [
      [FIELDS.entitlement, false],
      ["duration.x", false],
    ];
    expect(asks({ reason: "required" })).toEqual([...always, [FIELDS.reason, false]]);
    expect(asks({ reason: "optional" })).toEqual([...always, [FIELDS.reason, true]]);
    const ticket = (required: boolean) => asks({ ticket: { pattern: "^O$", required } }).at(-1);
    expect(ticket(true)).toEqual(["ticket.x", false]);
    expect(ticket(false)).toEqual(["ticket.x", true]);
  });
});

describe("what is filled in", () => {
  const [one, other] = many(2);
  if (one === undefined || other === undefined) throw new Error("there are two");
  const values = asOpened(
    requestForm(policyOf([one, other]), [one, other], { entitlementId: one.id, reason: "why" }),
  );

  it("is not complete where the fields are those of another choice", () => {
    const chosen = { type: "static_select", selected_option: { value: other.id } };
    const changed = { ...values, [FIELDS.entitlement]: { [ELEMENT]: chosen } } as unknown;
    expect(readForm(changed as typeof values)).toEqual({
      entitlementId: other.id,
      isComplete: false,
      duration: "1h",
      reason: "why",
    });
  });

  it("is nothing where nothing is chosen", () => {
    const form = requestForm(policyOf([one, other]), [one, other]);
    expect(readForm(asOpened(form))).toEqual({ entitlementId: "", isComplete: false });
  });

  it("gets its errors at fields that are there, and none is lost", () => {
    const code = "reason-missing";
    const errors = errorsByField(one.id, values, [
      { code, message: "A.", field: "duration" },
      { code, message: "B.", field: "reason" },
      { code, message: "C.", field: "ticket" }, // this form has none
      { code, message: "D." },
    ]);
    expect(errors).toEqual({
      [fieldOf("duration", one.id)]: "A.",
      [FIELDS.reason]: "B.",
      [FIELDS.entitlement]: "C. D.",
    });
  });
});

describe("the options", () => {
  it("are never cut silently, and always what Slack accepts", () => {
    const words = fc.constantFrom("", "pods", "project 1", "2", "no such thing");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 250 }), words, (count, typed) => {
        const offered = optionsFor(many(count), typed);
        expect(validateSuggestions(offered)).toBeUndefined();
        const matching = many(count).filter(({ id, title }) =>
          typed.split(" ").every((word) => `${id} ${title}`.toLowerCase().includes(word)),
        );
        if ("options" in offered) {
          expect(offered.options.map(({ value }) => value)).toEqual(matching.map(({ id }) => id));
        } else {
          expect(JSON.stringify(offered.option_groups[0]?.label)).toContain(
            `The first 100 of ${matching.length}`,
          );
        }
      }),
    );
  });

  it("find an entitlement by any words of its name, in any order and case", () => {
    expect(optionsFor(many(250), "PODS 249")).toMatchObject({
      options: [{ value: "project-249" }],
    });
  });
});

describe("the other forms", () => {
  const grant = fc
    .record({
      title: hostile(300),
      reason: optional(hostile(1000)),
      ticket: optional(hostile(200)),
      groups: fc.array(hostile(63), { minLength: 1, maxLength: 10 }),
      isExtension: fc.boolean(),
    })
    .map(({ title, reason, ticket, groups, isExtension }): Grant => {
      const made = aGrant({
        ...present({ reason, ticket }),
        entitlement: { id: "x", title },
        targets: [GROUP, MAPPING],
        approverGroups: groups,
      });
      if (!isExtension) return made.pending().build();
      return askExtension(made.active().build(), aStep());
    });

  const beside = fc.record({
    entitlement: optional(hostile(500).map(String)).map((description) =>
      description === undefined ? undefined : anEntitlement("x", { description }),
    ),
    background: fc.option(
      fc.record({
        at: fc.constant(Date.UTC(2026, 10, 22, 14)),
        live: fc.array(hostile(75), { maxLength: 40 }).map((titles) =>
          titles.map((title) =>
            aGrant({ entitlement: { id: "y", title } })
              .active()
              .build(),
          ),
        ),
        timesIn30Days: fc.nat(120),
      }),
      { nil: undefined },
    ),
  });

  it("are what Slack accepts, whatever people typed", () => {
    fc.assert(
      fc.property(grant, beside, (made, more) => {
        for (const view of [reviewForm(made, more), denyForm(made), requestedView(made)]) {
          expect(validateView(view)).toBeUndefined();
        }
        const button = { actionId: ACTIONS.again, value: made.id };
        expect(validateMessage(openFormBlocks("Too late.", button), "Too late.")).toBeUndefined();
        expect(validateView(answerView("Too late."))).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it("carry the grant's id and nothing else", () => {
    fc.assert(
      fc.property(grant, beside, (made, more) => {
        for (const view of [reviewForm(made, more), denyForm(made)]) {
          expect(view.private_metadata).toBe(made.id);
          const carried = JSON.stringify(view).match(/"value":"[^"]*"/g) ?? [];
          expect(carried.every((value) => value === `"value":"${made.id}"`)).toBe(true);
        }
      }),
    );
  });

  it("show what was typed as text in which nothing is markup", () => {
    const reason = "<!channel> *now* <https://evil.example|approve here>";
    const made = aGrant({ reason, ticket: "<@U0EVIL>" }).pending().build();
    const { blocks } = reviewForm(made, { entitlement: undefined, background: undefined });
    expect(JSON.stringify(blocks)).toContain(JSON.stringify(reason).slice(1, -1));
    expect(markupIn(blocks)).not.toContain("evil");
    expect(markupIn(blocks)).not.toContain("U0EVIL");
  });

  it("say whether it is a request or an extension that is decided on", () => {
    const pending = aGrant().pending().build();
    const asking = askExtension(aGrant().active().build(), aStep());
    const none = { entitlement: undefined, background: undefined };
    const names = [pending, asking].flatMap((made) =>
      [reviewForm(made, none), denyForm(made)].map(({ title, callback_id }) => [
        title.text,
        callback_id,
      ]),
    );
    expect(names).toEqual([
      ["Review request", "latchkey_review_form"],
      ["Deny request", "latchkey_deny_form"],
      ["Review extension", "latchkey_review_extension_form"],
      ["Deny extension", "latchkey_deny_extension_form"],
    ]);
  });
});
