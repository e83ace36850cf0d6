// A form that only says something: what came of another one.

import type { KnownBlock, ModalView } from "@slack/types";
import { plain, section } from "./blocks.ts";

/** A modal, of blocks that Slack knows. */
export type Modal = Omit<ModalView, "blocks"> & { blocks: KnownBlock[] };

/** Says `mrkdwn`, and can only be closed. */
export function answerView(mrkdwn: string, title = "Latchkey", more: KnownBlock[] = []): Modal {
  return {
    type: "modal",
    title: plain(title, 24),
    close: plain("Close", 24),
    blocks: [section(mrkdwn), ...more],
  };
}
