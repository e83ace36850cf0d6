// Block Kit as Slack takes and refuses it: layouts that pass, and every limit from both sides.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  inSlacksWords,
  type Rejection,
  validateMessage,
  validateSuggestions,
  validateView,
} from "../../../local/slack/block-kit.ts";
import { card, dm, home, modal } from "./layouts.ts";

const plain = (text: string) => ({ type: "plain_text", text });
const mrkdwn = (text: string) => ({ type: "mrkdwn", text });
const button = (more: object = {}) => ({ type: "button", text: plain("Go"), ...more });
const actions = (...elements: object[]) => ({ type: "actions", elements });
const option = (n: number | string) => ({ text: plain(`Option ${n}`), value: `o${n}` });
const options = (count: number) => Array.from({ length: count }, (_, n) => option(n));
const select = (more: object = {}) => ({ type: "static_select", options: options(2), ...more });
const input = (element: object, more: object = {}) => ({
  type: "input",
  label: plain("Why?"),
  element,
  ...more,
});
const typed = (more: object = {}) => ({ type: "plain_text_input", ...more });
const aModal = (more: object = {}) => ({
  type: "modal",
  title: plain("Request access"),
  submit: plain("Request"),
  blocks: [],
  ...more,
});
const x = (count: number) => "x".repeat(count);
const many = (count: number, one: object) => Array.from({ length: count }, () => one);

const inMessage = (...blocks: unknown[]) => validateMessage(blocks, "all of it in words");
const inModal = (...blocks: unknown[]) => validateView(aModal({ blocks }));

function messages(rejection: Rejection | undefined): readonly string[] {
  return rejection?.problems.map(inSlacksWords) ?? [];
}

describe("layouts that people like", () => {
  it.each([
    ["card", card],
    ["direct message", dm],
  ])("lets the %s through", (_name, { blocks, text }) => {
    expect(validateMessage(blocks, text)).toBeUndefined();
  });

  it.each([
    ["form", modal],
    ["home tab", home],
  ])("lets the %s through", (_name, view) => {
    expect(validateView(view)).toBeUndefined();
  });
});

describe("lengths of texts", () => {
  const lengths: readonly [string, number, (text: string) => Rejection | undefined, string][] = [
    ["header", 150, (t) => inMessage({ type: "header", text: plain(t) }), "/blocks/0/text/text"],
    [
      "section",
      3000,
      (t) => inMessage({ type: "section", text: mrkdwn(t) }),
      "/blocks/0/text/text",
    ],
    [
      "field",
      2000,
      (t) => inMessage({ type: "section", fields: [mrkdwn(t)] }),
      "/blocks/0/fields/0/text",
    ],
    [
      "context",
      3000,
      (t) => inMessage({ type: "context", elements: [mrkdwn(t)] }),
      "/blocks/0/elements/0/text",
    ],
    [
      "button",
      75,
      (t) => inMessage(actions(button({ text: plain(t) }))),
      "/blocks/0/elements/0/text/text",
    ],
    [
      "button value",
      2000,
      (t) => inMessage(actions(button({ value: t }))),
      "/blocks/0/elements/0/value",
    ],
    [
      "accessibility label",
      75,
      (t) => inMessage(actions(button({ accessibility_label: t }))),
      "/blocks/0/elements/0/accessibility_label",
    ],
    [
      "action_id",
      255,
      (t) => inMessage(actions(button({ action_id: t }))),
      "/blocks/0/elements/0/action_id",
    ],
    ["block_id", 255, (t) => inMessage({ type: "divider", block_id: t }), "/blocks/0/block_id"],
    [
      "confirm title",
      100,
      (t) => inMessage(actions(button({ confirm: { title: plain(t), text: plain("Sure?") } }))),
      "/blocks/0/elements/0/confirm/title/text",
    ],
    [
      "confirm text",
      300,
      (t) => inMessage(actions(button({ confirm: { text: mrkdwn(t) } }))),
      "/blocks/0/elements/0/confirm/text/text",
    ],
    [
      "confirm button",
      30,
      (t) => inMessage(actions(button({ confirm: { text: plain("Sure?"), confirm: plain(t) } }))),
      "/blocks/0/elements/0/confirm/confirm/text",
    ],
    [
      "confirm deny",
      30,
      (t) => inMessage(actions(button({ confirm: { text: plain("Sure?"), deny: plain(t) } }))),
      "/blocks/0/elements/0/confirm/deny/text",
    ],
    [
      "option",
      75,
      (t) => inMessage(actions(select({ options: [{ text: plain(t), value: "v" }] }))),
      "/blocks/0/elements/0/options/0/text/text",
    ],
    [
      "option value",
      150,
      (t) => inMessage(actions(select({ options: [{ text: plain("t"), value: t }] }))),
      "/blocks/0/elements/0/options/0/value",
    ],
    [
      "option description",
      75,
      (t) => inMessage(actions(select({ options: [{ ...option(1), description: plain(t) }] }))),
      "/blocks/0/elements/0/options/0/description/text",
    ],
    [
      "placeholder",
      150,
      (t) => inMessage(actions(select({ placeholder: plain(t) }))),
      "/blocks/0/elements/0/placeholder/text",
    ],
    [
      "label",
      2000,
      (t) => inModal(input(typed(), { label: plain(t) })),
      "/view/blocks/0/label/text",
    ],
    ["hint", 2000, (t) => inModal(input(typed(), { hint: plain(t) })), "/view/blocks/0/hint/text"],
    ["modal title", 24, (t) => validateView(aModal({ title: plain(t) })), "/view/title/text"],
    ["submit", 24, (t) => validateView(aModal({ submit: plain(t) })), "/view/submit/text"],
    ["close", 24, (t) => validateView(aModal({ close: plain(t) })), "/view/close/text"],
  ];

  it.each(lengths)(
    "takes a %s of up to %i characters and says where a longer one stands",
    (_n, max, validate, pointer) => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: max * 2 }), (length) => {
          const said = messages(validate(x(length)));
          expect(said).toEqual(
            length <= max
              ? []
              : [`[ERROR] must be less than ${max + 1} characters [json-pointer:${pointer}]`],
          );
        }),
      );
      expect(validate(x(max))).toBeUndefined();
      expect(validate(x(max + 1))).toBeDefined();
    },
  );

  it.each(lengths)("refuses an empty %s", (_name, _max, validate, pointer) => {
    expect(messages(validate(""))).toEqual([
      `[ERROR] must be more than 0 characters [json-pointer:${pointer}]`,
    ]);
  });

  it.each(["private_metadata", "callback_id", "external_id"])(
    "takes an empty %s, and no more than its limit",
    (name) => {
      const max = name === "private_metadata" ? 3000 : 255;
      expect(validateView(aModal({ [name]: "" }))).toBeUndefined();
      expect(validateView(aModal({ [name]: x(max) }))).toBeUndefined();
      expect(validateView({ type: "home", blocks: [], [name]: x(max) })).toBeUndefined();
      expect(messages(validateView(aModal({ [name]: x(max + 1) })))).toEqual([
        `[ERROR] must be less than ${max + 1} characters [json-pointer:/view/${name}]`,
      ]);
    },
  );
});

