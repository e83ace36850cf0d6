// A line, or several, to type into; near its limit it says how much room is left.

import type { PlainTextInput } from "@slack/types";
import type { Field } from "./form-context.ts";
import { plainText } from "./text-object.tsx";
import { Unknown } from "./unknown.tsx";

const LONGEST = 3000;
const COUNTED_FROM = 50;

export function TextField(props: { readonly field: Field; readonly element: PlainTextInput }) {
  const { field, element } = props;
  const { id, block, form, describedBy } = field;
  if (block.dispatch_action)
    return <Unknown what="text that is sent as it is typed" part={block} />;

  const text = form.stateOf(block)?.value ?? "";
  const left = (element.max_length ?? LONGEST) - text.length;
  const common = {
    id,
    className: "bk-input",
    value: text,
    placeholder: element.placeholder && plainText(element.placeholder),
    readOnly: form.isBusy,
    autoComplete: "off",
    "aria-required": !block.optional,
    "aria-invalid": form.errorAt(block) !== undefined,
    "aria-describedby": describedBy,
    "data-focus-first": element.focus_on_load,
    onChange: (event: { readonly target: { readonly value: string } }) =>
      form.enter(block, { type: element.type, value: event.target.value || null }),
  };
  return (
    <div className="bk-input-frame">
      {element.multiline ? <textarea rows={3} {...common} /> : <input type="text" {...common} />}
      {left <= COUNTED_FROM && (
        <span className={left < 0 ? "bk-count bk-count-over" : "bk-count"} role="status">
          {left < 0 ? `${-left} too many` : `${left} left`}
        </span>
      )}
    </div>
  );
}
