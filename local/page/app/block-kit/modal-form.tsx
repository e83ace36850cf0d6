// One modal: a form with its title, its blocks, and the buttons that close and submit it.

import { type FormEvent, type RefObject, useEffect, useRef, useState } from "react";
import type { OpenModal, SlackView } from "../../../slack/workspace-state.ts";
import type { ActAnswer } from "../../protocol.ts";
import { usePage } from "../page-state.tsx";
import { Blocks } from "./blocks.tsx";
import {
  type Drafts,
  entriesOf,
  entryOf,
  fieldState,
  problemsIn,
  withDraft,
} from "./field-state.ts";
import { type Form, FormContext } from "./form-context.ts";
import { Surface, Trouble } from "./surface.tsx";
import { plainText } from "./text-object.tsx";

export function titleId({ id }: SlackView): string {
  return `bk-title-${id}`;
}

export function ModalForm(props: {
  readonly open: OpenModal;
  readonly isTop: boolean;
  readonly trouble: string;
  readonly attempt: (doing: Promise<ActAnswer>) => Promise<ActAnswer>;
  readonly onClose: () => void;
}) {
  const { open, isTop } = props;
  const { view } = open;
  const { form, errors, answers, submit } = useForm(open, props.attempt);
  const ref = useRef<HTMLFormElement>(null);
  useFocus(ref, { isTop, shown: view.hash, errors: `${answers} ${JSON.stringify(errors)}` });

  const { title, close, submit: submitLabel } = view;
  const hasErrors = Object.keys(errors).length > 0;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    submit();
  };
  return (
    <form ref={ref} className="bk-form" hidden={!isTop} noValidate onSubmit={onSubmit}>
      <header className="bk-form-head">
        <h2 className="bk-dialog-title" id={titleId(view)} tabIndex={-1}>
          {title && plainText(title)}
        </h2>
        {/* For pointers, as in Slack; the button below says the same to everybody. */}
        <button
          type="button"
          className="bk-cross"
          aria-hidden="true"
          tabIndex={-1}
          onClick={props.onClose}
        >
          ×
        </button>
      </header>
      <div className="bk-form-body">
        <FormContext value={form}>
          <Surface place={{ view: view.id }}>
            <Blocks blocks={view.blocks} />
          </Surface>
        </FormContext>
      </div>
      <footer className="bk-form-foot">
        <Trouble words={hasErrors ? "" : props.trouble} />
        <div className="bk-dialog-buttons">
          <button type="button" className="bk-button" onClick={props.onClose}>
            {close ? plainText(close) : "Cancel"}
          </button>
          {submitLabel && (
            <button
              type="submit"
              className="bk-button bk-button-primary"
              aria-busy={form.isBusy}
              aria-disabled={form.isBusy}
            >
              {plainText(submitLabel)}
            </button>
          )}
        </div>
      </footer>
    </form>
  );
}

/** What is entered in `open` and how it is submitted. */
function useForm(open: OpenModal, attempt: (doing: Promise<ActAnswer>) => Promise<ActAnswer>) {
  const { act } = usePage();
  const { view } = open;
  const [drafts, setDrafts] = useState<Drafts>({});
  const [isBusy, setBusy] = useState(false);
  const [answers, setAnswers] = useState(0);
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  const errors = { ...open.errors, ...problems };

  const form: Form = {
    viewId: view.id,
    isBusy,
    stateOf: (block) => fieldState(view, drafts, block),
    errorAt: ({ block_id: blockId = "" }) => errors[blockId],
    enter: (block, state) => {
      setDrafts((before) => withDraft(view, before, block, state));
      if (!block.dispatch_action) return;
      const { block_id: blockId = "", element } = block;
      const at = { place: { view: view.id }, blockId, actionId: element.action_id ?? "" };
      void attempt(act({ do: "choose", ...at, entry: entryOf(state) })).then(({ trouble }) => {
        if (trouble !== undefined) {
          setDrafts((before) => withDraft(view, before, block, undefined));
        }
      });
    },
  };
  const submit = async () => {
    const found = problemsIn(view, drafts);
    if (isBusy) return;
    setProblems(found);
    if (Object.keys(found).length === 0) {
      setBusy(true);
      await attempt(act({ do: "submit", view: view.id, entries: entriesOf(view, drafts) }));
      setBusy(false);
    }
    setAnswers((before) => before + 1);
  };
  return { form, errors, answers, submit: () => void submit() };
}

/**
 * Keeps the focus where somebody can go on: at the first field of a form that comes on top, at the first that
 * is wrong, and in the form where an update took away what had it.
 */
function useFocus(
  ref: RefObject<HTMLFormElement | null>,
  now: { readonly isTop: boolean; readonly shown: string; readonly errors: string },
): void {
  const { isTop, shown, errors } = now;
  const first = (selectors: readonly string[]) => {
    for (const selector of selectors) {
      const found = ref.current?.querySelector<HTMLElement>(selector);
      if (!found) continue;
      found.focus();
      // What is wrong with it stands below it, and is to be in sight as well.
      found.closest(".bk-field")?.scrollIntoView({ block: "nearest" });
      return;
    }
  };
  const start = () => first(["[data-focus-first=true]", "input, textarea", "h2"]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a form that comes on top, not whenever it is drawn
  useEffect(() => {
    if (isTop) start();
  }, [isTop]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another view is shown
  useEffect(() => {
    if (isTop && !ref.current?.contains(document.activeElement)) start();
  }, [shown]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when a submit was answered, or other errors are shown
  useEffect(() => {
    if (isTop) first(["[aria-invalid=true]"]);
  }, [errors]);
}
