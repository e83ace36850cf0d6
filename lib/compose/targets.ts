// The targets with their AWS clients, in the broker's own account and, by an assumed role, in others.

import { EKSClient } from "@aws-sdk/client-eks";
import { IAMClient } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import type { Ports } from "../broker/ports.ts";
import { type AccountAccess, accountOf } from "../grant/target-spec.ts";
import type { Policy } from "../policy/policy.ts";
import { type Clusters, createClusters } from "../targets/aws-auth/cluster.ts";
import { createAwsAuthInventory } from "../targets/aws-auth/inventory.ts";
import { createAwsAuthTarget } from "../targets/aws-auth/target.ts";
import { createIamGroupTarget } from "../targets/iam-group.ts";
import { createIamGroupInventory } from "../targets/iam-group-members.ts";
import type { Inventories, Targets } from "../targets/target.ts";
import { assumeRole, type RoleCredentials } from "./assume-role.ts";
import { bounded } from "./bounds.ts";

/** Bounds for every call: the sweeps try again, so no client tries for long. */
const CALLS = bounded(2, 5_000);

/** The accounts of access.yml, by their numbers, and the roles by which they are reached. */
type Accounts = Policy["accounts"];

interface Base extends Pick<Ports, "clock"> {
  readonly policy: { readonly accounts: Accounts };
}

/** All kinds of targets. */
export function composeTargets({ clock, metrics, policy }: Base & Pick<Ports, "metrics">): Targets {
  return {
    "iam-group": createIamGroupTarget({ client: iamClients(policy.accounts), clock }),
    "aws-auth": createAwsAuthTarget({
      clusters: composeClusters(clock, policy.accounts),
      clock,
      onConflict: () => metrics.note("conflicts", 1),
    }),
  };
}

/** The same places for who only reads: nothing that writes access is part of it. */
export function composeInventories({ clock, policy }: Base): Inventories {
  return {
    "iam-group": createIamGroupInventory({ client: iamClients(policy.accounts) }),
    "aws-auth": createAwsAuthInventory({ clusters: composeClusters(clock, policy.accounts) }),
  };
}

function composeClusters(clock: Ports["clock"], accounts: Accounts): Clusters {
  const eksClient = perAccount(
    accounts,
    (credentials, region) => new EKSClient({ ...CALLS, ...region, ...credentials }),
  );
  const own = new STSClient(CALLS);
  return createClusters({
    eksClient,
    credentials: (account) => () =>
      account === undefined
        ? own.config.credentials()
        : eksClient(account, undefined).config.credentials(),
    now: clock.now,
  });
}

/** IAM clients by account; IAM is one place for all regions. */
export function iamClients(accounts: Accounts): (account: AccountAccess | undefined) => IAMClient {
  const client = perAccount(accounts, (credentials) => new IAMClient({ ...CALLS, ...credentials }));
  return (account) => client(account, undefined);
}

type Credentials = Pick<ConstructorParameters<typeof IAMClient>[0] & object, "credentials">;

/**
 * Makes a client once per account and region. A grant has stored how its account was reached when it was asked for;
 * what access.yml says today counts, as roles and external ids change, and an account that has left it is the rest.
 */
function perAccount<Client>(
  accounts: Accounts,
  make: (credentials: Credentials, region: { region?: string }) => Client,
): (account: AccountAccess | undefined, region: string | undefined) => Client {
  const made = new Map<string, Client>();
  return (stored, region) => {
    const account = stored && (accounts[accountOf(stored.role)] ?? stored);
    const key = JSON.stringify([account, region]);
    const kept = made.get(key);
    if (kept !== undefined) return kept;
    const credentials = account === undefined ? {} : { credentials: () => assume(account) };
    const client = make(credentials, region === undefined ? {} : { region });
    made.set(key, client);
    return client;
  };
}

/** The client asks again before they run out. */
function assume(account: AccountAccess): Promise<RoleCredentials> {
  return assumeRole(new STSClient(CALLS), account, "latchkey");
}
