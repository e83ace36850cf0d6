// What a message, a home tab or a form does with clicks: they go out, its buttons are busy, trouble is told below.

import { createContext, type ReactNode, use, useState } from "react";
import type { PlaceRef } from "../../protocol.ts";
import { usePage } from "../page-state.tsx";

interface Surface {
  readonly isBusy: (blockId: string, actionId: string) => boolean;
  readonly click: (blockId: string, actionId: string) => void;
}

const SurfaceContext = createContext<Surface | undefined>(undefined);

/** The surface that an element stands in. @throws Error outside of one */
export function useSurface(): Surface {
  const surface = use(SurfaceContext);
  if (surface === undefined) throw new Error("this element stands in no message or view");
  return surface;
}

/** Shows `children`, whose clicks are made at `place`, and what came in their way. */
export function Surface(props: { readonly place: PlaceRef; readonly children: ReactNode }) {
  const { act, me } = usePage();
  const [busy, setBusy] = useState<readonly string[]>([]);
  // Of whom the visitor played then: it is not for the next one's eyes.
  const [trouble, setTrouble] = useState({ of: me, words: "" });

  const click = async (blockId: string, actionId: string) => {
    const element = keyOf(blockId, actionId);
    setBusy((before) => [...before, element]);
    setTrouble({ of: me, words: "" });
    const answer = await act({ do: "click", place: props.place, blockId, actionId });
    setTrouble({ of: me, words: answer.trouble ?? "" });
    setBusy((before) => before.filter((one) => one !== element));
  };
  const surface: Surface = {
    isBusy: (blockId, actionId) => busy.includes(keyOf(blockId, actionId)),
    click: (blockId, actionId) => void click(blockId, actionId),
  };
  return (
    <SurfaceContext value={surface}>
      {props.children}
      <Trouble words={trouble.of === me ? trouble.words : ""} />
    </SurfaceContext>
  );
}

/** Why something did not happen; nothing while `words` are none. */
export function Trouble({ words }: { readonly words: string }) {
  return words === "" ? null : (
    <p className="bk-trouble" role="alert">
      {words}
    </p>
  );
}

function keyOf(blockId: string, actionId: string): string {
  return JSON.stringify([blockId, actionId]);
}
