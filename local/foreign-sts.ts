// A way for EKS tokens into an STS that, like moto, knows callers by their Authorization header alone.

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface PresignedSts {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Takes presigned GETs and sends them on with what they are signed with as a header. NB. Nobody
 * checks the signature on the way: for emulators only, which do not either.
 */
export async function startPresignedSts(stsUrl: string): Promise<PresignedSts> {
  const server = createServer((request, response) => {
    ask(new URL(request.url ?? "/", stsUrl), response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function ask(url: URL, response: ServerResponse): Promise<void> {
  const signed = (name: string) => url.searchParams.get(`X-Amz-${name}`) ?? "";
  const authorization =
    `${signed("Algorithm")} Credential=${signed("Credential")}, ` +
    `SignedHeaders=${signed("SignedHeaders")}, Signature=${signed("Signature")}`;
  const answer = await fetch(url, { headers: { authorization } });
  response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
  response.end(await answer.text());
}
