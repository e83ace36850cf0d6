// What the parts of the emulated workspace share: its state, its clocks, its ids, its refusals and its events.

import type { Rejection } from "./block-kit.ts";
import type { SlackMessage, WorkspaceState } from "./workspace-state.ts";

/** Slack says no: `code` is the error code of its API. */
export class SlackRefusal extends Error {
  readonly code: string;
  readonly problems: Rejection["problems"];
  constructor(code: string, problems: Rejection["problems"] = []) {
    super([code, ...problems.map((one) => `${one.message} (${one.pointer})`)].join("; "));
    this.code = code;
    this.problems = problems;
  }
}

/** What has changed, as a page that shows the workspace needs it. */
export type WorkspaceEvent =
  | { readonly type: "message_posted" | "message_changed"; readonly message: SlackMessage }
  | { readonly type: "message_deleted"; readonly message: SlackMessage }
  | { readonly type: "modals_changed"; readonly user: string }
  | { readonly type: "home_published"; readonly user: string };

export interface WorkspaceCore {
  readonly state: WorkspaceState;
  /** The workspace's clock, epoch milliseconds: message times, signatures, edit marks. */
  readonly now: () => number;
  /** The clock that people's patience and triggers run by, where `now` is made to run faster. */
  readonly realNow: () => number;
  readonly emit: (event: WorkspaceEvent) => void;
  /** An id that was never given out before. */
  readonly nextId: (prefix: string) => string;
  /** A message's `ts`: the time, and later than every other. */
  readonly nextTs: () => string;
}

/** Puts `change(found)` in the place of the first that matches. */
export function replace<T>(all: T[], matches: (one: T) => boolean, change: (one: T) => T): void {
  const index = all.findIndex(matches);
  const found = all[index];
  if (found !== undefined) all[index] = change(found);
}
