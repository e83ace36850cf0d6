// Prints an EKS token as kubectl's exec credential plugins do, for the AWS credentials in the environment.
//
//   node local/eks-token.ts <cluster> <region> [<role ARN>]
//
// `aws eks get-token` does the same where the AWS CLI is installed.

import { STSClient } from "@aws-sdk/client-sts";
import { type Credentials, createToken } from "../lib/targets/aws-auth/token.ts";
import { assumeRole } from "./developer.ts";

process.exitCode = await main(process.argv.slice(2));

async function main([cluster, region, roleArn]: readonly string[]): Promise<number> {
  if (cluster === undefined || region === undefined) {
    console.error("eks-token: say which cluster and region");
    return 2;
  }
  const credentials = await credentialsFor(roleArn);
  if ("refused" in credentials) {
    console.error(`eks-token: ${credentials.refused}: ${credentials.message}`);
    return 1;
  }
  const now = Date.now();
  const token = await createToken({ cluster, region, credentials, now });
  if ("seen" in token) {
    console.error(`eks-token: ${token.message}`);
    return 1;
  }
  console.log(
    JSON.stringify({
      apiVersion: "client.authentication.k8s.io/v1beta1",
      kind: "ExecCredential",
      // For as short as can be: kubectl asks again for every command, and sees what has changed.
      status: { token: token.text, expirationTimestamp: new Date(now + 60_000).toISOString() },
    }),
  );
  return 0;
}

/** The credentials in the environment, or those of a session of a role that they may assume. */
async function credentialsFor(roleArn: string | undefined) {
  const own: Credentials = await new STSClient().config.credentials();
  const url = process.env["AWS_ENDPOINT_URL"];
  if (roleArn === undefined || url === undefined) return own;
  const assumed = await assumeRole(url, own, roleArn);
  return "credentials" in assumed ? assumed.credentials : assumed;
}
