// What the views want to stand in Slack: a message, and where and under which name it is remembered.

import type { Message } from "./blocks.ts";

/** A message that is to stand in Slack, under the name by which it is remembered. */
export interface Wanted {
  readonly key: string;
  /** A channel (`C…`) or a person (`U…`). */
  readonly to: string;
  readonly message: Message;
  /**
   * Its header until it gets its buttons; absent: the same. NB. If the answer to its post is lost it stands
   * so for ever, without buttons, and says nothing that will not be true.
   */
  readonly first?: string;
  /** False: it is not posted; where it stands already it is edited. */
  readonly post: boolean;
  /** In the card's thread. */
  readonly inThread?: true;
}
