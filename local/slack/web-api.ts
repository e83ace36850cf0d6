// Slack's Web API and its response_urls over HTTP on this machine, as @slack/web-api and Bolt call them.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Sender, senderIn } from "../lambda/sender.ts";
import { createListeners } from "../listeners.ts";
import { inSlacksWords } from "./block-kit.ts";
import { createFaults, type Fault, type Faults } from "./faults.ts";
import { createRateLimits } from "./rate-limits.ts";
import { answerThroughHook } from "./response-url.ts";
import { API_METHODS, type Arguments } from "./web-api-methods.ts";
import type { Workspace } from "./workspace.ts";
import { SlackRefusal } from "./workspace-core.ts";

/** What a token may do where nothing is said and the app was installed without a manifest. */
export const SCOPES = ["commands", "chat:write", "users:read", "im:write", "usergroups:read"];

const BODY_BYTES_MAX = 1_000_000;
const CALLS_REMEMBERED = 1_000;

/** A call, as it was answered. */
export interface ApiCall {
  readonly method: string;
  readonly args: Arguments;
  /** By the workspace's clock, epoch milliseconds. */
  readonly at: number;
  /** Slack's error code, `ratelimited` for a 429, `http_503` and the like; undefined where Slack did it. */
  readonly error?: string;
  /** The run of a function that made it. */
  readonly from?: Sender;
}

export interface SlackWebApi {
  /** For `SLACK_API_URL`: ends in `/api/`. */
  readonly apiUrl: string;
  /** What response_urls begin with. */
  readonly hooksUrl: string;
  readonly faults: Faults;
  /** The last thousand calls, oldest first. */
  readonly calls: readonly ApiCall[];
  /** Tells of every call from now on, once it is answered; gives what ends that. */
  onCall(listener: (call: ApiCall) => void): () => void;
  close(): Promise<void>;
}

interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Serves a workspace on 127.0.0.1.
 *
 * @param options.port 0 for any that is free; rejects with EADDRINUSE where it is taken
 * @param options.scopes what the bot token may do; by default what the app was installed with
 * @param options.rateLimits whether Slack's rates are enforced
 */
