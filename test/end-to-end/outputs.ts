// All that the functions of a stack put out, and what may be in none of it.

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { FunctionNews } from "../../local/deployment.ts";
import { FUNCTION_NAMES, lambdaName } from "../../local/functions.ts";
import { senderIn } from "../../local/lambda/sender.ts";
import type { Stack } from "../../local/stack.ts";

/** Something that a function wrote, answered, threw, or sent. */
export interface Output {
  /** `log`, `answer`, `error`; of a request `slack`, `cluster`, or the service of AWS: `iam`, `lambda` … */
  readonly to: string;
  readonly text: string;
}

type Put = (output: Output) => void;

/**
 * Hands over what the functions put out from now on, except for the log, which a stack tells as it is started;
 * gives what ends that. The queue of failed runs gets nothing else: what a run was handed and why it failed.
 */
export function listenTo(stack: Stack, put: Put): () => void {
  const ends = [stack.onRun((news) => void endOf(news).forEach(put)), overhear(stack, put)];
  return () => {
    for (const end of ends) end();
  };
}

/** What a run comes to. */
function endOf(news: FunctionNews): readonly Output[] {
  if (news.kind !== "over") return [];
  const { error, result } = news;
  if (error === undefined) return [{ to: "answer", text: JSON.stringify(result) ?? "" }];
  const { errorType, message, trace, written } = error;
  return [{ to: "error", text: [errorType, message, ...trace, written].join("\n") }];
}

/** Every request of a function, as it arrives at the stack's servers, which are all in this process. */
function overhear({ aws, cluster, slackApi }: Stack, put: Put): () => void {
  const portOf = (url: string) => Number(new URL(url).port);
  const servers = new Map([
    [portOf(aws.url), serviceOf],
    [portOf(cluster.server), () => "cluster"],
    [portOf(slackApi.apiUrl), () => "slack"],
  ]);
  const onRequest = (message: unknown) => {
    const { request } = message as { readonly request: IncomingMessage };
    const nameOf = servers.get(request.socket.localPort ?? 0);
    if (nameOf === undefined || senderIn(request.headers) === undefined) return;
    const chunks: Buffer[] = [];
    // The server reads it all the same: these are told in passing.
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () =>
      put({ to: nameOf(request.headers), text: textOf(request, Buffer.concat(chunks)) }),
    );
  };
  const channel = "http.server.request.start";
  subscribe(channel, onRequest);
  return () => unsubscribe(channel, onRequest);
}

function serviceOf({ authorization = "" }: IncomingHttpHeaders): string {
  return /\/([a-z]+)\/aws4_request/.exec(authorization)?.[1] ?? "aws";
}

/** A request as somebody reads it, without the two headers in which credentials belong. */
function textOf({ url = "", headers }: IncomingMessage, body: Buffer): string {
  const { authorization: _, "x-amz-security-token": __, ...others } = headers;
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
  const content = body.toString("utf8");
  return [
    decodeURIComponent(url),
    JSON.stringify(others),
    isForm ? [...new URLSearchParams(content)].join("\n") : content,
  ].join("\n");
}

/** What may be in no output whatsoever. */
export function secretsOf({ aws, workspace }: Stack): readonly string[] {
  const keys = FUNCTION_NAMES.flatMap((name) => {
    const { secretAccessKey, sessionToken } = aws.credentials(lambdaName(name));
    return [secretAccessKey, sessionToken ?? []].flat();
  });
  return [
    ...keys,
    // How every secret of our own servers begins: keys of before a deployment, Slack's signing secret.
    "local-only-",
    workspace.state.botToken,
    // What follows speaks for a function for a while, in AWS, in a cluster and in Slack; and for Slack.
    ...["AWS4-HMAC-SHA256", "X-Amz-Signature", "k8s-aws-v1.", "Bearer ", "v0="],
  ];
}

/** Each secret of the stack that is in one of the outputs, with what stands around it. */
export function leaksOf(stack: Stack, outputs: readonly Output[]): readonly string[] {
  // A response_url is its own credential: the announcer alone is handed it, who answers there.
  const unasked = outputs.filter(({ to }) => to !== "lambda");
  return [...found(secretsOf(stack), outputs), ...found([stack.slackApi.hooksUrl], unasked)];
}

/** Where what people type belongs: in the table, and before people in Slack. */
const READ_BY_PEOPLE: ReadonlySet<string> = new Set(["dynamodb", "slack", "answer"]);

/** Each of what was typed that is where nobody but people may read it. */
export function typedLeaksOf(typed: readonly string[], outputs: readonly Output[]) {
  return found(
    typed,
    outputs.filter(({ to }) => !READ_BY_PEOPLE.has(to)),
  );
}

/** What people typed, as it went into the table: reasons, tickets, why something was denied. */
export function typedIn(outputs: readonly Output[]): readonly string[] {
  const typed = new Set<string>();
  const gather = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { reason, ticket, denial, event, detail } = node as Attributes;
    const toExtend = event?.S === "extension-denied" ? detail : undefined;
    for (const value of [reason, ticket, denial, toExtend]) {
      if (value?.S !== undefined && IS_TELLING.test(value.S)) typed.add(value.S);
    }
    Object.values(node).forEach(gather);
  };
  for (const { to, text } of outputs) {
    if (to === "dynamodb") gather(JSON.parse(text.slice(text.lastIndexOf("\n") + 1)));
  }
  return [...typed];
}

/** As DynamoDB writes them. */
type Attributes = Readonly<Record<string, { readonly S?: string } | undefined>>;

/** A single ordinary word may stand anywhere. */
const IS_TELLING = /\S{4}.*[\s\d-]|[\s\d-].*\S{4}/;

/** Each of `words` that is in one of the outputs, with what stands around it. */
export function found(words: readonly string[], outputs: readonly Output[]): readonly string[] {
  return outputs.flatMap(({ to, text }) =>
    words.flatMap((word) => {
      const at = text.indexOf(word);
      return at < 0 ? [] : [`${word} in ${to}: …${text.slice(Math.max(0, at - 200), at + 200)}…`];
    }),
  );
}
