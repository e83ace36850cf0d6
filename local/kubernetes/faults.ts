// Ways in which the cluster can be made to fail, so that tests and the demo can look at the aftermath.

import type { Sender } from "../lambda/sender.ts";

/** What a request meets instead of its answer, or before it. */
export type Fault =
  /** The connection is cut before anything has happened. */
  | { readonly kind: "unreachable" }
  /** A 500, and nothing has happened. */
  | { readonly kind: "internalError" }
  /** The request is carried out, then the connection is cut; `onHit` is called in between. */
  | { readonly kind: "lostAnswer"; readonly onHit?: (request: FaultedRequest) => void }
  /** Somebody else acts just before the request is carried out: writes to the object, say. */
  | { readonly kind: "meanwhile"; readonly act: () => void };

export interface FaultedRequest {
  readonly method: string;
  readonly path: string;
  /** The run of a function that sent it. */
  readonly from?: Sender;
}

interface FaultOptions {
  /** How many requests meet the fault; `Infinity` until it is taken away. One, unless said. */
  readonly times?: number;
  /** Which requests meet it; all, unless said. */
  readonly when?: (request: FaultedRequest) => boolean;
}

export interface Faults {
  /**
   * Makes the next matching requests fail; gives what takes the fault away again. Of several faults, a
   * request meets the oldest only.
   */
  inject(fault: Fault, options?: FaultOptions): () => void;
  /** Takes every fault away that has not been met yet. */
  clear(): void;
}

/** For `when`: requests that would change something. */
export function isWrite({ method }: FaultedRequest): boolean {
  return ["POST", "PUT", "PATCH", "DELETE"].includes(method);
}

/** No faults yet, and what the server asks for each request: the fault that it meets, used up. */
export function createFaults(): Faults & { next(request: FaultedRequest): Fault | undefined } {
  let waiting: { fault: Fault; left: number; when: (request: FaultedRequest) => boolean }[] = [];
  return {
    inject(fault, { times = 1, when = () => true } = {}) {
      const added = { fault, left: times, when };
      waiting.push(added);
      return () => {
        waiting = waiting.filter((other) => other !== added);
      };
    },
    clear() {
      waiting = [];
    },
    next(request) {
      const met = waiting.find(({ when }) => when(request));
      if (met === undefined) return undefined;
      met.left -= 1;
      waiting = waiting.filter(({ left }) => left > 0);
      return met.fault;
    },
  };
}
