// A line to be sent: written into the message box or copied, and what else can be pressed beside it.

import { type ReactNode, useState } from "react";

export function CopyLine(props: {
  readonly text: string;
  /** Puts the line where it is to be sent from. */
  readonly write: () => void;
  readonly beside: ReactNode;
}) {
  const { text, write, beside } = props;
  const [outcome, setOutcome] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("Copied.");
    } catch {
      setOutcome("Not copied by the browser: select it.");
    }
  };
  return (
    <>
      <code className="ax-to-copy">{text}</code>
      <div className="ax-buttons">
        <button
          type="button"
          className="st-button ax-do"
          onClick={() => {
            write();
            setOutcome("Now press Enter.");
          }}
        >
          Write it for me
        </button>
        <button type="button" className="st-button" onClick={() => void copy()}>
          Copy
        </button>
        {beside}
        <span className="ax-small" role="status">
          {outcome}
        </span>
      </div>
    </>
  );
}
