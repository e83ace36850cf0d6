// The instructions of an entitlement, filled in with what is known once the access is there.

import type { GrantFacts, Window } from "../../grant/grant.ts";
import { iamUserName } from "../../grant/ids.ts";
import { accountOf } from "../../grant/target-spec.ts";

/**
 * Fills in `{{user}}` (the IAM user's name), `{{account}}` (its account), `{{grant}}`, `{{until}}` (ISO 8601,
 * UTC), `{{cluster}}` and `{{region}}` (of the first cluster). Anything else in braces stays as it is, as does
 * what the grant does not have.
 */
export function fillIn(
  instructions: string,
  grant: Pick<GrantFacts, "id" | "principal" | "targets"> & { readonly window: Window },
): string {
  const cluster = grant.targets.find((spec) => spec.kind === "aws-auth")?.cluster;
  const values: Readonly<Record<string, string | undefined>> = {
    user: iamUserName(grant.principal),
    account: accountOf(grant.principal),
    grant: grant.id,
    until: `${new Date(grant.window.expiresAt).toISOString().slice(0, 19)}Z`,
    cluster: cluster?.name,
    region: cluster?.region,
  } satisfies Record<Placeholder, string | undefined>;
  return instructions.replace(PLACEHOLDER, (whole, name: string) => values[name] ?? whole);
}

type Placeholder = "user" | "account" | "grant" | "until" | "cluster" | "region";

const PLACEHOLDER = /\{\{\s*(user|account|grant|until|cluster|region)\s*\}\}/g;
