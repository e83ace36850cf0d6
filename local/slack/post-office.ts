// How requests travel from the emulated Slack to an app: signed, timed, with what they bring about noted.

import {
  bodyText,
  FORM,
  JSON_TYPE,
  type LambdaAnswer,
  type LambdaEvent,
  lambdaEvent,
  sign,
} from "./requests.ts";
import type { Workspace } from "./workspace.ts";
import type { WorkspaceEvent } from "./workspace-core.ts";
import type { SlackUser } from "./workspace-state.ts";

/** How long Slack waits for an app. */
const PATIENCE_MS = 3_000;

/** Hands a request to the app: to a Lambda function, or to whatever stands for one. */
export type Deliver = (event: LambdaEvent) => Promise<LambdaAnswer>;

/** One request to the app and what came of it. */
export interface Delivery {
  readonly event: LambdaEvent;
  readonly answer: LambdaAnswer;
  readonly elapsedMs: number;
  /** What Slack shows the person where the app did not answer as it should. */
  readonly failure?: string;
  /** What changed in the workspace between the request and the end of its answer. */
  readonly appeared: readonly WorkspaceEvent[];
}

export interface PeopleOptions {
  readonly workspace: Workspace;
  readonly deliver: Deliver;
  readonly signingSecret: string;
  /** What response_urls begin with: `SlackWebApi.hooksUrl`. */
  readonly hooksUrl: string;
  /** The path of the app's request URL. */
  readonly path?: string;
  /** A clock for how long the app takes, in milliseconds; by default the machine's. */
  readonly stopwatch?: () => number;
}

export type PostOffice = ReturnType<typeof postOffice>;

/** Sends requests as Slack does: signed, timed, with what they bring about noted. */
export function postOffice(options: PeopleOptions) {
  const { workspace, deliver, path = "/slack/events", hooksUrl } = options;
  const { stopwatch = () => performance.now() } = options;

  const signature = () => ({
    secret: options.signingSecret,
    timestamp: Math.floor(workspace.now() / 1000),
  });

  const post = async (
    body: string,
    how: {
      readonly contentType?: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** Takes the answer's effect; returns what Slack shows where there is none. */
      readonly answered?: (text: string) => string | undefined;
      /** What Slack shows where the app does not answer well. */
      readonly failureWords?: (code: string) => string;
    } = {},
  ): Promise<Delivery> => {
    const { contentType = FORM, headers = {}, answered, failureWords = (code) => code } = how;
    const event = lambdaEvent({
      path,
      headers: { "content-type": contentType, ...sign(body, signature()), ...headers },
      body,
      now: workspace.now(),
      requestId: workspace.nextId("req-"),
    });
    const appeared: WorkspaceEvent[] = [];
    const unsubscribe = workspace.subscribe((one) => appeared.push(one));
    const started = stopwatch();
    try {
      const answer = await deliver(event).catch((error: unknown) => ({
        statusCode: 502,
        body: `the function threw: ${error}`,
      }));
      const elapsedMs = stopwatch() - started;
      const failure = failureOf(answer, elapsedMs);
      const shown = failure === undefined ? answered?.(bodyText(answer)) : failureWords(failure);
      return { event, answer, elapsedMs, appeared, ...(shown !== undefined && { failure: shown }) };
    } finally {
      unsubscribe();
    }
  };

  type How = Parameters<typeof post>[1];
  return {
    /** Who acts, as they are now. @throws Error where they have been deactivated: they are signed out */
    signedIn(user: SlackUser): SlackUser {
      const current = workspace.user(user.id);
      if (current !== undefined && !current.deleted) return current;
      throw new Error(`${user.real_name} is deactivated and cannot do anything in Slack`);
    },
    workspace,
    signature,
    post,
    postForm: (form: Readonly<Record<string, string>>, how?: How) =>
      post(new URLSearchParams(form).toString(), how),
    /** @throws Error where the app takes no clicks. */
    async postPayload(payload: object, how?: How): Promise<Delivery> {
      if (workspace.app.installation?.takesClicks === false) {
        throw new Error("This app is not configured to handle interactive responses");
      }
      return post(new URLSearchParams({ payload: JSON.stringify(payload) }).toString(), how);
    },
    postJson: (json: object) => post(JSON.stringify(json), { contentType: JSON_TYPE }),
    hookUrl: (hook: Parameters<Workspace["issueHook"]>[0]) => hooksUrl + workspace.issueHook(hook),
  };
}

/** Slack takes 200 within three seconds, and nothing else. */
function failureOf(answer: LambdaAnswer, elapsedMs: number): string | undefined {
  if (elapsedMs > PATIENCE_MS) return "operation_timeout";
  return answer.statusCode === 200 ? undefined : "dispatch_failed";
}
