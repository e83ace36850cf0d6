// A field of a form: its label, what is entered, what is wrong with that, and a hint.

import { use, useId } from "react";
import { type Field, FormContext, type InputBlock } from "./form-context.ts";
import { ExternalSelectField, StaticSelectField } from "./select-field.tsx";
import { TextField } from "./text-field.tsx";
import { plainText, typeNamed } from "./text-object.tsx";
import { Unknown } from "./unknown.tsx";

export function InputField({ block }: { readonly block: InputBlock }) {
  const form = use(FormContext);
  const id = useId();
  if (form === undefined) return <Unknown what="an input outside of a form" part={block} />;

  const { label, hint, optional } = block;
  const error = form.errorAt(block);
  const about = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean);
  const describedBy = about.length === 0 ? undefined : about.join(" ");
  return (
    <div className="bk-field">
      <label className="bk-label" htmlFor={id}>
        {plainText(label)}
        {optional && <span className="bk-optional"> (optional)</span>}
      </label>
      <Element field={{ id, block, form, describedBy }} />
      {error !== undefined && (
        <p className="bk-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p className="bk-hint" id={`${id}-hint`}>
          {plainText(hint)}
        </p>
      )}
    </div>
  );
}

/** The elements that Latchkey's forms have. */
function Element({ field }: { readonly field: Field }) {
  const { element } = field.block;
  switch (element.type) {
    case "plain_text_input":
      return <TextField field={field} element={element} />;
    case "static_select":
      return <StaticSelectField field={field} element={element} />;
    case "external_select":
      return <ExternalSelectField field={field} element={element} />;
    default:
      return <Unknown what={typeNamed("the element", element)} part={element} />;
  }
}
