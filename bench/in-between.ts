// A proxy on loopback before an emulated service: holds calls up, and remembers when each came and was answered.

import { once } from "node:events";
import { Agent, createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A call that has come in. Times are of `performance.now()`. */
export interface PassingCall {
  /** What it calls: `PutItem`, `views.open`, `response_url`. */
  readonly name: string;
  readonly cameAt: number;
  /** Undefined while it is held or under way. */
  readonly answeredAt?: number;
  /** The caller has hung up before there was an answer. */
  readonly isGivenUp?: boolean;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface InBetween {
  readonly url: string;
  /** Since `forget`, oldest first. */
  readonly calls: readonly PassingCall[];
  /** From now on each call waits for what `wait` answers with before it goes on; undefined: for nothing. */
  holdUp(wait: (name: string) => Promise<unknown> | undefined): void;
  forget(): void;
  close(): Promise<void>;
}

/** What the service answered. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
}

/** Does what is to be done around a call: it passes the call on by `send`, and answers with the answer. */
export type Around = (
  call: { readonly name: string; readonly body: Buffer },
  send: () => Promise<Answered>,
) => Promise<Answered>;

/** Stands before the service at `upstream`, a URL without a path. */
export async function startInBetween(
  upstream: string,
  around: Around = (_call, send) => send(),
): Promise<InBetween> {
  const agent = new Agent({ keepAlive: true });
  let calls: PassingCall[] = [];
  let wait: (name: string) => Promise<unknown> | undefined = () => undefined;

  const server = createServer(async (incoming, response) => {
    const call: Mutable<PassingCall> = { name: nameOf(incoming), cameAt: performance.now() };
    calls.push(call);
    response.on("close", () => {
      if (call.answeredAt === undefined) call.isGivenUp = true;
    });
    try {
      const body = await bytesOf(incoming);
      await wait(call.name);
      const { status, headers, bytes } = await around({ name: call.name, body }, () =>
        pass(upstream, agent, incoming, body),
      );
      call.answeredAt = performance.now();
      response.writeHead(status, headers).end(bytes);
    } catch {
      response.destroy();
    }
  });
  // Idle connections stay open: a worker that slept must not find its connection closed.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls;
    },
    holdUp(next) {
      wait = next;
    },
    forget() {
      calls = [];
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

/**
 * The longest row of calls each of which came only after the one before it was answered: no more than so
 * many have waited for one another.
 */
export function longestRow(calls: readonly PassingCall[]): number {
  const ends = calls.flatMap(({ cameAt, answeredAt }) =>
    answeredAt === undefined ? [] : [{ cameAt, answeredAt }],
  );
  let row = 0;
  let freeAt = Number.NEGATIVE_INFINITY;
  // Whoever is answered first leaves most room for others.
  for (const { cameAt, answeredAt } of ends.toSorted((a, b) => a.answeredAt - b.answeredAt)) {
    if (cameAt < freeAt) continue;
    row += 1;
    freeAt = answeredAt;
  }
  return row;
}

/** Whether a call of Slack's changes something there, an answer to a click included. */
export function isSlackWrite(name: string): boolean {
  return /^(chat|views)\.|^conversations\.open$|^response_url$/.test(name);
}

function nameOf({ headers, url = "/" }: IncomingMessage): string {
  const target = headers["x-amz-target"];
  if (typeof target === "string") return target.split(".")[1] ?? target;
  const [, area, name = ""] = url.split("/");
  return area === "hooks" ? "response_url" : name;
}

/** Sends a request on as it came. */
async function pass(
  upstream: string,
  agent: Agent,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<Answered> {
  const { method, headers, url = "/" } = incoming;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest(new URL(url, upstream), { method, headers, agent })
      .on("response", resolve)
      .on("error", reject)
      .end(body);
  });
  const { statusCode: status = 502, headers: answered } = answer;
  return { status, headers: answered, bytes: await bytesOf(answer) };
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
