// What stands above the message box: the commands that begin with what is typed, or what belongs behind the one that is.

import type { SlashCommand } from "../../protocol.ts";
import { usePage } from "../page-state.tsx";
import { commandIn } from "./completion.ts";
import type { CommandList } from "./use-command-list.ts";

interface CommandHelpProps {
  readonly id: string;
  readonly text: string;
  readonly list: CommandList;
  readonly onPick: (command: SlashCommand) => void;
}

export function CommandHelp({ id, text, list, onPick }: CommandHelpProps) {
  const { app } = usePage().state.slack;
  const typed = commandIn(text, app.commands);
  return (
    <div className="ws-help">
      <div id={`${id}-help`} role="listbox" aria-label="Commands" hidden={list.shown.length === 0}>
        {list.shown.map((command) => (
          <div
            key={command.command}
            id={`${id}-${command.command}`}
            role="option"
            tabIndex={-1}
            aria-selected={command === list.chosen}
            className="ws-command"
            onPointerDown={(event) => {
              event.preventDefault();
              onPick(command);
            }}
          >
            <span>
              <strong>{command.command}</strong> <code>{command.hint}</code>
            </span>
            <span>{command.description}</span>
          </div>
        ))}
      </div>
      <div role="status">
        {typed && (
          <p className="ws-hint">
            <strong>{typed.command}</strong> <code>{typed.hint}</code>
          </p>
        )}
      </div>
    </div>
  );
}
