// Checks that the IAM groups that are lent are the broker's alone, or that access.yml says that they are not.

import { groupPathOf } from "../grant/target-spec.ts";
import { GROUP_PATH } from "./access-file.ts";
import type { Path } from "./problem.ts";
import {
  entriesOf,
  type Found,
  isUnsound,
  problem,
  type SoundFile,
  warning,
} from "./sound-file.ts";

/** An IAM group that is lent, and where access.yml says so. */
interface Lent {
  readonly arn: string;
  readonly isShared: boolean;
  /** Of `iamGroup`. */
  readonly path: Path;
}

/**
 * Whoever is in a lent group has what it gives, however they came there, and revoke's role may remove
 * everybody from the groups in `groupPath` (deploy/roles.ts). So that path is to be nobody else's, and a
 * group elsewhere is taken for one that others use, which access.yml must say.
 */
export function checkShared(file: SoundFile): Found[] {
  if (isUnsound(file, "groupPath")) return [];
  const groupPath = file.groupPath ?? GROUP_PATH;
  return lentGroups(file).flatMap((group) => {
    const isOwn = groupPathOf(group.arn).startsWith(groupPath);
    if (isOwn) return group.isShared ? [contradicts(group, groupPath)] : [];
    return [group.isShared ? isUsedByOthers(group) : mayBeUsedByOthers(group, groupPath)];
  });
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

function contradicts({ arn, path }: Lent, groupPath: string): Found {
  return problem(
    [...path, "acceptShared"],
    `the group ${nameOf(arn)} is in ${groupPath}, which is Latchkey's alone: revoke's role may remove members of every group there`,
    "Take `acceptShared` out if nobody else uses the group. Else lend one elsewhere, or name another path at the top, `groupPath: /latchkey/`.",
    "key",
  );
}

function isUsedByOthers({ arn, path }: Lent): Found {
  return warning(
    [...path, "acceptShared"],
    `others use the group ${nameOf(arn)} too: who they put into it has what is lent, without Latchkey`,
    "Better lend a group in a path that only Latchkey uses. Here revoke's role may remove the standing members; watch tells the admins who is in it without a grant.",
    "key",
  );
}

function mayBeUsedByOthers({ arn, path }: Lent, groupPath: string): Found {
  const place = groupPathOf(arn);
  const asOwn =
    place === "/"
      ? ""
      : `, or name its path, where no group is anybody else's, at the top, \`groupPath: ${place}\``;
  return problem(
    [...path, "arn"],
    `the group is not in ${groupPath}, the path that only Latchkey uses: others may have standing members in it, whom revoke's role could remove`,
    `Make a group there, ${arn.replace(/:group\/.*/, `:group${groupPath}${nameOf(arn)}`)}${asOwn}; or, if it must be this one, write \`acceptShared: true\` beside \`arn\`. (While something of this one is lent, do the latter: else revoke's role would not reach it at its end.)`,
  );
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
