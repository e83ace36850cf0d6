// The app's global shortcuts, behind a button: opened by it, walked with the arrow keys, left with Escape.

import { type FocusEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { usePage } from "../page-state.tsx";

interface ShortcutsMenuProps {
  readonly isBusy: boolean;
  readonly onRun: (callbackId: string) => void;
}

export function ShortcutsMenu({ isBusy, onRun }: ShortcutsMenuProps) {
  const { app } = usePage().state.slack;
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const all = useRef<HTMLDivElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    if (isOpen) itemsIn(menu.current)[0]?.focus();
  }, [isOpen]);

  const onBlur = ({ relatedTarget }: FocusEvent) => {
    if (!all.current?.contains(relatedTarget)) setOpen(false);
  };
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const items = itemsIn(menu.current);
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = nextItem(event.key, at, items.length);
    if (event.key === "Escape") close();
    else if (to !== undefined) items[to]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={all} className="ws-shortcuts">
      <button
        ref={opener}
        type="button"
        className="ws-bolt"
        aria-label="Shortcuts"
        title="Shortcuts"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        {...(isOpen && { "aria-controls": id })}
        aria-disabled={isBusy}
        onBlur={onBlur}
        onClick={() => setOpen(!isOpen && !isBusy)}
      >
        <span aria-hidden="true">⚡</span>
      </button>
      {isOpen && (
        <div
          ref={menu}
          id={id}
          role="menu"
          aria-label="Shortcuts"
          tabIndex={-1}
          onBlur={onBlur}
          onKeyDown={onKeyDown}
        >
          {app.shortcuts.map(({ callbackId, name, description }) => (
            <button
              key={callbackId}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                close();
                onRun(callbackId);
              }}
            >
              <strong>{name}</strong>
              <span>
                {description} · {app.name}
              </span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function itemsIn(menu: HTMLElement | null): readonly HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
}

/** Where a key leads to in a menu of `count` items. Undefined: nowhere. */
function nextItem(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return (at + 1) % count;
    case "ArrowUp":
      return (at + count - 1) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
