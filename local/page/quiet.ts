// Which passes of a function found nothing to do: the server keeps few of them, and the page can leave them out.

import type { Pass } from "./protocol.ts";

/** True of a pass that found nothing to do, or has found nothing yet: no trouble, no grant, nothing written but notes. */
export function foundNothing({ outcome, calls, log }: Omit<Pass, "id">): boolean {
  return (
    (outcome === undefined || outcome === "done") &&
    log.every(({ level, grant }) => level === "info" && grant === undefined) &&
    calls.every(({ what, failed }) => isNote(what) || (failed === 0 && isLook(what)))
  );
}

function isLook(what: string): boolean {
  return / (Get|BatchGet|List|Query|Describe|AssumeRole|GET\b)/.test(what);
}

/** With nothing beside it but looks: that all was seen, or who is at it; and watch's report, every time. */
function isNote(what: string): boolean {
  return what === "DynamoDB UpdateItem" || what === "Lambda Invoke";
}
