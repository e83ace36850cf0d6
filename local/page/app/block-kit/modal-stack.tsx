// The modals that somebody has open: the top one as a dialog over the page, those under it waiting as they were left.

import { useState } from "react";
import type { OpenModal } from "../../../slack/workspace-state.ts";
import type { ActAnswer } from "../../protocol.ts";
import { usePage } from "../page-state.tsx";
import { Dialog } from "./dialog.tsx";
import { ModalForm, titleId } from "./modal-form.tsx";

/** Shows what whoever the visitor plays has open; nothing where that is nothing. */
export function ModalStack() {
  const { state, me } = usePage();
  const stack = state.slack.modals[me] ?? [];
  const top = stack.at(-1);
  return top && <ModalDialog key={me} stack={stack} top={top} />;
}

function ModalDialog(props: { readonly stack: readonly OpenModal[]; readonly top: OpenModal }) {
  const { stack, top } = props;
  const { act } = usePage();
  const [trouble, setTrouble] = useState({ at: "", words: "" });

  /** Tells what came in the way of something that was done in the form on top. */
  const attempt = async (doing: Promise<ActAnswer>) => {
    const at = top.view.id;
    setTrouble({ at, words: "" });
    const answer = await doing;
    setTrouble({ at, words: answer.trouble ?? "" });
    return answer;
  };
  const close = () => void attempt(act({ do: "close", view: top.view.id }));
  return (
    <Dialog className="bk-modal" labelledBy={titleId(top.view)} onDismiss={close}>
      {stack.map((open) => (
        <ModalForm
          key={open.view.id}
          open={open}
          isTop={open === top}
          trouble={trouble.at === open.view.id ? trouble.words : ""}
          attempt={attempt}
          onClose={close}
        />
      ))}
    </Dialog>
  );
}
