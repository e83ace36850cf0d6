// Keeps a list's end in sight while more comes, for whoever is at its end; tells of it whoever is not.

import { type RefObject, useEffect, useRef, useState } from "react";

/** So near to the end counts as there (pixels). */
const NEAR = 48;

export interface Bottom {
  /** Goes to the element that scrolls. */
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** Goes to what is in it. */
  readonly content: RefObject<HTMLDivElement | null>;
  readonly onScroll: () => void;
  /** Something came below what is in sight. */
  readonly hasMore: boolean;
  readonly toBottom: () => void;
}

/**
 * Starts at the end.
 *
 * @param newest changes with what comes last in the list
 * @param isAwaited whoever looks wrote that themselves, or it answers them: it is shown wherever they are
 */
export function useBottom(newest: string | undefined, isAwaited: boolean): Bottom {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isThere = useRef(true);
  const top = useRef(0);
  const known = useRef(newest);
  const [hasMore, setHasMore] = useState(false);

  const toBottom = () => {
    const box = scroller.current;
    if (box === null) return;
    box.scrollTop = box.scrollHeight;
    // The button that was pressed for it is about to go.
    box.focus();
  };

  useEffect(() => {
    const observer = new ResizeObserver(() => {
      const box = scroller.current;
      if (isThere.current && box !== null) box.scrollTop = box.scrollHeight;
    });
    for (const { current } of [scroller, content]) if (current !== null) observer.observe(current);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (known.current === newest) return;
    known.current = newest;
    if (isThere.current) return;
    if (isAwaited && scroller.current !== null) {
      scroller.current.scrollTop = scroller.current.scrollHeight;
    } else setHasMore(true);
  }, [newest, isAwaited]);

  const onScroll = () => {
    const box = scroller.current;
    if (box === null) return;
    const isNear = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    // What was not scrolled up is still at the end: something came that is not scrolled to yet.
    if (isNear || box.scrollTop < top.current) isThere.current = isNear;
    top.current = box.scrollTop;
    if (isNear) setHasMore(false);
  };

  return { scroller, content, onScroll, hasMore, toBottom };
}
