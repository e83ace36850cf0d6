// Slack's Web API with bounds: no retries inside a function, a short timeout, and never a sleep.

import { ErrorCode, type FetchFunction, LogLevel, WebClient } from "@slack/web-api";
import { httpsFetch } from "./https-fetch.ts";

/**
 * A client that answers or fails within `timeoutMs`. Bolt's and the SDK's own retries would outlive the
 * function; what fails is tried again from the outbox.
 */
export function createWebClient(
  token: string,
  apiUrl: string,
  timeoutMs = 2_000,
  fetch: FetchFunction = httpsFetch,
): WebClient {
  return new WebClient(token, {
    slackApiUrl: apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    fetch,
    logLevel: LogLevel.ERROR,
  });
}

interface Fields {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly data?: { readonly error?: unknown };
  readonly statusCode?: number;
  readonly retryAfter?: unknown;
}

/** What Slack's answer says went wrong: its error code, and how long it wants us to wait. */
export function slackProblem(error: unknown): { code: string; retryAfterMs?: number } {
  const fields = error as Fields;
  const retry =
    typeof fields.retryAfter === "number" ? { retryAfterMs: fields.retryAfter * 1000 } : {};
  const code = fields.data?.error ?? fields.code ?? fields.message ?? "unknown";
  return { code: String(code), ...retry };
}

/** Slack's own words for that it broke: "some aspect of the operation" may have succeeded. */
const BROKEN = new Set(["fatal_error", "internal_error", "request_timeout", "service_unavailable"]);

/** True where a call that failed may have taken effect all the same, or may yet: its answer was lost. */
export function mayHaveLanded(error: unknown): boolean {
  const { code, statusCode = 0, data } = error as Fields;
  switch (code) {
    case ErrorCode.RequestError:
      return true;
    case ErrorCode.HTTPError:
      return statusCode >= 500;
    case ErrorCode.PlatformError:
      return BROKEN.has(String(data?.error));
    default:
      return false;
  }
}

/** True where Slack said no: nothing took effect, and asking again will not change its mind. */
export function isRefusal(error: unknown): boolean {
  return (error as Fields).code === ErrorCode.PlatformError && !mayHaveLanded(error);
}
