// The parts of the page as they are now, who wants to hear when one changes, and how often one is made anew.

import type { PageState, PartName } from "./protocol.ts";

type PartListener = <Name extends PartName>(name: Name, part: PageState[Name]) => void;

export interface PartSource {
  /** Every part as it is now. */
  current(): PageState;
  /** Keeps a new part; whoever listens is told, unless it says what the one before said. */
  set<Name extends PartName>(name: Name, part: PageState[Name]): void;
  /** Calls `listener` with every part that changes, until the function that it returns is called. */
  subscribe(listener: PartListener): () => void;
}

/**
 * Keeps the newest of each part.
 *
 * @param options.now the stack's time (epoch ms): whoever asks later is told what it is then, not what it was
 *   when the stage last changed
 */
export function createParts(
  first: PageState,
  options: { readonly now?: () => number } = {},
): PartSource {
  const { now } = options;
  const listeners = new Set<PartListener>();
  const told = new Map<PartName, string>();
  let state = first;
  for (const name of Object.keys(first) as PartName[]) told.set(name, JSON.stringify(first[name]));
  return {
    current: () =>
      now === undefined ? state : { ...state, stage: { ...state.stage, now: now() } },
    set(name, part) {
      const text = JSON.stringify(part);
      if (told.get(name) === text) return;
      told.set(name, text);
      state = { ...state, [name]: part };
      for (const listener of listeners) listener(name, part);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export interface Refresher {
  /** Something has changed: it is made anew within `afterMs`, however often this is said until then. */
  soon(): void;
  /** Nothing is made any more, and what is being made is not put. */
  stop(): void;
}

/**
 * Makes a part anew where something that it shows has changed: once for many changes that come together, and
 * never twice at a time.
 *
 * @param options.onError told where `make` or `put` fails; the next change tries again
 */
export function createRefresher<Part>(options: {
  readonly make: () => Part | Promise<Part>;
  readonly put: (part: Part) => void;
  readonly afterMs: number;
  readonly onError: (error: unknown) => void;
}): Refresher {
  const { make, put, afterMs, onError } = options;
  let timer: NodeJS.Timeout | undefined;
  let isMaking = false;
  let isWanted = false;
  let isStopped = false;

  const schedule = () => {
    isWanted = false;
    timer = setTimeout(() => void refresh(), afterMs);
  };
  const refresh = async () => {
    timer = undefined;
    isMaking = true;
    try {
      const part = await make();
      if (!isStopped) put(part);
    } catch (error) {
      onError(error);
    } finally {
      isMaking = false;
      if (isWanted && !isStopped) schedule();
    }
  };
  return {
    soon() {
      if (isStopped || timer !== undefined) return;
      if (isMaking) isWanted = true;
      else schedule();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
