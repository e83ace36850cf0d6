// The one way in: who calls, which service, what is asked, whether it is allowed, and which fault strikes.

import { senderIn } from "../lambda/sender.ts";
import { type Authentication, accessDenied, type Caller } from "./callers.ts";
import type { CallSite, Fault, FaultDesk, FaultKind } from "./faults.ts";
import { readClaim } from "./sigv4.ts";
import {
  type Answer,
  type AwsError,
  type AwsRequest,
  awsError,
  isAwsError,
  type Need,
  type Operation,
  type Service,
  type Trouble,
} from "./wire.ts";

/** An answer, or `cut` for a connection that ends without one. */
export type Outcome = Answer | "cut";

/** One call that came in. `status` is 0 where the connection was cut. */
export interface Call extends CallSite {
  readonly status: number;
  /** Epoch milliseconds of the stack's clock. */
  readonly at: number;
  readonly fault?: FaultKind;
}

export interface FrontDoorParts {
  /** The service of a credential scope; some service for none, to refuse in its words. */
  readonly serviceNamed: (name: string | undefined) => Service<Caller>;
  readonly authenticate: (request: AwsRequest) => Authentication;
  /** Why a caller may not do something; undefined when they may. */
  readonly whyNot: (caller: Caller, need: Need) => string | undefined;
  readonly faults: FaultDesk;
  readonly nextId: () => string;
  readonly record: (call: Omit<Call, "at">) => void;
}

export function createFrontDoor(parts: FrontDoorParts): (request: AwsRequest) => Promise<Outcome> {
  return async (request) => {
    await parts.faults.land();
    const service = parts.serviceNamed(readClaim(request)?.service);
    const requestId = parts.nextId();
    const sender = senderIn(request.headers);
    const from = sender && { from: sender };
    const refuse = (error: unknown) => service.refuse(asAwsError(service, error), requestId);

    const who = parts.authenticate(request);
    if ("trouble" in who) {
      const refusal = refuse(inWordsOf(service, who.trouble, who.message));
      const { status } = refusal;
      parts.record({ service: service.name, action: "", identity: "", ...from, status });
      return refusal;
    }

    const { caller } = who;
    const asked = understand(service, request, caller);
    const site = {
      service: service.name,
      action: "action" in asked ? asked.action : "",
      identity: caller.name,
      ...from,
    };
    const effect = async () => {
      if (!("action" in asked)) throw asked;
      const reasons = asked.needs.flatMap((need) => parts.whyNot(caller, need) ?? []);
      if (reasons[0] !== undefined) throw inWordsOf(service, "denied", reasons[0]);
      return asked.run(requestId);
    };
    const fault = parts.faults.take(site);
    const outcome = await strike(fault, parts.faults, site, {
      effect,
      answer: () => effect().catch(refuse),
      refuse: (trouble, message) => refuse(inWordsOf(service, trouble, message)),
      whyDenied: () => whyDenied(caller, site, asked),
    });
    const status = outcome === "cut" ? 0 : outcome.status;
    parts.record({ ...site, status, ...(fault && { fault: fault.kind }) });
    return outcome;
  };
}

/** The operation, or the error that says why it is none. */
function understand(
  service: Service<Caller>,
  request: AwsRequest,
  caller: Caller,
): Operation | AwsError {
  try {
    return service.read(request, caller);
  } catch (error) {
    return asAwsError(service, error);
  }
}

/** Carries a call out as the fault has it; without one, simply answers. */
async function strike(
  fault: Fault | undefined,
  faults: FaultDesk,
  site: CallSite,
  call: {
    readonly effect: () => Promise<unknown>;
    /** The effect and its answer, errors included. */
    readonly answer: () => Promise<Answer>;
    readonly refuse: (trouble: Trouble, message: string) => Answer;
    readonly whyDenied: () => string;
  },
): Promise<Outcome> {
  if (!fault) return call.answer();
  if (fault.kind === "lost" || fault.kind === "twice") await call.answer();
  if (fault.kind === "late") faults.postpone(fault.delayMs ?? 0, call.effect);
  const cleared = fault.kind === "hang" ? faults.hang() : undefined;
  fault.onHit?.(site);
  await cleared;
  switch (fault.kind) {
    case "error":
      return call.refuse(
        "broken",
        "The request processing has failed because of an unknown error.",
      );
    case "throttled":
      return call.refuse("throttled", "Rate exceeded");
    case "denied":
      return call.refuse("denied", call.whyDenied());
    case "twice":
      return call.answer();
    case "lost":
    case "late":
    case "hang":
      return "cut";
    default:
      return fault.kind satisfies never;
  }
}

function whyDenied(caller: Caller, site: CallSite, asked: Operation | AwsError): string {
  const need = "needs" in asked ? asked.needs[0] : undefined;
  const action = need?.action ?? `${site.service}:${site.action}`;
  return accessDenied(caller, action, need?.named ?? need?.resource ?? "*");
}

function inWordsOf(service: Service<Caller>, trouble: Trouble, message: string): AwsError {
  const [code, status] = service.vocabulary[trouble];
  return awsError(code, message, status);
}

/** An error as it is, or the service's 500 for a mistake of ours and an upstream that is down. */
function asAwsError(service: Service<Caller>, error: unknown): AwsError {
  if (isAwsError(error)) return error;
  return inWordsOf(service, "broken", `The local ${service.name} failed: ${String(error)}`);
}
