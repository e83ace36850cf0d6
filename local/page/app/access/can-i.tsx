// What the cluster answers to `kubectl auth can-i`: the same questions always, and answers that flip.

import { memo } from "react";
import type { AccessPart } from "../../protocol.ts";
import { Flip } from "./flip.tsx";
import type { NameOf } from "./names.ts";
import { questionGroups, shortQuestion, toneOfAnswer } from "./question-groups.ts";

export const CanI = memo(function CanI(props: {
  readonly access: Pick<AccessPart, "questions" | "mayAssume">;
  readonly nameOf: NameOf;
}) {
  return (
    <section className="ax-section" aria-labelledby="ax-can-i">
      <h2 id="ax-can-i">
        <code>kubectl auth can-i</code>
      </h2>
      <table className="ax-questions">
        <thead className="sr-only">
          <tr>
            <th scope="col">Question</th>
            <th scope="col">Answer</th>
          </tr>
        </thead>
        {questionGroups(props.access, props.nameOf).map(({ key, title, questions }) => (
          <tbody key={key}>
            <tr>
              <th colSpan={2} scope="rowgroup">
                {title}
              </th>
            </tr>
            {questions.map(({ command, answer }) => (
              <tr key={command}>
                <td>
                  <code title={command}>{shortQuestion(command)}</code>
                </td>
                <td>
                  <Flip word={answer} tone={toneOfAnswer(answer)} />
                </td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
      <p className="ax-small">
        No session: the role cannot be assumed. Unknown: the cluster does not know them.
        Unreachable: the cluster did not answer.
      </p>
    </section>
  );
});
