// What the guide writes into the visitor's message box, so that they only have to send it.

import { useEffect, useEffectEvent } from "react";

/** A text for the message box of a channel, by the channel's name, of whom the visitor plays then. */
export interface Written {
  readonly by: string;
  readonly channel: string;
  readonly text: string;
}

type Hear = (written: Written) => void;

const hearers = new Set<Hear>();

/** Puts it there; whatever stood in the box makes way. */
export function writeForVisitor(written: Written): void {
  for (const hear of hearers) hear(written);
}

/** Hears what is written for as long as it is shown. */
export function useWritten(hear: Hear): void {
  const onWritten = useEffectEvent(hear);
  useEffect(() => {
    const hearer: Hear = (written) => onWritten(written);
    hearers.add(hearer);
    return () => {
      hearers.delete(hearer);
    };
  }, []);
}
