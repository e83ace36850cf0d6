// Who may assume the role, and who is in the groups that are lent: as IAM says this moment.

import type { AccessPart, LentGroup, RoleDecision } from "../../protocol.ts";
import { ago } from "../stage/time-words.ts";
import { Flip } from "./flip.tsx";
import { lastPart, type NameOf } from "./names.ts";

export function RightNow(props: {
  readonly access: Pick<AccessPart, "lookedAt" | "mayAssume" | "groups">;
  readonly nameOf: NameOf;
  readonly now: number;
}) {
  const { access, nameOf, now } = props;
  return (
    <section className="ax-section" aria-labelledby="ax-now">
      <div className="ax-head">
        <h2 id="ax-now">Access right now</h2>
        <span className="ax-small">looked {ago(now - access.lookedAt)}</span>
      </div>
      <p className="ax-small">Asked of IAM, STS and the cluster, not of what Latchkey believes.</p>
      {[...Map.groupBy(access.mayAssume, ({ roleArn }) => roleArn)].map(([roleArn, decisions]) => (
        <Decisions key={roleArn} roleArn={roleArn} decisions={decisions} nameOf={nameOf} />
      ))}
      <h3>Members of the IAM groups that are lent</h3>
      <ul className="ax-rows">
        {access.groups.map((group) => (
          <li key={group.name} className="ax-head">
            <code>{group.name}</code>
            <Flip
              word={membersOf(group, nameOf)}
              tone={group.members.length === 0 ? "quiet" : "good"}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Decisions(props: {
  readonly roleArn: string;
  readonly decisions: readonly RoleDecision[];
  readonly nameOf: NameOf;
}) {
  return (
    <>
      <h3>
        May assume <code>{lastPart(props.roleArn)}</code>
      </h3>
      <ul className="ax-rows">
        {props.decisions.map(({ slackUser, isAllowed, why }) => (
          <li key={slackUser} aria-live="polite" aria-atomic="true">
            <div className="ax-head">
              {props.nameOf(slackUser)}
              <Flip word={isAllowed ? "Allowed" : "Denied"} tone={isAllowed ? "good" : "bad"} />
            </div>
            <p className="ax-small ax-why">{why}</p>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Who is in it, by their names in Slack where they have one; `nobody`. */
function membersOf({ members }: LentGroup, nameOf: NameOf): string {
  if (members.length === 0) return "nobody";
  return members
    .map(({ iamUser, slackUser }) =>
      slackUser === undefined ? lastPart(iamUser) : nameOf(slackUser),
    )
    .join(", ");
}