export async function startWebApi(options: {
  readonly workspace: Workspace;
  readonly port?: number;
  readonly scopes?: readonly string[];
  readonly rateLimits?: boolean;
}): Promise<SlackWebApi> {
  const { workspace, port = 0, rateLimits = false } = options;
  const faults = createFaults(workspace.now);
  const calls: ApiCall[] = [];
  const listeners = createListeners<ApiCall>();
  const api: Api = {
    workspace,
    scopes: () => options.scopes ?? workspace.app.installation?.scopes ?? SCOPES,
    tooMany: rateLimits ? createRateLimits(workspace.now) : () => undefined,
    remember(seen) {
      const call = { ...seen, at: workspace.now() };
      calls.push(call);
      if (calls.length > CALLS_REMEMBERED) calls.shift();
      listeners.tell(call);
    },
  };

  const server = createServer((request, response) => {
    respond(heardFrom(api, request), faults, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${taken}/api/`,
    hooksUrl: `http://127.0.0.1:${taken}/hooks/`,
    faults,
    calls,
    onCall: listeners.listen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Api {
  readonly workspace: Workspace;
  readonly scopes: () => readonly string[];
  readonly tooMany: (method: string, channel: string | undefined) => number | undefined;
  readonly remember: (call: Omit<ApiCall, "at">) => void;
}

/** The API to one request, whose sender is remembered with what it calls. */
function heardFrom(api: Api, { headers }: IncomingMessage): Api {
  const from = senderIn(headers);
  return from === undefined ? api : { ...api, remember: (call) => api.remember({ ...call, from }) };
}

async function respond(
  api: Api,
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? "/", "http://slack").pathname;
  const [, area, name = ""] = path.split("/");
  if (request.method !== "POST" || (area !== "api" && area !== "hooks")) {
    send(response, { status: 404, body: { ok: false, error: "not_found" } });
    return;
  }
  const body = await bodyOf(request);
  const method = area === "api" ? name : "response_url";
  const fault = faults.take(method);
  const refusal = refusalBy(fault);
  if (refusal !== undefined) {
    api.remember({ method, args: shown(argumentsIn(request, body)), error: refusal.error });
    send(response, refusal.answer);
    return;
  }
  const wait = async () => {
    if (fault?.kind === "slow") await sleep(fault.delayMs, undefined, { ref: false });
  };
  const isLate = fault?.kind === "slow" && fault.takesEffect === "late";
  if (isLate) await wait();
  const answer =
    area === "api" ? answerCall(api, name, request, body) : answerHook(api, name, body);
  if (fault?.kind === "answer-lost") {
    response.destroy();
    return;
  }
  if (!isLate) await wait();
  send(response, answer);
}

/** What Slack answers instead of doing anything, and what it is called among the calls. */
function refusalBy(
  fault: Fault | undefined,
): { readonly error: string; readonly answer: HttpAnswer } | undefined {
  switch (fault?.kind) {
    case "error":
      return { error: fault.code, answer: { status: 200, body: { ok: false, error: fault.code } } };
    case "http": {
      const answer = { status: fault.status, body: "upstream connect error" };
      return { error: `http_${fault.status}`, answer };
    }
    case "rate-limited":
      return { error: RATE_LIMITED, answer: rateLimited(fault.retryAfterS) };
    default:
      return undefined;
  }
}

const RATE_LIMITED = "ratelimited";

function rateLimited(retryAfterS: number): HttpAnswer {
  return {
    status: 429,
    headers: { "retry-after": String(retryAfterS) },
    body: { ok: false, error: RATE_LIMITED },
  };
}

function answerCall(api: Api, method: string, request: IncomingMessage, body: string): HttpAnswer {
  const args = argumentsIn(request, body);
  const retryAfterS = api.tooMany(method, args && String(args["channel"]));
  if (retryAfterS !== undefined) {
    api.remember({ method, args: shown(args), error: RATE_LIMITED });
    return rateLimited(retryAfterS);
  }
  const answer = refusalsAsAnswers(() => {
    if (args === undefined) throw new SlackRefusal("invalid_form_data");
    return callMethod(api, method, request, args);
  });
  const error = answer["ok"] === true ? undefined : String(answer["error"]);
  api.remember({ method, args: shown(args), ...(error !== undefined && { error }) });
  return { status: 200, body: answer, headers: { "x-oauth-scopes": api.scopes().join(",") } };
}

/** NB. A token is kept nowhere. */
function shown(args: Arguments | undefined): Arguments {
  const { token: _token, ...rest } = args ?? {};
  return rest;
}

type JsonObject = Readonly<Record<string, unknown>>;

function callMethod(
  { workspace, scopes }: Api,
  name: string,
  request: IncomingMessage,
  args: Arguments,
): JsonObject {
  const method = Object.hasOwn(API_METHODS, name) ? API_METHODS[name] : undefined;
  if (method === undefined) throw new SlackRefusal("unknown_method");
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? args["token"];
  if (token === undefined) throw new SlackRefusal("not_authed");
  if (token !== workspace.state.botToken) throw new SlackRefusal("invalid_auth");

  const needed = typeof method.scope === "function" ? method.scope(args) : method.scope;
  if (needed !== undefined && !scopes().includes(needed)) {
    const provided = scopes().join(",");
    return { ok: false, error: "missing_scope", needed, provided };
  }
  return { ok: true, ...method.call(workspace, args) };
}

/** NB. A response_url is its own credential: whoever has it may answer, without a token. */
function answerHook({ workspace, remember }: Api, id: string, body: string): HttpAnswer {
  let args: unknown;
  try {
    args = JSON.parse(body);
  } catch {
    return { status: 400, body: { ok: false, error: "invalid_payload" } };
  }
  const answer = refusalsAsAnswers(() => {
    answerThroughHook(workspace, id, args);
    return { ok: true };
  });
  const error = answer["ok"] === true ? undefined : String(answer["error"]);
  remember({
    method: "response_url",
    args: args as Arguments,
    ...(error !== undefined && { error }),
  });
  if (error === undefined) return { status: 200, body: "ok" };
  return { status: error.endsWith("_url") ? 404 : 400, body: answer };
}

/** A refusal as Slack writes it: the code, and each problem with its JSON pointer. */
function refusalsAsAnswers(call: () => JsonObject): JsonObject {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    if (error.problems.length === 0) return { ok: false, error: error.code };
    const messages = error.problems.map(inSlacksWords);
    return { ok: false, error: error.code, response_metadata: { messages } };
  }
}

/** The arguments of a form or of a JSON body; undefined where it is neither. */
function argumentsIn(request: IncomingMessage, body: string): Arguments | undefined {
  if (!request.headers["content-type"]?.startsWith("application/json")) {
    return Object.fromEntries(new URLSearchParams(body));
  }
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null ? (parsed as Arguments) : undefined;
  } catch {
    return undefined;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_BYTES_MAX) throw new Error("too large a request");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, { status, body, headers = {} }: HttpAnswer): void {
  const isText = typeof body === "string";
  response.writeHead(status, {
    "content-type": isText ? "text/plain" : "application/json; charset=utf-8",
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}