describe("numbers of things", () => {
  const divider = { type: "divider" };
  const numbers: readonly [
    string,
    number,
    number,
    (count: number) => Rejection | undefined,
    string,
  ][] = [
    ["blocks in a message", 0, 50, (n) => inMessage(...many(n, divider)), "/blocks"],
    ["blocks in a view", 0, 100, (n) => inModal(...many(n, divider)), "/view/blocks"],
    ["actions", 1, 25, (n) => inMessage(actions(...many(n, button()))), "/blocks/0/elements"],
    [
      "fields",
      1,
      10,
      (n) => inMessage({ type: "section", fields: many(n, mrkdwn("f")) }),
      "/blocks/0/fields",
    ],
    [
      "context elements",
      1,
      10,
      (n) => inMessage({ type: "context", elements: many(n, mrkdwn("c")) }),
      "/blocks/0/elements",
    ],
    [
      "options",
      1,
      100,
      (n) => inMessage(actions(select({ options: options(n) }))),
      "/blocks/0/elements/0/options",
    ],
    [
      "option groups",
      1,
      100,
      (n) =>
        inMessage(
          actions({
            type: "static_select",
            option_groups: many(n, { label: plain("g"), options: options(1) }),
          }),
        ),
      "/blocks/0/elements/0/option_groups",
    ],
    [
      "overflow options",
      1,
      5,
      (n) => inMessage(actions({ type: "overflow", options: options(n) })),
      "/blocks/0/elements/0/options",
    ],
    [
      "checkboxes",
      1,
      10,
      (n) => inMessage(actions({ type: "checkboxes", options: options(n) })),
      "/blocks/0/elements/0/options",
    ],
    [
      "radio buttons",
      1,
      10,
      (n) => inMessage(actions({ type: "radio_buttons", options: options(n) })),
      "/blocks/0/elements/0/options",
    ],
  ];

  it.each(numbers)(
    "takes %s from %i to %i, and says what is too many",
    (_name, min, max, validate, pointer) => {
      fc.assert(
        fc.property(fc.integer({ min, max: max + 5 }), (count) => {
          expect(messages(validate(count))).toEqual(
            count <= max
              ? []
              : [`[ERROR] no more than ${max} items allowed [json-pointer:${pointer}]`],
          );
        }),
        { numRuns: 20, examples: [[min], [max], [max + 1]] },
      );
      if (min > 0) {
        expect(messages(validate(0))).toEqual([
          `[ERROR] must provide at least ${min} items [json-pointer:${pointer}]`,
        ]);
      }
    },
  );
});

