// The clock of this machine against that of AWS.

import { about, type Finding } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** What is taken for the answer's time on the way, and for whole seconds in its date. */
const NO_SKEW_MS = 5_000;
/** AWS refuses a signature that is further off ("Signature Version 4", the request's date). */
const REFUSED_MS = 5 * 60_000;

/** `localNow`: what this machine took for the time when AWS answered. */
export function examineClock({ caller, place }: Patient, localNow: number): readonly Finding[] {
  const it = about("clock", "this machine");
  if (Number.isNaN(caller.answeredAt)) {
    return [
      it.unknown({
        code: "no-date",
        what: "AWS's answer bore no date",
        why: "The ages below go by this machine's clock, which may be off.",
        mend: "Run the doctor again.",
      }),
    ];
  }
  const skewMs = localNow - caller.answeredAt;
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const side = skewMs > 0 ? "ahead of" : "behind";
  // The embedded stack's clock is moved on purpose.
  if (place.kind === "embedded") return [it.ok(`${seconds} s ${side} the embedded stack's clock`)];
  if (Math.abs(skewMs) <= NO_SKEW_MS) return [it.ok("agrees with AWS's clock")];
  const trouble = {
    code: "clock-skew",
    what: `its clock is ${seconds} s ${side} AWS's`,
    why: "Signatures made here are refused five minutes off: `aws`, `kubectl` and a deploy fail. Latchkey's functions go by AWS's clock.",
    mend: "timedatectl set-ntp true    # or set the clock by hand",
  };
  return [Math.abs(skewMs) > REFUSED_MS ? it.problem(trouble) : it.warning(trouble)];
}
