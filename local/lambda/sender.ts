// Which run of a function sent a request: a header that the container adds to everything its functions send.

import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";

/** One run of one function, as the sender of requests. */
export interface Sender {
  /** As Lambda calls the function. */
  readonly functionName: string;
  /** Lambda's request id. */
  readonly requestId: string;
}

const HEADER = "x-local-sender";

/**
 * From now on every HTTP request of this thread says whose it is, whichever client makes it: Node's own
 * (`http.client.request.created`) or undici's (`undici:request:create`). Signatures leave the header out.
 */
export function signRequests(current: () => Sender | undefined): void {
  const value = () => {
    const sender = current();
    return sender && `${sender.functionName}/${sender.requestId}`;
  };
  subscribe("http.client.request.created", (message) => {
    const { request } = message as { readonly request: ClientRequest };
    const sender = value();
    if (sender !== undefined && !request.headersSent) request.setHeader(HEADER, sender);
  });
  subscribe("undici:request:create", (message) => {
    const { request } = message as { readonly request: UndiciRequest };
    const sender = value();
    if (sender !== undefined) request.addHeader(HEADER, sender);
  });
}

interface UndiciRequest {
  addHeader(name: string, value: string): unknown;
}

/** Who sent a request, by its headers; undefined for whoever is no function of the stack. */
export function senderIn(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Sender | undefined {
  const value = headers[HEADER];
  if (typeof value !== "string") return undefined;
  const [functionName = "", requestId = ""] = value.split("/");
  return { functionName, requestId };
}
