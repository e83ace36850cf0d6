// What the message box knows of slash commands: which there are for what is typed, what belongs behind one, and what goes out.

import type { PersonAct, SlashCommand } from "../../protocol.ts";

/** The commands that begin with what is typed, while no more is typed than a command. */
export function commandsFor(
  text: string,
  commands: readonly SlashCommand[],
): readonly SlashCommand[] {
  if (!/^\/\S*$/.test(text)) return [];
  return commands.filter(({ command }) => command.startsWith(text.toLowerCase()));
}

/** The command behind which somebody is typing. */
export function commandIn(
  text: string,
  commands: readonly SlashCommand[],
): SlashCommand | undefined {
  const [, word] = /^(\/\S+)\s/.exec(text) ?? [];
  return commands.find(({ command }) => command === word?.toLowerCase());
}

/** What stands in the box after `command` is chosen from the list. */
export function completed({ command }: SlashCommand): string {
  return `${command} `;
}

export function isCommand(text: string): boolean {
  return text.startsWith("/");
}

/** What sending `text` does. Undefined: there is nothing to send. */
export function actOf(
  text: string,
  place: { readonly channel: string; readonly thread?: string | undefined },
): PersonAct | undefined {
  const { channel, thread } = place;
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (isCommand(text)) return { do: "command", channel, text: trimmed };
  return {
    do: "say",
    channel,
    text: trimmed,
    ...(thread !== undefined && { thread }),
  };
}
