// A button of a block: it asks first where it should, and is busy while its click is on its way.

import type { Button } from "@slack/types";
import { useState } from "react";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { useSurface } from "./surface.tsx";
import { plainText } from "./text-object.tsx";
import { Unknown } from "./unknown.tsx";

export function ActionButton({
  blockId,
  element,
}: {
  readonly blockId: string;
  readonly element: Button;
}) {
  const surface = useSurface();
  const [isAsking, setAsking] = useState(false);
  if (element.url !== undefined) return <Unknown what="a button with a link" part={element} />;

  const { action_id: actionId = "", text, style, accessibility_label: label, confirm } = element;
  const isBusy = surface.isBusy(blockId, actionId);
  const click = () => surface.click(blockId, actionId);
  const answered = (isConfirmed: boolean) => {
    setAsking(false);
    if (isConfirmed) click();
  };
  return (
    <>
      {/* Not `disabled`: whoever came by keyboard would lose their place. */}
      <button
        type="button"
        className={style === undefined ? "bk-button" : `bk-button bk-button-${style}`}
        aria-label={label}
        aria-busy={isBusy}
        aria-disabled={isBusy}
        onClick={() => {
          if (isBusy) return;
          if (confirm === undefined) click();
          else setAsking(true);
        }}
      >
        {plainText(text)}
      </button>
      {isAsking && confirm !== undefined && <ConfirmDialog confirm={confirm} onAnswer={answered} />}
    </>
  );
}
