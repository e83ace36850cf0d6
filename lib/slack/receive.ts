// The gate: what comes over HTTP is verified, held against replays and foreign workspaces, and handed to Bolt.

import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { Clock, Log, Metrics } from "../broker/ports.ts";
import type { Store } from "../store/store.ts";
import { asksForNothing } from "./command-text.ts";
import { ACTIONS, ELEMENT } from "./names.ts";
import { actionsOf, isFrom, isOfApp, type Payload, readPayload } from "./payload.ts";
import { MAX_SKEW_MS, type SignedRequest, type Verified, verifyRequest } from "./verify.ts";

export interface GateOptions {
  /** Asked for at every request; `anew` for one that none of those has signed, as they may have been rotated. */
  readonly signingSecrets: (anew?: "anew") => Promise<readonly string[]>;
  readonly team: string;
  /** The only app that is heard, where access.yml names it. */
  readonly app?: string | undefined;
  readonly store: Pick<Store, "firstSeen">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "note">;
  /** Bolt, behind the gate: takes a body that has passed. */
  readonly handle: (request: {
    contentType: string;
    body: string;
    kind: Payload["kind"];
  }) => Promise<APIGatewayProxyStructuredResultV2>;
}

export type SlackHandler = (
  event: APIGatewayProxyEventV2,
) => Promise<APIGatewayProxyStructuredResultV2>;

const REFUSED: APIGatewayProxyStructuredResultV2 = { statusCode: 401, body: "" };

/** Answers every request and never throws; what does not pass gets 401 and an empty body. */
export function createGate(options: GateOptions): SlackHandler {
  const { log, metrics, store } = options;
  return async (event) => {
    let payload: Payload | undefined;
    try {
      const bytes = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
      const headers = event.headers ?? {};
      const verified = await verify(options, { headers, body: bytes });
      if (!verified.ok) {
        log.warn("request refused", { why: verified.why });
        // The rest is what the internet sends to every address.
        if (verified.why === "forged") metrics.note("refusedRequests", 1);
        return REFUSED;
      }
      const body = bytes.toString("utf8");
      const contentType = contentTypeOf(headers);
      payload = readPayload(contentType, body);
      if (payload === undefined) {
        log.warn("request refused", { why: "not a command, interaction or event" });
        return REFUSED;
      }
      const foreign = foreignIn(options, payload);
      if (foreign !== undefined) {
        log.warn("request refused", { why: foreign });
        metrics.note("refusedRequests", 1);
        return payload.kind === "command"
          ? say(`Latchkey serves ${foreign}. Nothing was requested.`)
          : REFUSED;
      }
      // A signature is good for five minutes on either side, so that long it is remembered.
      const forgetAt = verified.timestampMs + 2 * MAX_SKEW_MS;
      if (!changesNothing(payload) && !(await store.firstSeen(verified.signature, forgetAt))) {
        log.warn("request refused", { why: "replayed" });
        return REFUSED;
      }
      return await options.handle({ contentType, body, kind: payload.kind });
    } catch (error) {
      log.error("request not handled", { kind: payload?.kind, error });
      return payload?.kind === "command"
        ? say("Latchkey could not do that just now, and nothing has changed. Please try again.")
        : { statusCode: 500, body: "" };
    }
  };
}

async function verify(
  { signingSecrets, clock }: Pick<GateOptions, "signingSecrets" | "clock">,
  request: SignedRequest,
): Promise<Verified> {
  const secrets = await signingSecrets();
  const verified = verifyRequest(request, secrets, clock.now());
  if (verified.ok || verified.why !== "forged") return verified;
  const newest = await signingSecrets("anew");
  return newest === secrets ? verified : verifyRequest(request, newest, clock.now());
}

/** Where a signed request comes from, if not from where the broker is spoken to. */
function foreignIn({ team, app }: Pick<GateOptions, "team" | "app">, payload: Payload) {
  // Slack asks whether the address is the app's before any workspace has installed it.
  if (payload.fields["type"] === "url_verification") return undefined;
  if (!isFrom(team, payload)) return "another workspace";
  return isOfApp(app, payload) ? undefined : "another app";
}

/**
 * True for what at most opens or fills a form, or tells something: its repetition has no effect, since
 * Slack takes a trigger once, and its answer waits for one call to the table less. So the first answer from a
 * cold start, which Slack cuts off after 3 s, waits for no table at all.
 */
function changesNothing(payload: Payload): boolean {
  const { kind, fields } = payload;
  if (kind === "event") return true; // Slack itself repeats them
  if (kind === "command") return asksForNothing(String(fields["text"] ?? ""));
  if (fields["type"] !== "block_actions") return LOOKING.has(String(fields["type"]));
  return actionsOf(payload).every((action) => OPENING.has(action));
}

const LOOKING: ReadonlySet<string> = new Set(["shortcut", "block_suggestion", "view_closed"]);

const OPENING: ReadonlySet<unknown> = new Set([
  ACTIONS.openForm,
  ACTIONS.again,
  ACTIONS.review,
  ACTIONS.deny,
  ACTIONS.denyExtension,
  ELEMENT,
]);

function say(text: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ response_type: "ephemeral", text }),
  };
}

/** Without parameters (`; charset=utf-8`), which Bolt does not expect. */
function contentTypeOf(headers: Readonly<Record<string, string | undefined>>): string {
  const entry = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type");
  return (entry?.[1] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}
