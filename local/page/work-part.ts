// What each function did, pass by pass: why it was woken, what it asked of the world, what it logged, how it ended.

import type { Call } from "../aws/front-door.ts";
import type { LocalAws } from "../aws/server.ts";
import type { FunctionNews } from "../deployment.ts";
import type { RunningKubernetes, ServedRequest } from "../kubernetes/server.ts";
import type { Sender } from "../lambda/sender.ts";
import type { ApiCall, SlackWebApi } from "../slack/web-api.ts";
import type { Stack } from "../stack.ts";
import type { Pass, WorkPart } from "./protocol.ts";
import { foundNothing } from "./quiet.ts";

export interface Work {
  part(): WorkPart;
  /** From now on nothing is written down any more. */
  stop(): void;
}

/** A stack, as far as it tells what happens in it. */
export interface WatchedStack extends Pick<Stack, "now" | "onRun"> {
  readonly aws: { readonly calls: Pick<LocalAws["calls"], "onCall"> };
  readonly cluster: Pick<RunningKubernetes, "onRequest">;
  readonly slackApi: Pick<SlackWebApi, "onCall">;
}

/** How many passes are kept. */
const KEPT = 100;
/** Of a function's passes that found nothing to do: more of them would push all else out. */
const IDLE_KEPT = 3;

/** Writes down what the functions of a stack do from now on; `onChange` is called for every bit of it. */
export function watchWork(stack: WatchedStack, onChange: () => void): Work {
  let passes: readonly PassSoFar[] = [];
  let count = 0;

  const change = (requestId: string, edit: (pass: PassSoFar) => Partial<PassSoFar>) => {
    if (!passes.some((pass) => pass.requestId === requestId)) return;
    passes = passes.map((pass) =>
      pass.requestId === requestId ? { ...pass, ...edit(pass) } : pass,
    );
    onChange();
  };
  const onCall = (from: Sender | undefined, what: string, failed: boolean) => {
    if (from === undefined) return;
    change(from.requestId, ({ calls }) => ({ calls: counted(calls, what, failed) }));
  };
  const onRun = (news: FunctionNews) => {
    switch (news.kind) {
      case "begun":
        count += 1;
        passes = kept([begun(news, count, stack.now()), ...passes]);
        return onChange();
      case "line":
        return change(news.requestId, ({ log }) => ({ log: [...log, ...entriesIn(news.line)] }));
      case "over": {
        const { outcome } = news;
        change(news.requestId, () => ({ endedAt: stack.now(), outcome }));
        passes = kept(passes);
        return;
      }
      default:
        throw new TypeError(`unknown news ${JSON.stringify(news satisfies never)}`);
    }
  };

  const ends = [
    stack.onRun(onRun),
    stack.aws.calls.onCall((call) => onCall(call.from, inAws(call), isRefused(call))),
    stack.cluster.onRequest((request) =>
      onCall(request.from, inKubernetes(request), isRefused(request)),
    ),
    stack.slackApi.onCall((call) => onCall(call.from, inSlack(call), call.error !== undefined)),
  ];
  return {
    part: () => ({ passes: passes.map(({ requestId: _, ...pass }) => pass) }),
    stop() {
      for (const end of ends) end();
    },
  };
}

/** A pass with the name that Lambda knows it by. */
type PassSoFar = Pass & { readonly requestId: string };

function begun(
  news: FunctionNews & { readonly kind: "begun" },
  id: number,
  startedAt: number,
): PassSoFar {
  const { requestId, event } = news;
  const wokenBy = wokenWith(event);
  return { id, requestId, function: news.function, wokenBy, startedAt, calls: [], log: [] };
}

/** By what AWS puts into the events of each: a function URL, EventBridge; all else is ours. */
function wokenWith(event: unknown): Pass["wokenBy"] {
  const { requestContext, source } = (event ?? {}) as Readonly<Record<string, unknown>>;
  if (requestContext !== undefined) return "Slack";
  return source === "aws.events" ? "the schedule" : "a kick";
}

// --- What it asked of the world ---

const AWS_NAMES: Readonly<Record<string, string>> = {
  dynamodb: "DynamoDB",
  eks: "EKS",
  iam: "IAM",
  lambda: "Lambda",
  ssm: "SSM",
  sts: "STS",
};

function inAws({ service, action }: Call): string {
  return `${AWS_NAMES[service] ?? service} ${action}`.trim();
}

/** The method and the object, by the last piece of its path. */
function inKubernetes({ method, path }: ServedRequest): string {
  return `Kubernetes ${method} ${path.replace(/\?.*$/, "").split("/").at(-1)}`;
}

function inSlack({ method }: ApiCall): string {
  return `Slack ${method}`;
}

/** An error, or no answer at all (0). */
function isRefused({ status }: { readonly status: number }): boolean {
  return status === 0 || status >= 400;
}

function counted(calls: Pass["calls"], what: string, isFailed: boolean): Pass["calls"] {
  const failed = isFailed ? 1 : 0;
  if (!calls.some((call) => call.what === what)) return [...calls, { what, times: 1, failed }];
  return calls.map((call) =>
    call.what === what ? { what, times: call.times + 1, failed: call.failed + failed } : call,
  );
}

// --- What it logged ---

const LEVELS: ReadonlySet<unknown> = new Set(["info", "warn", "error"]);

/** The entry of a line of the log; none for metrics, and for what somebody else wrote. */
function entriesIn(line: string): Pass["log"] {
  const { level, message, grant } = fieldsIn(line);
  if (!LEVELS.has(level) || typeof message !== "string") return [];
  const entry = { level: level as "info" | "warn" | "error", message };
  return [typeof grant === "string" ? { ...entry, grant } : entry];
}

function fieldsIn(line: string): Readonly<Record<string, unknown>> {
  try {
    const fields: unknown = JSON.parse(line);
    return typeof fields === "object" && fields !== null ? { ...fields } : {};
  } catch {
    return {};
  }
}

// --- What is kept ---

/** Of each function's passes that found nothing to do the last few, and all others; newest first. */
function kept(passes: readonly PassSoFar[]): readonly PassSoFar[] {
  const idle = new Map<string, number>();
  return passes
    .filter((pass) => {
      if (!isIdle(pass)) return true;
      const nth = (idle.get(pass.function) ?? 0) + 1;
      idle.set(pass.function, nth);
      return nth <= IDLE_KEPT;
    })
    .slice(0, KEPT);
}

/** It found nothing to do. What somebody in Slack asked for is no such thing. */
function isIdle(pass: PassSoFar): boolean {
  return pass.wokenBy !== "Slack" && pass.outcome === "done" && foundNothing(pass);
}
