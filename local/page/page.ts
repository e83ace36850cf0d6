// The workspace page of a stack: its parts are looked at anew as things happen, and what a visitor does is carried out.

import type { Policy } from "../../lib/policy/policy.ts";
import { slackManifest } from "../../lib/slack/manifest.ts";
import type { Stack } from "../stack.ts";
import { lookAtAccess } from "./access-part.ts";
import { createActor } from "./act.ts";
import { buildPage } from "./build.ts";
import type { Act } from "./protocol.ts";
import { type RunningPage, servePage } from "./serve.ts";
import { slackPart } from "./slack-part.ts";
import { createStage } from "./stage-part.ts";
import { createParts, createRefresher, type Refresher } from "./stream.ts";
import { watchWork } from "./work-part.ts";

export interface PageOptions {
  /** The policy that the stack's functions go by. */
  readonly policy: Policy;
  /** 0: any free one. */
  readonly port: number;
  /** Told what goes wrong behind the page, which goes on. */
  readonly onError: (error: unknown) => void;
}

/** Nobody sees the command hints' address. */
const MANIFEST = slackManifest("https://latchkey.example/slack/events");

/** How long after a change a part is made anew, with all that changes meanwhile. */
const SLACK_AFTER_MS = 30;
const WORK_AFTER_MS = 100;
const ACCESS_AFTER_MS = 300;
/** The truth may change without a word: whoever writes by hand tells nobody. */
const LOOK_EVERY_MS = 3_000;

/** Opens the page on 127.0.0.1. @throws what Vite says of the page, or the error of a taken port */
export async function openPage(stack: Stack, options: PageOptions): Promise<RunningPage> {
  const { policy, port, onError } = options;
  const files = await buildPage();
  const closers: (() => unknown)[] = [];
  const refreshers: Record<"slack" | "access" | "stage" | "work", Refresher["soon"]> = {
    slack: () => {},
    access: () => {},
    stage: () => {},
    work: () => {},
  };
  const work = watchWork(stack, () => {
    refreshers.work();
    refreshers.access();
  });
  closers.push(work.stop);
  const stage = createStage({
    stack,
    grants: () => parts.current().access.grants,
    onChange: () => {
      refreshers.stage();
      refreshers.access();
    },
  });
  const slackNow = () => slackPart(stack.workspace, MANIFEST);
  const access = await lookAtAccess(stack, policy);
  const parts = createParts(
    {
      slack: slackNow(),
      access,
      stage: { now: stack.now(), speed: stack.speed(), faults: [] },
      work: work.part(),
    },
    { now: stack.now },
  );
  parts.set("stage", await stage.part());

  const refresh = <Part>(
    make: () => Part | Promise<Part>,
    put: (part: Part) => void,
    afterMs: number,
  ) => {
    const refresher = createRefresher({ make, put, afterMs, onError });
    closers.push(refresher.stop);
    return refresher.soon;
  };
  refreshers.slack = refresh(slackNow, (part) => parts.set("slack", part), SLACK_AFTER_MS);
  refreshers.work = refresh(work.part, (part) => parts.set("work", part), WORK_AFTER_MS);
  refreshers.stage = refresh(stage.part, (part) => parts.set("stage", part), SLACK_AFTER_MS);
  refreshers.access = refresh(
    () => lookAtAccess(stack, policy),
    (part) => {
      parts.set("access", part);
      // Nobody counts here, and a page stays open for long.
      stack.aws.calls.clear();
      refreshers.stage();
    },
    ACCESS_AFTER_MS,
  );
  closers.push(stack.workspace.subscribe(refreshers.slack));
  const timer = setInterval(refreshers.access, LOOK_EVERY_MS).unref();
  closers.push(() => clearInterval(timer));

  const actor = createActor({
    people: stack.people,
    workspace: stack.workspace,
    stage: stage.act,
  });
  // Not everything that happens in Slack is an event of its own: what a visitor did shows in any case.
  const act = (one: Act) => actor(one).finally(refreshers.slack);
  const page = await servePage({ port, files, parts, act, onError }).catch((error: unknown) => {
    for (const close of closers) close();
    throw error;
  });
  return {
    ...page,
    async close() {
      for (const close of closers) close();
      await page.close();
    },
  };
}