describe("what Slack does not know", () => {
  it("names an unknown block", () => {
    expect(messages(inMessage({ type: "sektion" }))).toEqual([
      "[ERROR] unsupported type: sektion [json-pointer:/blocks/0/type]",
    ]);
  });

  it.each([
    ["a field of a block", { type: "divider", colour: "red" }, "colour", "/blocks/0"],
    [
      "a field of an element",
      actions(button({ disabled: true })),
      "disabled",
      "/blocks/0/elements/0",
    ],
    [
      "a field of a text",
      { type: "header", text: { ...plain("h"), bold: true } },
      "bold",
      "/blocks/0/text",
    ],
    [
      "a field that JavaScript objects inherit",
      { type: "divider", constructor: "x" },
      "constructor",
      "/blocks/0",
    ],
  ])("names %s", (_what, block, property, pointer) => {
    expect(messages(inMessage(block))).toEqual([
      `[ERROR] invalid additional property: ${property} [json-pointer:${pointer}]`,
    ]);
  });

  it.each([
    ["an input among actions", actions(typed()), "/blocks/0/elements/0/type"],
    ["a button as an input", input(button()), "/blocks/0/element/type"],
    ["an image among actions", actions({ type: "image" }), "/blocks/0/elements/0/type"],
    ["mrkdwn in a header", { type: "header", text: mrkdwn("h") }, "/blocks/0/text/type"],
    [
      "mrkdwn on a button",
      actions(button({ text: mrkdwn("b") })),
      "/blocks/0/elements/0/text/type",
    ],
  ])("refuses %s", (_what, block, pointer) => {
    expect(inMessage(block)?.problems.map((one) => one.pointer)).toEqual([pointer]);
  });

  it("refuses a title or a submit button on a home tab", () => {
    expect(messages(validateView({ type: "home", blocks: [], title: plain("t") }))).toEqual([
      "[ERROR] invalid additional property: title [json-pointer:/view]",
    ]);
  });

  it("names everything that is wrong at once", () => {
    expect(
      messages(
        inMessage({ type: "header" }, { type: "section" }, actions(button({ style: "green" }))),
      ),
    ).toEqual([
      "[ERROR] missing required field: text [json-pointer:/blocks/0]",
      "[ERROR] must define either `text` or `fields` [json-pointer:/blocks/1]",
      "[ERROR] must be a valid enum value [json-pointer:/blocks/2/elements/0/style]",
    ]);
  });

  it("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (blocks, text) => {
        validateMessage(blocks, text);
        validateMessage([blocks], "text");
        validateView(blocks);
        validateSuggestions(blocks);
      }),
    );
  });

  it("refuses any layout in which one field is renamed", () => {
    const paths = pathsIn({ blocks: card.blocks });
    fc.assert(
      fc.property(fc.constantFrom(...paths), (path) => {
        expect(validateMessage(renamedAt(card.blocks, path.slice(1)), card.text)).toBeDefined();
      }),
    );
  });
});

describe("ids", () => {
  it("refuses a block_id twice in a message", () => {
    const block = { type: "divider", block_id: "b" };
    expect(messages(inMessage(block, block))).toEqual([
      '[ERROR] `block_id` "b" already exists [json-pointer:/blocks/1/block_id]',
    ]);
  });

  it("refuses an action_id twice in a block, and takes it in two blocks", () => {
    const go = button({ action_id: "go" });
    expect(messages(inMessage(actions(go, go)))).toEqual([
      '[ERROR] `action_id` "go" already exists [json-pointer:/blocks/0/elements/1/action_id]',
    ]);
    expect(inMessage(actions(go), actions(go))).toBeUndefined();
  });

  it("lets only one element take the focus", () => {
    const focused = input(typed({ focus_on_load: true }));
    expect(inModal(focused)).toBeUndefined();
    expect(inModal(focused, focused)?.problems[0]?.pointer).toBe(
      "/view/blocks/1/element/focus_on_load",
    );
  });
});

