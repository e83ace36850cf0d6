// Who an IAM user is: the unique id behind its name.

import { GetUserCommand, type IAMClient } from "@aws-sdk/client-iam";
import { type IamUserArn, iamUserName } from "../grant/ids.ts";
import type { AccountAccess } from "../grant/target-spec.ts";
import { isNamed } from "./aws-fault.ts";

const CALL_TIMEOUT_MS = 5_000;

/**
 * The broker's `Principals`, by `iam:GetUser`. `client` gives the client of the broker's own account
 * for `undefined`.
 */
export function createPrincipals({
  client,
}: {
  readonly client: (account: AccountAccess | undefined) => IAMClient;
}) {
  return {
    /**
     * The unique id (`AIDA…`) of the user with exactly this ARN, or undefined where there is none.
     * @throws what the client throws where IAM does not say: denied, throttled, unreachable.
     */
    async uniqueId(
      user: IamUserArn,
      account: AccountAccess | undefined,
    ): Promise<string | undefined> {
      const found = await getUser(client(account), iamUserName(user));
      // NB. IAM is asked by name alone: in the wrong account, or under another path, that is someone else.
      return found?.arn === user ? found.id : undefined;
    },
  };
}

/** The user of that name in the client's account. @throws what the client throws but "no such user". */
export async function getUser(
  iam: IAMClient,
  name: string,
): Promise<{ readonly id: string; readonly arn: string } | undefined> {
  try {
    const { User } = await iam.send(new GetUserCommand({ UserName: name }), {
      abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    if (User?.UserId === undefined || User.Arn === undefined) {
      throw new TypeError(`iam:GetUser answered without the user's id`);
    }
    return { id: User.UserId, arn: User.Arn };
  } catch (error) {
    if (isNamed(error, "NoSuchEntity")) return undefined;
    throw error;
  }
}
