// Checks that the IAM groups that are lent are the broker's alone, or that access.yml says that they are not.

import type { Path } from "./problem.ts";
import { entriesOf, type Found, problem, type SoundFile, warning } from "./sound-file.ts";

/** An IAM group that is lent, and where access.yml says so. */
interface Lent {
  readonly arn: string;
  readonly isShared: boolean;
  /** Of `iamGroup`. */
  readonly path: Path;
}

/**
 * Whoever is in a lent group has what it gives, however they came there, and revoke's role may remove
 * everybody from the groups of its path (deploy/roles.ts). So both are to be nobody else's: a path other
 * than `/`, in which no group is shared.
 */
export function checkShared(file: SoundFile): Found[] {
  const lent = lentGroups(file);
  const shared = lent.filter(({ isShared }) => isShared);
  return [...shared.map(warnOf), ...lent.flatMap((group) => checkAlone(group, shared))];
}

function lentGroups(file: SoundFile): readonly Lent[] {
  return entriesOf(file.entitlements).flatMap(([id, { targets = [] }]) =>
    targets.flatMap((target, index) => {
      const { arn, acceptShared } = target?.iamGroup ?? {};
      const path = ["entitlements", id, "targets", index, "iamGroup"];
      return arn === undefined ? [] : [{ arn, isShared: acceptShared === true, path }];
    }),
  );
}

function warnOf({ arn, path }: Lent): Found {
  return warning(
    [...path, "acceptShared"],
    `others use the group ${nameOf(arn)} too: who they put into it has what is lent, without Latchkey`,
    "Better lend a group in a path that only Latchkey uses. Here revoke's role may remove the standing members; watch tells the admins who is in it without a grant.",
    "key",
  );
}

function checkAlone({ arn, isShared, path }: Lent, shared: readonly Lent[]): Found[] {
  if (isShared) return [];
  const at = [...path, "arn"];
  const place = pathOf(arn);
  if (place.endsWith(":group/")) {
    return [
      problem(
        at,
        "the group is in the path `/`, which is everybody's: others may have standing members in it, whom revoke's role could remove",
        `Make a group in a path that only Latchkey uses, ${place}jit/${nameOf(arn)}; or, if it must be this one, write \`acceptShared: true\` beside \`arn\`.`,
      ),
    ];
  }
  const among = shared.find((other) => other.arn.startsWith(place));
  if (among === undefined) return [];
  return [
    problem(
      at,
      `its path is not Latchkey's alone: the group ${nameOf(among.arn)} in it has \`acceptShared\``,
      "Revoke's role reaches every group of the path. Write `acceptShared: true` here too, or lend groups of two paths.",
    ),
  ];
}

/** What the ARNs of all groups in the path of one begin with. */
function pathOf(arn: string): string {
  return arn.slice(0, arn.lastIndexOf("/") + 1);
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
