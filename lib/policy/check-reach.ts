// Checks that what access.yml names in AWS is in an account that the broker can reach.

import { accountOf } from "../grant/target-spec.ts";
import type { Path } from "./problem.ts";
import { entriesOf, type Found, isUnsound, problem, type SoundFile } from "./sound-file.ts";

/** An account must be the broker's own or named in `accounts`. */
export function checkReach(file: SoundFile, account: string, path: Path): Found[] {
  const unknown = isUnsound(file, "accounts") || isUnsound(file, "people");
  if (unknown || ownAccounts(file).has(account) || Object.hasOwn(file.accounts ?? {}, account)) {
    return [];
  }
  return [
    problem(
      path,
      `account ${account} is neither the broker's own nor one of \`accounts\``,
      `Write under \`accounts\`: "${account}": { role: "arn:aws:iam::${account}:role/…" }`,
    ),
  ];
}

/** The broker's own account: written down, or where the people are. More than one: it cannot be told. */
export function ownAccounts(file: SoundFile): ReadonlySet<string> {
  if (file.account !== undefined) return new Set([file.account]);
  const accounts = entriesOf(file.people).flatMap(([, { iamUser }]) =>
    iamUser === undefined ? [] : [accountOf(iamUser)],
  );
  return new Set(accounts.filter((account) => !Object.hasOwn(file.accounts ?? {}, account)));
}
