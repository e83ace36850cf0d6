// A yes or no that the visitor's browser remembers.

import { useState } from "react";

/** As `useState`; where the browser keeps nothing, it is forgotten with the page. */
export function useStored(name: string, first: boolean): [boolean, (value: boolean) => void] {
  const [value, setValue] = useState(() => read(name) ?? first);
  const keep = (next: boolean) => {
    setValue(next);
    try {
      localStorage.setItem(name, String(next));
    } catch {
      // It is a convenience: the page works without.
    }
  };
  return [value, keep];
}

function read(name: string): boolean | undefined {
  try {
    const stored = localStorage.getItem(name);
    return stored === null ? undefined : stored === "true";
  } catch {
    return undefined;
  }
}
