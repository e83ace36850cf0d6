// Invokes the other functions. A module of its own: what it uses of the SDK is loaded at the first kick.

import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { bounded } from "./bounds.ts";

/** Hands a function something to do, and does not wait until it is done. @throws the SDK's error. */
export type Invoke = (functionName: string, event: object) => Promise<void>;

export function createInvoke(): Invoke {
  const client = new LambdaClient(bounded(2, 1_500));
  return async (FunctionName, event) => {
    const Payload = JSON.stringify(event);
    await client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));
  };
}
