// What stands in the fields of a form while somebody types and the server changes it under their hands.

import { describe, expect, it } from "@jest/globals";
import type { PlainTextElement } from "@slack/types";
import {
  entriesOf,
  fieldState,
  problemsIn,
  withDraft,
} from "../../../local/page/app/block-kit/field-state.ts";
import type { InputBlock } from "../../../local/page/app/block-kit/form-context.ts";
import type { ElementState } from "../../../local/slack/element-state.ts";
import { createWorkspace } from "../../../local/slack/workspace.ts";
import type { SlackView } from "../../../local/slack/workspace-state.ts";

const plain = (text: string): PlainTextElement => ({ type: "plain_text", text });
const option = (value: string) => ({ text: plain(value.toUpperCase()), value });

const what = {
  type: "input",
  block_id: "what",
  dispatch_action: true,
  label: plain("What?"),
  element: { type: "static_select", action_id: "value", options: [option("a"), option("b")] },
} as const satisfies object;
const why = (more: object = {}) => ({
  type: "input",
  block_id: "why",
  label: plain("Why?"),
  element: { type: "plain_text_input", action_id: "value", min_length: 3, max_length: 10, ...more },
});
const form = (...blocks: readonly object[]) => ({
  type: "modal",
  title: plain("Form"),
  submit: plain("Go"),
  blocks,
});

function open(...blocks: readonly object[]) {
  const workspace = createWorkspace({ now: () => 0 });
  const view = workspace.openModal("U0ADA", form(...blocks));
  return { workspace, view };
}

function block(view: SlackView, id: string): InputBlock {
  const found = view.blocks.find((one) => one.block_id === id);
  if (found?.type !== "input") throw new Error(`no field ${id}`);
  return found;
}

const typed = (value: string): ElementState => ({ type: "plain_text_input", value });
const chosen = (value: string): ElementState => ({
  type: "static_select",
  selected_option: option(value),
});

describe("what stands in a field", () => {
  it("is what the server has until something is entered", () => {
    const { view } = open(why({ initial_value: "first" }));
    expect(fieldState(view, {}, block(view, "why"))?.value).toBe("first");
    const drafts = withDraft(view, {}, block(view, "why"), typed("mine"));
    expect(fieldState(view, drafts, block(view, "why"))?.value).toBe("mine");
    const back = withDraft(view, drafts, block(view, "why"), undefined);
    expect(fieldState(view, back, block(view, "why"))?.value).toBe("first");
  });

  it("survives another view in its place where block, action and kind are the same", () => {
    const { workspace, view } = open(why());
    const drafts = withDraft(view, {}, block(view, "why"), typed("mine"));
    const next = workspace.updateModal({ id: view.id }, form(what, why({ multiline: true })));
    expect(fieldState(next, drafts, block(next, "why"))?.value).toBe("mine");
    expect(entriesOf(next, drafts)).toEqual({ what: { value: null }, why: { value: "mine" } });

    const other = { type: "static_select", options: [option("a")], min_length: undefined };
    const changed = workspace.updateModal(
      { id: view.id },
      form(why({ ...other, max_length: undefined })),
    );
    expect(fieldState(changed, drafts, block(changed, "why"))?.value).toBeUndefined();
    const gone = workspace.updateModal({ id: view.id }, form(what));
    expect(entriesOf(gone, drafts)).toEqual({ what: { value: null } });
  });

  it("is what the server says once that has changed", () => {
    const { workspace, view } = open(what);
    const drafts = withDraft(view, {}, block(view, "what"), chosen("a"));
    const place = { block: block(view, "what"), element: block(view, "what").element };
    const next = workspace.enter("U0ADA", view, place, chosen("b"));
    expect(fieldState(next, drafts, block(next, "what"))).toEqual(chosen("b"));
    expect(entriesOf(next, drafts)).toEqual({ what: { value: "b" } });
  });

  it("goes out whole where the app alone knows the options", () => {
    const { view } = open({ ...what, element: { type: "external_select", action_id: "value" } });
    const state = { type: "external_select", selected_option: option("z") };
    const drafts = withDraft(view, {}, block(view, "what"), state);
    expect(entriesOf(view, drafts)).toEqual({ what: { value: option("z") } });
  });
});

describe("before a form is submitted", () => {
  it.each([
    ["", {}],
    ["ab", { why: "At least 3 characters are needed." }],
    ["abc", {}],
    ["abcdefghijkl", { why: "2 characters too many: 10 at most." }],
  ])("%j is looked at as Slack's client does", (text, problems) => {
    const { view } = open(why());
    expect(problemsIn(view, withDraft(view, {}, block(view, "why"), typed(text)))).toEqual(
      problems,
    );
  });
});
