// Ways in which the cluster can be made to fail, so that tests and the demo can look at the aftermath.

/** What a request meets instead of its answer, or before it. */
export type Fault =
  /** The connection is cut before anything has happened. */
  | { readonly kind: "unreachable" }
  /** A 500, and nothing has happened. */
  | { readonly kind: "internalError" }
  /** The request is carried out, then the connection is cut. */
  | { readonly kind: "lostAnswer" }
  /** Somebody else acts just before the request is carried out: writes to the object, say. */
  | { readonly kind: "meanwhile"; readonly act: () => void };

export interface FaultedRequest {
  readonly method: string;
  readonly path: string;
}

interface FaultOptions {
  /** How many requests meet the fault; `Infinity` until `clear`. One, unless said. */
  readonly times?: number;
  /** Which requests meet it; all, unless said. */
  readonly when?: (request: FaultedRequest) => boolean;
}

export interface Faults {
  /** Makes the next matching requests fail. Of several faults, a request meets the oldest only. */
  inject(fault: Fault, options?: FaultOptions): void;
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
      waiting.push({ fault, left: times, when });
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
