// What the functions did, pass by pass.

import { memo, useState } from "react";
import type { Pass } from "../../protocol.ts";
import { clockTime } from "../stage/time-words.ts";
import { callWords, isQuiet, logLines, outcomeTone, outcomeWords, underWay } from "./pass-words.ts";

/** So many are shown at first. */
const FIRST = 12;

export const Passes = memo(function Passes({ passes }: { readonly passes: readonly Pass[] }) {
  const [isHiding, setHiding] = useState(true);
  const [isAll, setAll] = useState(false);
  const told = isHiding ? passes.filter((pass) => !isQuiet(pass)) : passes;
  const shown = isAll ? told : told.slice(0, FIRST);
  return (
    <section className="ax-section" aria-labelledby="ax-passes">
      <h2 id="ax-passes">What the functions did</h2>
      <p className="ax-small">
        slack hears people, provision gives, revoke takes away, announce tells, watch looks for what
        should not be. {underWay(passes)}
      </p>
      <label className="ax-check">
        <input type="checkbox" checked={isHiding} onChange={() => setHiding(!isHiding)} />
        Hide quiet passes ({passes.filter(isQuiet).length} that found nothing to do)
      </label>
      {shown.length === 0 && <p className="ax-small">No pass has had anything to do yet.</p>}
      <ol className="ax-list">
        {shown.map((pass) => (
          <PassRow key={pass.id} pass={pass} />
        ))}
      </ol>
      {told.length > shown.length && (
        <button type="button" className="st-button" onClick={() => setAll(true)}>
          Show {told.length - shown.length} earlier
        </button>
      )}
    </section>
  );
});

function PassRow({ pass }: { readonly pass: Pass }) {
  const { startedAt, wokenBy, calls, log } = pass;
  return (
    <li>
      <div className="ax-head">
        <h3>{pass.function}</h3>
        <span className="ax-small">
          woken by {wokenBy} at <time>{clockTime(startedAt)}</time>
        </span>
        <span className={`ax-word ax-${outcomeTone(pass)} ax-push`}>{outcomeWords(pass)}</span>
      </div>
      {calls.length > 0 && (
        <ul className="ax-calls" aria-label="Calls">
          {calls.map((call) => (
            <li key={call.what} className={call.failed === 0 ? "ax-call" : "ax-call ax-bad"}>
              {callWords(call)}
            </li>
          ))}
        </ul>
      )}
      {log.length > 0 && <LogLines log={log} />}
    </li>
  );
}

function LogLines({ log }: Pick<Pass, "log">) {
  return (
    <ul className="ax-log" aria-label="Log">
      {logLines(log).map(({ level, message, grant, times }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a log only grows
        <li key={index} className={`ax-log-line ax-log-${level}`}>
          {level !== "info" && <strong>{level}: </strong>}
          {message}
          {grant !== undefined && <span className="ax-id"> {grant}</span>}
          {times > 1 && <span className="ax-id"> ×{times}</span>}
        </li>
      ))}
    </ul>
  );
}
