// What a POST to a response_url does: an ephemeral answer, a message to all, or a change of the message acted on.

import type { Workspace } from "./workspace.ts";
import { SlackRefusal } from "./workspace-core.ts";
import type { ResponseHook, SlackMessage } from "./workspace-state.ts";

/**
 * Takes what an app answers through `hookId`.
 *
 * @throws SlackRefusal: `used_url` after five uses, `expired_url` after half an hour, and whatever is
 * wrong with the message
 */
export function answerThroughHook(workspace: Workspace, hookId: string, answer: unknown): void {
  const hook = workspace.takeHook(hookId);
  if (typeof answer !== "object" || answer === null) throw new SlackRefusal("invalid_payload");
  const { text, blocks, response_type, replace_original, delete_original, thread_ts } =
    answer as Readonly<Record<string, unknown>>;
  const original = originalOf(workspace, hook);
  if (delete_original === true && original !== undefined) {
    workspace.remove(original);
    return;
  }
  const content = { text: text as string | undefined, blocks };
  if (replace_original === true && original !== undefined) {
    workspace.edit(original, content);
    return;
  }
  workspace.post({
    ...content,
    channel: hook.channel,
    user: workspace.app.botUser,
    ...(typeof thread_ts === "string" && { thread_ts }),
    ...(response_type !== "in_channel" && { only_for: hook.user }),
  });
}

function originalOf(workspace: Workspace, hook: ResponseHook): SlackMessage | undefined {
  return hook.message && workspace.find(hook.channel, hook.message.ts);
}
