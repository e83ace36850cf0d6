// The cluster's `aws-auth`, with the lines marked that Latchkey has lent.

import { memo, useEffect, useRef } from "react";
import type { AwsAuthText } from "../../protocol.ts";

export const AwsAuth = memo(function AwsAuth({ text }: { readonly text: AwsAuthText }) {
  const ours = text.lines.filter(({ isOurs }) => isOurs).length;
  const box = useRef<HTMLElement>(null);

  // What is lent stands at the end of a long text: it comes into sight by itself.
  useEffect(() => {
    const first = ours === 0 ? null : box.current?.querySelector<HTMLElement>(".ax-ours");
    if (box.current && first) box.current.scrollTop = first.offsetTop - 40;
  }, [ours]);

  return (
    <section className="ax-section" aria-labelledby="ax-aws-auth">
      <h2 id="ax-aws-auth">
        <code>aws-auth</code>
      </h2>
      <p className="ax-small">{summaryOf(text, ours)}</p>
      <section
        className="ax-text"
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
        aria-label={`The lines of aws-auth in ${text.cluster}`}
      >
        <pre>
          {text.lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is where it is
            <AuthLine key={index} {...line} />
          ))}
        </pre>
      </section>
    </section>
  );
});

function summaryOf({ cluster, lines }: AwsAuthText, ours: number): string {
  if (lines.length === 0) return `The ConfigMap of ${cluster} could not be read.`;
  const lent =
    ours === 0
      ? "nothing in it is lent"
      : `${ours} ${ours === 1 ? "line is" : "lines are"} lent by Latchkey`;
  return `The ConfigMap of ${cluster}: ${lent}.`;
}

function AuthLine({ text, isOurs }: AwsAuthText["lines"][number]) {
  return (
    <span className={isOurs ? "ax-line ax-ours" : "ax-line"}>
      <span aria-hidden="true" className="ax-gutter">
        {isOurs ? "+" : " "}
      </span>
      {isOurs && <span className="sr-only">lent by Latchkey: </span>}
      {text}
      {"\n"}
    </span>
  );
}
