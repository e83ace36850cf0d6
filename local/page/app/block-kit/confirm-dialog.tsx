// What is asked before a click counts.

import type { ConfirmationDialog } from "@slack/types";
import { useEffect, useId, useRef } from "react";
import { Dialog } from "./dialog.tsx";
import { plainText, Text } from "./text-object.tsx";

/** Slack's own words where the app gives none. */
const TITLE = "Are you sure?";
const YES = "Yes";
const NO = "Cancel";

export function ConfirmDialog(props: {
  readonly confirm: ConfirmationDialog;
  readonly onAnswer: (isConfirmed: boolean) => void;
}) {
  const { title, text, confirm, deny, style = "primary" } = props.confirm;
  const id = useId();
  const yes = useRef<HTMLButtonElement>(null);
  useEffect(() => yes.current?.focus(), []);
  return (
    <Dialog
      className="bk-confirm"
      role="alertdialog"
      labelledBy={`${id}-title`}
      describedBy={`${id}-text`}
      onDismiss={() => props.onAnswer(false)}
    >
      <h2 className="bk-dialog-title" id={`${id}-title`}>
        {title === undefined ? TITLE : plainText(title)}
      </h2>
      <div className="bk-confirm-text bk-text" id={`${id}-text`}>
        <Text text={text} />
      </div>
      <div className="bk-dialog-buttons">
        <button type="button" className="bk-button" onClick={() => props.onAnswer(false)}>
          {deny === undefined ? NO : plainText(deny)}
        </button>
        <button
          ref={yes}
          type="button"
          className={`bk-button bk-button-${style}`}
          onClick={() => props.onAnswer(true)}
        >
          {confirm === undefined ? YES : plainText(confirm)}
        </button>
      </div>
    </Dialog>
  );
}
