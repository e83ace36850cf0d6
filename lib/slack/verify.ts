// Tells a request that Slack signed just now from everything else, before anything parses it.

import { createHmac, timingSafeEqual } from "node:crypto";

/** The parts of an HTTP request that its signature covers. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export type Verified =
  | { readonly ok: true; readonly signature: string; readonly timestampMs: number }
  | { readonly ok: false; readonly why: "unsigned" | "malformed" | "stale" | "forged" };

/** Slack's own bound: https://docs.slack.dev/authentication/verifying-requests-from-slack */
export const MAX_SKEW_MS = 300_000;

const SIGNATURE = /^v0=[0-9a-f]{64}$/;
const TIMESTAMP = /^\d{10}$/;

/**
 * Checks Slack's v0 signature over the raw bytes, with any of `signingSecrets` (several during a
 * rotation), and that its time is within five minutes of `now` in either direction. Never throws.
 * NB. Bolt checks this too, but only after parsing, and it takes requests from the future.
 */
export function verifyRequest(
  request: SignedRequest,
  signingSecrets: readonly string[],
  now: number,
): Verified {
  const signature = headerOf(request, "x-slack-signature");
  const timestamp = headerOf(request, "x-slack-request-timestamp");
  if (signature === undefined || timestamp === undefined) return { ok: false, why: "unsigned" };
  if (!SIGNATURE.test(signature) || !TIMESTAMP.test(timestamp)) {
    return { ok: false, why: "malformed" };
  }
  const timestampMs = Number(timestamp) * 1000;
  if (Math.abs(now - timestampMs) > MAX_SKEW_MS) return { ok: false, why: "stale" };
  const given = Buffer.from(signature.slice(3), "hex");
  // Every secret is tried, so that the time taken tells nothing about which one fits.
  const fits = signingSecrets.map((secret) => {
    const mac = createHmac("sha256", secret).update(`v0:${timestamp}:`).update(request.body);
    return secret !== "" && timingSafeEqual(mac.digest(), given);
  });
  return fits.includes(true) ? { ok: true, signature, timestampMs } : { ok: false, why: "forged" };
}

function headerOf({ headers }: SignedRequest, name: string): string | undefined {
  const direct = headers[name];
  if (direct !== undefined) return direct;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  return found?.[1];
}
