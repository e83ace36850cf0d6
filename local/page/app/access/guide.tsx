// What to do next: the steps of a first round, the present one told in full.

import type { ReactNode } from "react";
import { writeForVisitor } from "../write-for-visitor.ts";
import { CopyLine } from "./copy-line.tsx";
import type { NameOf } from "./names.ts";
import { GUIDED, type Guide, isDone, STEPS } from "./next-step.ts";
import { titleOfStep, whatToDo, whoDoes } from "./step-words.ts";

export function GuideSteps(props: {
  readonly guide: Guide;
  readonly nameOf: NameOf;
  /** Whom the visitor plays, and how they play somebody else. */
  readonly me: string;
  readonly play: (user: string) => void;
  readonly now: number;
  readonly close: () => void;
  /** What jumps to the end. */
  readonly jump: ReactNode;
}) {
  const { guide, nameOf, me, play, now } = props;
  const isNext = guide.current === "approve";
  const playAs = <PlayAs who={whoDoes(guide)} {...{ me, play, nameOf, isNext }} />;
  return (
    <section className="ax-section ax-guide" aria-labelledby="ax-guide">
      <div className="ax-head">
        <h2 id="ax-guide">What to do next</h2>
        <button type="button" className="st-button" onClick={props.close}>
          Close
        </button>
      </div>
      <ol>
        {STEPS.map((step) => (
          <Step
            key={step}
            title={titleOfStep(step, guide, nameOf)}
            is={step === guide.current ? "now" : isDone(step, guide) ? "done" : "later"}
          />
        ))}
      </ol>
      <div className="ax-guide-now">
        <p aria-live="polite">{whatToDo(guide, nameOf, now)}</p>
        {guide.current === "ask" && (
          <CopyLine text={GUIDED.command} write={() => write(guide, play)} beside={playAs} />
        )}
        {guide.current === "approve" && playAs}
        {guide.current === "jump" && props.jump}
      </div>
    </section>
  );
}

/** Puts the command into the developer's message box. */
function write({ developer }: Guide, play: (user: string) => void) {
  play(developer);
  writeForVisitor({ by: developer, channel: GUIDED.channel, text: GUIDED.command });
}

function Step(props: { readonly title: string; readonly is: "done" | "now" | "later" }) {
  const { title, is } = props;
  return (
    <li className={`ax-step-${is}`} aria-current={is === "now" ? "step" : undefined}>
      <span>{title}</span>
      {is !== "later" && <span className="ax-step-word">{is === "done" ? "✓ done" : "now"}</span>}
    </li>
  );
}

function PlayAs(props: {
  readonly who: string | undefined;
  readonly me: string;
  readonly play: (user: string) => void;
  readonly nameOf: NameOf;
  /** It is the one thing to press now. */
  readonly isNext: boolean;
}) {
  const { who, me, play, nameOf, isNext } = props;
  const className = isNext ? "st-button ax-do" : "st-button";
  if (who === undefined) return null;
  if (who === me) return <span className="ax-small">You are {nameOf(who)} now.</span>;
  return (
    <button type="button" className={className} onClick={() => play(who)}>
      Be {nameOf(who)}
    </button>
  );
}
