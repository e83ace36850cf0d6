// Faults that tests and the demo put into the local AWS: errors, lost answers, late and doubled effects.

import type { Sender } from "../lambda/sender.ts";

/**
 * - `error`: a 500 before any effect
 * - `throttled`: the service's own throttling answer, no effect
 * - `denied`: AccessDenied in AWS's words, no effect
 * - `lost`: the effect happens, then the connection is cut
 * - `late`: the connection is cut at once, the effect happens `delayMs` of the stack's time later
 * - `twice`: the effect happens twice, the answer is that of the second
 * - `hang`: no effect and no answer until the faults are cleared, then the connection is cut
 */
export type FaultKind = "error" | "throttled" | "denied" | "lost" | "late" | "twice" | "hang";

/** A call as it came in, before it is carried out. */
export interface CallSite {
  readonly service: string;
  readonly action: string;
  readonly identity: string;
  /** The run of a function that made it. */
  readonly from?: Sender;
}

export interface Fault {
  readonly kind: FaultKind;
  /** Whom it hits; what is left out hits every call. */
  readonly service?: string;
  readonly action?: string;
  readonly identity?: string;
  /** How many calls it hits; without it, all until it is removed. An SDK's retries are calls too. */
  readonly times?: number;
  /** For `late`, in the stack's time. */
  readonly delayMs?: number;
  /** Called as it strikes, after the effect of a `lost` one: to kill the caller at this very moment. */
  readonly onHit?: (site: CallSite) => void;
}

export interface Faults {
  /** Adds a fault; gives what removes it. */
  inject(fault: Fault): () => void;
  /** Removes every fault and cuts the connections that hang. Effects under way still land in their time. */
  clear(): void;
  /** Lets every late effect land whose time has come; every request does so first. */
  land(): Promise<void>;
  /** How many late effects are still to come. */
  pending(): number;
}

/** The front door's side of the faults. */
export interface FaultDesk extends Faults {
  /** The fault that hits a call, used up by one; the oldest first. */
  take(site: CallSite): Fault | undefined;
  postpone(delayMs: number, effect: () => Promise<unknown>): void;
  /** Resolves when the faults are cleared. */
  hang(): Promise<void>;
}

export function createFaults(now: () => number): FaultDesk {
  let active: { readonly fault: Fault; left: number }[] = [];
  let late: { readonly at: number; readonly effect: () => Promise<unknown> }[] = [];
  let hanging: (() => void)[] = [];

  return {
    inject(fault) {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      active.push(entry);
      return () => {
        active = active.filter((other) => other !== entry);
      };
    },
    clear() {
      active = [];
      for (const release of hanging) release();
      hanging = [];
    },
    take(site) {
      const entry = active.find(({ fault, left }) => left > 0 && hits(fault, site));
      if (entry) entry.left -= 1;
      return entry?.fault;
    },
    postpone: (delayMs, effect) => void late.push({ at: now() + delayMs, effect }),
    hang: () => new Promise((resolve) => hanging.push(resolve)),
    pending: () => late.length,
    async land() {
      const due = late.filter(({ at }) => at <= now()).sort((one, other) => one.at - other.at);
      late = late.filter((entry) => !due.includes(entry));
      // Started in order and in this very turn, so that who looks right after sees what they did. An
      // effect that fails by then (its user is gone) has nobody left to be told.
      await Promise.allSettled(due.map(({ effect }) => effect()));
    },
  };
}

function hits(fault: Fault, site: CallSite): boolean {
  return (
    (fault.service ?? site.service) === site.service &&
    (fault.action ?? site.action) === site.action &&
    (fault.identity ?? site.identity) === site.identity
  );
}
