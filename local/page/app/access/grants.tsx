// The grants, newest first: whose, how they stand, how much time is left, and what has happened.

import { useState } from "react";
import type { Grant } from "../../../../lib/grant/grant.ts";
import { visible } from "../../../../lib/slack/text.ts";
import { timeOf } from "../stage/time-words.ts";
import { Flip } from "./flip.tsx";
import { shareLeft, standsHow, stateWord, toneOf } from "./grant-words.ts";
import { historyLines } from "./history-words.ts";
import type { NameOf } from "./names.ts";

/** So many are shown at first. */
const FIRST = 8;

interface Shown {
  readonly nameOf: NameOf;
  readonly now: number;
}

export function Grants({ grants, ...rest }: Shown & { readonly grants: readonly Grant[] }) {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? grants : grants.slice(0, FIRST);
  return (
    <section className="ax-section" aria-labelledby="ax-grants">
      <h2 id="ax-grants">Grants</h2>
      {grants.length === 0 && <p className="ax-small">Nobody has asked for anything yet.</p>}
      <ul className="ax-list">
        {shown.map((grant) => (
          <GrantRow key={grant.id} grant={grant} {...rest} />
        ))}
      </ul>
      {grants.length > shown.length && (
        <button type="button" className="st-button" onClick={() => setAll(true)}>
          Show {grants.length - shown.length} older
        </button>
      )}
    </section>
  );
}

function GrantRow({ grant, nameOf, now }: Shown & { readonly grant: Grant }) {
  const left = shareLeft(grant, now);
  return (
    <li>
      <div className="ax-head">
        <h3>{grant.entitlement.title}</h3>
        <Flip word={stateWord(grant)} tone={toneOf(grant)} />
      </div>
      <p className="ax-stands">
        {nameOf(grant.requester)} · {standsHow(grant, now, nameOf)}
      </p>
      <div className="ax-bar" aria-hidden="true">
        {left !== undefined && <div style={{ width: `${left * 100}%` }} />}
      </div>
      <details>
        <summary>
          {grant.id} · {grant.history.length === 1 ? "1 step" : `${grant.history.length} steps`}
        </summary>
        <History grant={grant} nameOf={nameOf} now={now} />
      </details>
    </li>
  );
}

function History({ grant, nameOf, now }: Shown & { readonly grant: Grant }) {
  const { ticket, reason } = grant;
  return (
    <>
      {ticket !== undefined && <p className="ax-small">Ticket: {visible(ticket)}</p>}
      {reason !== undefined && <p className="ax-small">Reason: {visible(reason)}</p>}
      <ol className="ax-history">
        {historyLines(grant, nameOf).map(({ at, words }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a history only grows
          <li key={index} className="ax-step">
            <time dateTime={new Date(at).toISOString()}>{timeOf(at, now)}</time>
            <span>{words}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
