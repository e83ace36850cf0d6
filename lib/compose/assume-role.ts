// Short-lived credentials of a role in another account.

import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import type { AccountAccess } from "../grant/target-spec.ts";

/** As the SDK's clients take them; they ask again before `expiration`. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration?: Date;
}

/**
 * @param session what CloudTrail shows of who it was
 * @throws what STS throws, and where it answers with none
 */
export async function assumeRole(
  sts: STSClient,
  { role, externalId }: AccountAccess,
  session: string,
): Promise<RoleCredentials> {
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: role,
      RoleSessionName: session,
      DurationSeconds: 900,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken) {
    throw new Error(`sts:AssumeRole of ${role} answered without credentials`);
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    ...(Expiration === undefined ? {} : { expiration: Expiration }),
  };
}
