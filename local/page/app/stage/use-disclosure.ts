// Something that a button opens below itself: escape, and whatever happens elsewhere, close it again.

import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from "react";

/**
 * `box` goes on what holds the button and what it opens, `button` on the button: that is where the keyboard
 * returns to on escape.
 */
export function useDisclosure() {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!isOpen) return;
    const closeElsewhere = ({ target }: Event) => {
      if (target instanceof Node && !box.current?.contains(target)) setOpen(false);
    };
    document.addEventListener("pointerdown", closeElsewhere);
    document.addEventListener("focusin", closeElsewhere);
    return () => {
      document.removeEventListener("pointerdown", closeElsewhere);
      document.removeEventListener("focusin", closeElsewhere);
    };
  }, [isOpen]);

  const toggle = useCallback(() => setOpen((wasOpen) => !wasOpen), []);
  const onKeyDown = useCallback((event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    setOpen(false);
    button.current?.focus();
  }, []);
  return { isOpen, toggle, onKeyDown, box, button };
}
