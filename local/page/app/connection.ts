// The page's line to its server: what is so comes in as it changes, what the visitor does goes out.

import type { Act, ActAnswer, PageState, PartName } from "../protocol.ts";

const PARTS: readonly PartName[] = ["slack", "access", "stage", "work"];

export type Connected = "connecting" | "open" | "lost";

/**
 * Calls `onPart` for each part as it comes and `onConnected` as the line comes and goes; the browser
 * reconnects by itself, and gets all parts anew. Ends with what it returns.
 */
export function follow(listener: {
  readonly onPart: <Name extends PartName>(name: Name, part: PageState[Name]) => void;
  readonly onConnected: (connected: Connected) => void;
}): () => void {
  const events = new EventSource("/events");
  events.onopen = () => listener.onConnected("open");
  events.onerror = () => listener.onConnected("lost");
  for (const name of PARTS) {
    events.addEventListener(name, ({ data }: MessageEvent<string>) => {
      listener.onPart(name, JSON.parse(data) as PageState[typeof name]);
    });
  }
  return () => events.close();
}

/** Has something done. Never rejects: what is in the way is the answer's `trouble`. */
export async function send(act: Act): Promise<ActAnswer> {
  try {
    const response = await fetch("/act", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(act),
    });
    if (response.ok) return (await response.json()) as ActAnswer;
    return { trouble: await response.text() };
  } catch {
    return { trouble: "Latchkey does not answer. Is `npm start` still running?" };
  }
}
