// What every part of the page can reach: the state as it comes in, whom the visitor plays, and how to act.

import {
  createContext,
  type ReactNode,
  use,
  useCallback,
  useEffect,
  useMemo,
  useState,
} from "react";
import type { ActAnswer, PageState, PersonAct, StageAct } from "../protocol.ts";
import { type Connected, follow, send } from "./connection.ts";

export interface Page {
  readonly state: PageState;
  readonly connected: Connected;
  /** The Slack user whom the visitor plays. */
  readonly me: string;
  readonly play: (user: string) => void;
  /** Does something in Slack as `me`. */
  readonly act: (act: PersonAct) => Promise<ActAnswer>;
  readonly stage: (act: StageAct) => Promise<ActAnswer>;
  /** The stack's time at this moment (epoch ms); for what shows time passing, `useNow`. */
  readonly now: () => number;
}

/** Given by `PageProvider`, and by tests. */
export const PageContext = createContext<Page | undefined>(undefined);

/** The page's state. @throws Error outside of `PageProvider` */
export function usePage(): Page {
  const page = use(PageContext);
  if (page === undefined) throw new Error("usePage stands outside of PageProvider");
  return page;
}

/** The stack's time, again every so often. */
export function useNow(everyMs = 500): number {
  const { now } = usePage();
  const [at, setAt] = useState(now);
  useEffect(() => {
    setAt(now());
    const timer = setInterval(() => setAt(now()), everyMs);
    return () => clearInterval(timer);
  }, [now, everyMs]);
  return at;
}

/** Shows `children` once all parts have come in; `waiting` until then. */
export function PageProvider(props: { readonly waiting: ReactNode; readonly children: ReactNode }) {
  const [parts, setParts] = useState<Partial<PageState>>({});
  const [connected, setConnected] = useState<Connected>("connecting");
  const [played, play] = useState<string>();
  const [at, setAt] = useState({ stage: 0, here: 0 });

  useEffect(
    () =>
      follow({
        onConnected: setConnected,
        onPart: (name, part) => {
          setParts((before) => ({ ...before, [name]: part }));
          if (name === "stage") {
            setAt({ stage: (part as PageState["stage"]).now, here: performance.now() });
          }
        },
      }),
    [],
  );

  const speed = parts.stage?.speed ?? 1;
  const me = played ?? parts.slack?.cast[0]?.user ?? "";
  const now = useCallback(
    () => at.stage + (performance.now() - at.here) * speed,
    [at.stage, at.here, speed],
  );
  const act = useCallback((what: PersonAct) => send({ ...what, as: me }), [me]);
  const { slack, access, stage, work } = parts;
  const page = useMemo<Page | undefined>(
    () =>
      slack && access && stage && work
        ? { state: { slack, access, stage, work }, connected, me, play, act, stage: send, now }
        : undefined,
    [slack, access, stage, work, connected, me, act, now],
  );
  if (page === undefined) return props.waiting;
  return <PageContext value={page}>{props.children}</PageContext>;
}
