// A link out of the page.

import type { ReactNode } from "react";

/** NB. `url` leads to a web page or a mailbox: whoever hands it in has made sure of that. */
export function Link(props: { readonly url: string; readonly children: ReactNode }) {
  return (
    <a className="bk-link" href={props.url} target="_blank" rel="noopener noreferrer">
      {props.children}
    </a>
  );
}
