// A `fetch` that sends a call once more with a newer bot token, where Slack refuses the one that it came with.

import type { FetchFunction } from "@slack/web-api";
import { httpsFetch } from "./https-fetch.ts";

/** Slack's words for a token that is good no more. What it says them to has had no effect. */
const REFUSED: ReadonlySet<unknown> = new Set([
  "account_inactive",
  "invalid_auth",
  "token_expired",
  "token_revoked",
]);

/** `newest` answers with the newest token that there is, which may be the one that was refused. Never throws. */
export function fetchWithNewestToken(newest: () => Promise<string | undefined>): FetchFunction {
  return async (address, init = {}) => {
    const answer = await httpsFetch(address, init);
    if (!(await isRefused(answer))) return answer;
    const token = await newest();
    const Authorization = `Bearer ${token}`;
    const { headers = {} } = init;
    if (token === undefined || headers["Authorization"] === Authorization) return answer;
    return httpsFetch(address, { ...init, headers: { ...headers, Authorization } });
  };
}

async function isRefused(answer: Awaited<ReturnType<FetchFunction>>): Promise<boolean> {
  try {
    const { error } = (await answer.json()) as { readonly error?: unknown };
    return REFUSED.has(error);
  } catch {
    return false; // no JSON, and so no word of Slack's API
  }
}
