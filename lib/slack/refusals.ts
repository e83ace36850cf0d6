// What Slack's refusals mean for a message: that it is lost, that nobody will read it, that it has no thread.

/** Answers to an edit after which the message is never edited again; the latter two leave it standing. */
const LOST = new Set(["message_not_found", "cant_update_message", "edit_window_closed"]);

/** Answers to a removal after which there is nothing to remove, or no way to. */
const NOT_REMOVABLE = new Set([
  "message_not_found",
  "cant_delete_message",
  "compliance_exports_prevent_deletion",
]);

/** Answers where somebody has left, or cannot be written to. */
const UNREACHABLE = new Set([
  "channel_not_found",
  "user_not_found",
  "user_disabled",
  "cannot_dm_bot",
  "is_archived",
  "is_inactive",
]);

/** Answers to a reply that what it replies to is gone, or takes none. */
const NO_THREAD = new Set([
  "invalid_thread_ts",
  "thread_not_found",
  "cannot_reply_to_message",
  "restricted_action_thread_locked",
]);

/** True where a message can never be edited again. https://docs.slack.dev/reference/methods/chat.update */
export function isLostBy(code: string): boolean {
  return LOST.has(code);
}

/** True where a message that is lost stands all the same, with whatever buttons it has. */
export function standsDespite(code: string): boolean {
  return LOST.has(code) && code !== "message_not_found";
}

/** True where trying to remove a message again is of no use. https://docs.slack.dev/reference/methods/chat.delete */
export function isNotRemovable(code: string): boolean {
  return NOT_REMOVABLE.has(code);
}

/** True where nobody will ever read a direct message. A channel of that kind may be mended, a person not. */
export function isUnreachable(code: string): boolean {
  return UNREACHABLE.has(code);
}

export function hasNoThread(code: string): boolean {
  return NO_THREAD.has(code);
}
