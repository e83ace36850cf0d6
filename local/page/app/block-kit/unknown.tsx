// What the page cannot show is shown as that: nothing that a handler sent is skipped.

/** In place of a block, an element or a part of rich text; `what` names it. */
export function Unknown(props: { readonly what: string; readonly part: unknown }) {
  return (
    <span className="bk-unknown" role="alert">
      <strong>This page cannot show {props.what}.</strong>{" "}
      <code>{JSON.stringify(props.part, null, 2)}</code>
    </span>
  );
}
