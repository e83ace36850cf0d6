// What a message says, and what can be clicked in it.

import type { SlackMessage } from "../../../slack/workspace-state.ts";
import { Blocks } from "./blocks.tsx";
import { Mrkdwn } from "./mrkdwn.tsx";
import { Surface } from "./surface.tsx";

/** A message's blocks, or its text where it has none. */
export function MessageBody({ message }: { readonly message: SlackMessage }) {
  const { channel, ts, blocks = [], text, edited } = message;
  return (
    <Surface place={{ channel, ts }}>
      {blocks.length > 0 ? (
        <Blocks blocks={blocks} />
      ) : (
        <div className="bk-text">
          <Mrkdwn text={text} />
          {edited !== undefined && <small className="bk-edited"> (edited)</small>}
        </div>
      )}
    </Surface>
  );
}
