// The AWS clients of who looks from outside, with the caller's credentials, and in other accounts by their roles.

import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EKSClient } from "@aws-sdk/client-eks";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { assumeRole } from "../../lib/compose/assume-role.ts";
import { bounded } from "../../lib/compose/bounds.ts";
import type { AccountAccess } from "../../lib/grant/target-spec.ts";
import type { Credentials } from "../../lib/targets/aws-auth/token.ts";

/** Where AWS is, where it is not where the environment and the profile say. */
export interface Whereabouts {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: Credentials;
}

export interface Clients {
  readonly region: string;
  readonly cloudwatch: CloudWatchClient;
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
  /** `undefined`: the caller's own account. */
  readonly iam: (account: AccountAccess | undefined) => IAMClient;
  readonly eks: (account: AccountAccess | undefined, region: string) => EKSClient;
  /** Credentials of the caller, or of the role by which an account is reached. */
  readonly credentials: (account: AccountAccess | undefined) => () => Promise<Credentials>;
  close(): void;
}

/** Who asks: what STS says of the credentials. */
export interface Caller {
  readonly arn: string;
  readonly account: string;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  /** AWS's time when it answered (epoch ms). */
  readonly answeredAt: number;
}

const CALLS = bounded(3, 5_000);

export function openClients({ region, endpoint, credentials }: Whereabouts): Clients {
  const place = { ...CALLS, region, ...(endpoint && { endpoint }) };
  const own = { ...place, ...(credentials && { credentials }) };
  const sts = new STSClient(own);
  const opened: { destroy(): void }[] = [sts];
  const open = <Client extends { destroy(): void }>(client: Client): Client => {
    opened.push(client);
    return client;
  };
  const inAccount = (account: AccountAccess | undefined) =>
    account === undefined
      ? own
      : { ...place, credentials: () => assumeRole(sts, account, "latchkey-doctor") };
  const iam = kept((account) => open(new IAMClient(inAccount(account))));
  const eks = kept((account, region) => open(new EKSClient({ ...inAccount(account), region })));
  return {
    region,
    cloudwatch: open(new CloudWatchClient(own)),
    dynamodb: open(new DynamoDBClient(own)),
    lambda: open(new LambdaClient(own)),
    ssm: open(new SSMClient(own)),
    sts,
    iam: (account) => iam(account, region),
    eks,
    credentials: (account) => () => iam(account, region).config.credentials(),
    close() {
      for (const client of opened) client.destroy();
    },
  };
}

/** Makes a client once per account and region. */
function kept<Client>(
  make: (account: AccountAccess | undefined, region: string) => Client,
): (account: AccountAccess | undefined, region: string) => Client {
  const made = new Map<string, Client>();
  return (account, region) => {
    const key = JSON.stringify([account, region]);
    const client = made.get(key) ?? make(account, region);
    made.set(key, client);
    return client;
  };
}

/** Who the credentials are, and what time it is at AWS. @throws Error that is all message, also where there are none. */
export async function whoCalls({ sts }: Pick<Clients, "sts">): Promise<Caller> {
  let answeredAt = Number.NaN;
  const command = new GetCallerIdentityCommand({});
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers = {} } = (result.response ?? {}) as { headers?: Record<string, string> };
      answeredAt = Date.parse(headers["date"] ?? "");
      return result;
    },
    { step: "deserialize", priority: "low" },
  );
  const { Arn = "", Account = "" } = await sts.send(command).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    const wayOut = "Choose credentials (AWS_PROFILE, aws sso login) and try them:";
    throw new Error(`${why}. ${wayOut} aws sts get-caller-identity`, { cause });
  });
  return { arn: Arn, account: Account, partition: Arn.split(":")[1] ?? "aws", answeredAt };
}
