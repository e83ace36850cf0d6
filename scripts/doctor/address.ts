// The HTTPS address that Slack calls, to be knocked at as anybody on the internet can.

import type { Address } from "./patient.ts";

const TIMEOUT_MS = 10_000;

/** `url`: the deployment's SlackRequestUrl. Knocking rejects where nobody answers, in one line. */
export function addressAt(url: string): Address {
  return {
    url,
    async knock() {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      try {
        const { status, body } = await fetch(url, { method: "POST", redirect: "manual", signal });
        // Unread, it would keep the connection, and the doctor, waiting.
        await body?.cancel();
        return status;
      } catch (error) {
        throw new Error(whyNot(error), { cause: error });
      }
    },
  };
}

/** `fetch failed` alone tells nobody anything: why is in its cause, or in that one's code. */
function whyNot(error: unknown): string {
  const { cause = error } = error as { readonly cause?: unknown };
  const { message, code } = cause as { readonly message?: string; readonly code?: string };
  return message || code || String(cause);
}
