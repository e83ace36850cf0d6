// The message box: plain talk, slash commands with their list and hints, and the shortcuts beside it.

import { type KeyboardEvent, useId, useRef } from "react";
import type { SlashCommand } from "../../protocol.ts";
import { usePage } from "../page-state.tsx";
import { CommandHelp } from "./command-help.tsx";
import { actOf, commandsFor, completed, isCommand } from "./completion.ts";
import { ShortcutsMenu } from "./shortcuts-menu.tsx";
import { useCommandList } from "./use-command-list.ts";
import { boxOf, type Drafts } from "./use-drafts.ts";
import { useSending } from "./use-sending.ts";

interface ComposerProps {
  readonly channel: string;
  /** The `ts` of the message in whose thread it writes. */
  readonly thread?: string;
  readonly label: string;
  readonly drafts: Drafts;
}

export function Composer({ channel, thread, label, drafts }: ComposerProps) {
  const { state, me } = usePage();
  const box = boxOf(me, channel, thread);
  const text = drafts.of(box);
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const { send, refuse, isBusy, trouble } = useSending(() => drafts.keep(box, ""));
  const { commands } = state.slack.app;
  const list = useCommandList(thread === undefined ? commandsFor(text, commands) : [], text);

  const write = (changed: string) => drafts.keep(box, changed);
  const submit = () => {
    const act = actOf(text, { channel, thread });
    if (act === undefined) return;
    if (thread !== undefined && isCommand(text)) refuse("Commands cannot be used in threads.");
    else void send(act);
  };
  const pick = (command: SlashCommand) => {
    write(completed(command));
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isBusy || event.nativeEvent.isComposing) return;
    if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    const { chosen } = list;
    if (chosen !== undefined && completes(event.key, text, chosen)) pick(chosen);
    else if (event.key === "Enter") submit();
    else if (!list.onKey(event.key)) return;
    event.preventDefault();
  };

  return (
    <form
      className="ws-composer"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
        field.current?.focus();
      }}
    >
      {trouble !== undefined && (
        <p className="ws-trouble" role="alert">
          {trouble}
        </p>
      )}
      <CommandHelp id={id} text={thread === undefined ? text : ""} list={list} onPick={pick} />
      <div className="ws-box" aria-busy={isBusy}>
        <label htmlFor={`${id}-text`} className="sr-only">
          {label}
        </label>
        <textarea
          ref={field}
          id={`${id}-text`}
          rows={1}
          value={text}
          placeholder={label}
          readOnly={isBusy}
          autoComplete="off"
          spellCheck={false}
          aria-autocomplete="list"
          aria-controls={`${id}-help`}
          aria-describedby={`${id}-keys`}
          {...(list.chosen && { "aria-activedescendant": `${id}-${list.chosen.command}` })}
          onChange={({ target }) => write(target.value)}
          onKeyDown={onKeyDown}
        />
        <div className="ws-box-bar">
          {thread === undefined && (
            <ShortcutsMenu
              isBusy={isBusy}
              onRun={(callbackId) => void send({ do: "shortcut", callbackId })}
            />
          )}
          <span id={`${id}-keys`} className="ws-keys">
            {isBusy ? "Sending…" : "Enter sends, Shift+Enter makes a new line"}
          </span>
          <button type="submit" className="ws-send" disabled={isBusy || text.trim() === ""}>
            Send
          </button>
        </div>
      </div>
    </form>
  );
}

/** Enter sends what is already a whole command; it completes what is not. */
function completes(key: string, text: string, chosen: SlashCommand): boolean {
  return key === "Tab" || (key === "Enter" && text.toLowerCase() !== chosen.command);
}
