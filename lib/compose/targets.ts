// The targets with their AWS clients, in the broker's own account and, by an assumed role, in others.

import { EKSClient } from "@aws-sdk/client-eks";
import { IAMClient } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import type { Ports } from "../broker/ports.ts";
import type { AccountAccess } from "../grant/target-spec.ts";
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

/** All kinds of targets. */
export function composeTargets({ clock, metrics }: Pick<Ports, "clock" | "metrics">): Targets {
  return {
    "iam-group": createIamGroupTarget({ client: iamClients(), clock }),
    "aws-auth": createAwsAuthTarget({
      clusters: composeClusters(clock),
      clock,
      onConflict: () => metrics.note("conflicts", 1),
    }),
  };
}

/** The same places for who only reads: nothing that writes access is part of it. */
export function composeInventories({ clock }: Pick<Ports, "clock">): Inventories {
  return {
    "iam-group": createIamGroupInventory({ client: iamClients() }),
    "aws-auth": createAwsAuthInventory({ clusters: composeClusters(clock) }),
  };
}

function composeClusters(clock: Ports["clock"]): Clusters {
  const eksClient = perAccount(
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
export function iamClients(): (account: AccountAccess | undefined) => IAMClient {
  const client = perAccount((credentials) => new IAMClient({ ...CALLS, ...credentials }));
  return (account) => client(account, undefined);
}

type Credentials = Pick<ConstructorParameters<typeof IAMClient>[0] & object, "credentials">;

/** Makes a client once per account and region. */
function perAccount<Client>(
  make: (credentials: Credentials, region: { region?: string }) => Client,
): (account: AccountAccess | undefined, region: string | undefined) => Client {
  const made = new Map<string, Client>();
  return (account, region) => {
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
