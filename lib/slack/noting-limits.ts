// A `fetch` that counts the answers by which Slack says that it is asked too often.

import type { FetchFunction } from "@slack/web-api";
import type { Metrics } from "../broker/ports.ts";

/** Notes `slackLimits` at every 429 (https://docs.slack.dev/apis/web-api/rate-limits), and passes it on. */
export function notingLimits(fetch: FetchFunction, metrics: Pick<Metrics, "note">): FetchFunction {
  return async (address, init) => {
    const answer = await fetch(address, init);
    if (answer.status === 429) metrics.note("slackLimits", 1);
    return answer;
  };
}
