// Reads an SSM parameter. A module of its own: what it uses of the SDK is loaded only where one is configured.

import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { bounded } from "./bounds.ts";

/** What the parameter holds, decrypted; "" where it holds nothing. @throws the SDK's error. */
export async function readParameter(name: string): Promise<string> {
  const client = new SSMClient(bounded(2, 1_500));
  const answer = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
  return answer.Parameter?.Value ?? "";
}