describe("menus", () => {
  it("need options or groups of them, and not both", () => {
    const both = select({ option_groups: [{ label: plain("g"), options: options(1) }] });
    for (const wrong of [{ type: "static_select" }, both]) {
      expect(messages(inMessage(actions(wrong)))).toEqual([
        "[ERROR] must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
      ]);
    }
  });

  it("begin with one of their own options", () => {
    expect(inMessage(actions(select({ initial_option: option(1) })))).toBeUndefined();
    expect(inMessage(actions(select({ initial_option: option("?") })))).toBeDefined();
    const reworded = { text: plain("Other words"), value: "o1" };
    expect(inMessage(actions(select({ initial_option: reworded })))).toBeDefined();
  });

  it("that the app fills take at most 100 options", () => {
    expect(validateSuggestions({ options: options(100) })).toBeUndefined();
    expect(validateSuggestions({ options: [] })).toBeUndefined();
    expect(validateSuggestions({ options: options(101) })?.problems[0]?.pointer).toBe("/options");
    expect(validateSuggestions({})).toBeDefined();
  });
});

describe("fields of a form", () => {
  it("need a submit button in a modal, and none on a home tab", () => {
    const { submit: _submit, ...without } = aModal({ blocks: [input(typed())] });
    expect(messages(validateView(without))).toEqual([
      "[ERROR] must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]",
    ]);
    expect(validateView({ type: "home", blocks: [input(typed())] })).toBeUndefined();
  });

  it("take lengths that can be met", () => {
    expect(inModal(input(typed({ min_length: 10, max_length: 500 })))).toBeUndefined();
    expect(inModal(input(typed({ min_length: 10, max_length: 9 })))).toBeDefined();
    expect(inModal(input(typed({ max_length: 3001 })))).toBeDefined();
    expect(inModal(input(typed({ max_length: 0 })))).toBeDefined();
  });

  it("take dates, times and addresses only in their form", () => {
    expect(inModal(input({ type: "datepicker", initial_date: "2025-11-22" }))).toBeUndefined();
    expect(inModal(input({ type: "datepicker", initial_date: "22.11.2025" }))).toBeDefined();
    expect(inModal(input({ type: "timepicker", initial_time: "24:00" }))).toBeDefined();
    expect(inMessage(actions(button({ url: "https://example.com/x" })))).toBeUndefined();
    expect(inMessage(actions(button({ url: "javascript:alert(1)" })))).toBeDefined();
  });
});

describe("a message as a whole", () => {
  it("needs text or blocks", () => {
    expect(validateMessage(undefined, undefined)?.error).toBe("no_text");
    expect(validateMessage([], "")?.error).toBe("no_text");
    expect(validateMessage(undefined, "words")).toBeUndefined();
    expect(validateMessage([{ type: "divider" }], undefined)).toBeUndefined();
  });

  it("takes no more than 4000 characters of text", () => {
    expect(validateMessage(undefined, x(4000))).toBeUndefined();
    expect(validateMessage(undefined, x(4001))?.error).toBe("msg_too_long");
  });

  it("takes no more text in all its blocks than Slack does", () => {
    const section = { type: "section", text: mrkdwn(x(2750)) };
    expect(inMessage(...many(4, section))).toBeUndefined();
    expect(inMessage(...many(4, section), { type: "header", text: plain("!") })?.error).toBe(
      "msg_blocks_too_long",
    );
  });

  it("takes blocks only as a list", () => {
    expect(validateMessage({ type: "divider" }, "t")?.error).toBe("invalid_blocks_format");
  });
});

describe("a view as a whole", () => {
  it("takes no more than 250 kB", () => {
    const big = (count: number) => ({
      type: "home",
      blocks: many(count, { type: "section", text: mrkdwn(x(3000)) }),
    });
    expect(validateView(big(80))).toBeUndefined();
    expect(validateView(big(85))?.error).toBe("view_too_large");
  });

  it("needs a type, and for a modal a title and blocks", () => {
    expect(messages(validateView({}))).toEqual([
      "[ERROR] missing required field: type [json-pointer:/view]",
    ]);
    expect(messages(validateView({ type: "modal" }))).toEqual([
      "[ERROR] missing required field: title [json-pointer:/view]",
      "[ERROR] missing required field: blocks [json-pointer:/view]",
    ]);
  });
});

/** The paths of all fields of an object. */
function pathsIn(value: unknown, before: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inside]) => {
    const path = [...before, name];
    const isField = !Array.isArray(value) && before.length > 0;
    return [...(isField ? [path] : []), ...pathsIn(inside, path)];
  });
}

/** A copy in which the field at the path has another name. */
function renamedAt(value: unknown, [name = "", ...rest]: readonly string[]): unknown {
  const entries = Object.entries(value as object).map(([key, inside]) => {
    if (key !== name) return [key, inside];
    return rest.length === 0 ? [`${key}_`, inside] : [key, renamedAt(inside, rest)];
  });
  return Array.isArray(value) ? entries.map(([, inside]) => inside) : Object.fromEntries(entries);
}
