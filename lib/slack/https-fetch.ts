// A `fetch` over node:https for Slack's clients: Node's own loads undici at its first call, some 30 ms of a cold start.

import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { FetchFunction } from "@slack/web-api";

type Init = NonNullable<Parameters<FetchFunction>[1]>;
type Answer = Awaited<ReturnType<FetchFunction>>;

/**
 * As much of the Fetch standard as @slack/web-api 8 and `whisper` use: a text out, plain headers, a
 * signal. Never follows a redirect: it is an answer like any other. Sockets are kept alive.
 * @throws the socket's error, or the signal's reason; TypeError for a body that is no text (a file).
 */
export const httpsFetch: FetchFunction = async (address, init = {}) => {
  const url = new URL(address);
  try {
    const response = await send(url, init);
    return answerOf(url, response, await bytesOf(response));
  } catch (error) {
    throw init.signal?.aborted ? init.signal.reason : error;
  }
};

function send(url: URL, { method = "GET", headers = {}, body = "", signal }: Init) {
  if (typeof body !== "string") throw new TypeError("only a text can be sent");
  const request = url.protocol === "http:" ? httpRequest : httpsRequest;
  return new Promise<IncomingMessage>((resolve, reject) => {
    const options = { method, headers, ...(signal === undefined ? {} : { signal }) };
    request(url, options).on("response", resolve).on("error", reject).end(body);
  });
}

async function bytesOf(response: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A plain object, since `Response` and `Headers` are undici's. */
function answerOf(url: URL, response: IncomingMessage, bytes: Buffer<ArrayBuffer>): Answer {
  const { statusCode: status = 0, statusMessage: statusText = "" } = response;
  const fields = Object.entries(response.headers);
  const headers = new Map(fields.map(([name, value]) => [name, String(value)]));
  const text = () => bytes.toString("utf8");
  return {
    ok: status >= 200 && status < 300,
    status,
    statusText,
    url: url.href,
    headers: {
      get: (name) => headers.get(name.toLowerCase()) ?? null,
      entries: () => headers.entries(),
    },
    text: async () => text(),
    json: async () => JSON.parse(text()),
    arrayBuffer: async () => new Uint8Array(bytes).buffer,
  };
}
