// Slack's Web API with bounds: no retries inside a function, a short timeout, and never a sleep.

import { LogLevel, WebClient } from "@slack/web-api";
import { httpsFetch } from "./https-fetch.ts";

/**
 * A client that answers or fails within `timeoutMs`. Bolt's and the SDK's own retries would outlive the
 * function; what fails is tried again from the outbox.
 */
export function createWebClient(token: string, apiUrl: string, timeoutMs = 2_000): WebClient {
  return new WebClient(token, {
    slackApiUrl: apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    fetch: httpsFetch,
    logLevel: LogLevel.ERROR,
  });
}

/** What Slack's answer says went wrong: its error code, and how long it wants us to wait. */
export function slackProblem(error: unknown): { code: string; retryAfterMs?: number } {
  const fields = error as {
    code?: unknown;
    message?: unknown;
    data?: { error?: unknown };
    retryAfter?: unknown;
  };
  const retry =
    typeof fields.retryAfter === "number" ? { retryAfterMs: fields.retryAfter * 1000 } : {};
  const code = fields.data?.error ?? fields.code ?? fields.message ?? "unknown";
  return { code: String(code), ...retry };
}
