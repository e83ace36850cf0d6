// Invokes the other functions. A module of its own: what it uses of the SDK is loaded at the first kick.

import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { bounded } from "./bounds.ts";

/** Hands a function something to do, and does not wait until it is done. @throws the SDK's error. */
export type Invoke = (functionName: string, event: object) => Promise<void>;

export function createInvoke(): Invoke {
  // A kick is a hint, and somebody in Slack waits for it: one try, and not for long.
  const client = new LambdaClient(bounded(1, 1_000));
  return async (FunctionName, event) => {
    const Payload = JSON.stringify(event);
    await client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));
  };
}
