// What the doctor finds: of which thing, how bad it is, what is wrong, why that matters, and what mends it.

/** What is looked at, in the order in which it is told. */
export const CHECKS = [
  "clock",
  "secret",
  "slack-app",
  "channels",
  "slack-people",
  "table",
  "sweeps",
  "grants",
  "iam-groups",
  "iam-users",
  "clusters",
  "functions",
  "alarms",
] as const;

export type Check = (typeof CHECKS)[number];

/** `unknown`: it could not be looked at, which is no clean bill. */
export type Level = "ok" | "warning" | "problem" | "unknown";

export interface Finding {
  readonly check: Check;
  /** What it is about: a group's name, a cluster's, a person's id. */
  readonly subject: string;
  readonly level: Level;
  /** What was found, in one sentence. */
  readonly what: string;
  /** Names the finding for programs; absent where all is well. */
  readonly code?: string;
  /** Why it matters; absent where all is well. */
  readonly why?: string;
  /** The command that mends it, or what to do where no command does. */
  readonly mend?: string;
}

/** What is said of something that is not as it should be. */
export interface Trouble {
  readonly code: string;
  readonly what: string;
  readonly why: string;
  readonly mend: string;
}

/** Makes findings about one thing. */
export function about(check: Check, subject: string) {
  const at =
    (level: Level) =>
    (trouble: Trouble): Finding => ({ check, subject, level, ...trouble });
  return {
    ok: (what: string): Finding => ({ check, subject, level: "ok", what }),
    warning: at("warning"),
    problem: at("problem"),
    unknown: at("unknown"),
  };
}
