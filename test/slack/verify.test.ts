// Slack's signature: the example of its documentation, and the ways in which a request is not Slack's.

import { describe, expect, it } from "@jest/globals";
import { verifyRequest } from "../../lib/slack/verify.ts";

// The worked example of https://docs.slack.dev/authentication/verifying-requests-from-slack
const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const TIMESTAMP = "1531420618";
const BODY =
  "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

function example(headers: Record<string, string> = {}) {
  return {
    headers: {
      "X-Slack-Request-Timestamp": TIMESTAMP,
      "X-Slack-Signature": SIGNATURE,
      ...headers,
    },
    body: Buffer.from(BODY),
  };
}

describe("verifyRequest", () => {
  it("accepts the example of Slack's documentation, whatever the case of the headers", () => {
    const at = Number(TIMESTAMP) * 1000;
    expect(verifyRequest(example(), [SECRET], at)).toEqual({
      ok: true,
      signature: SIGNATURE,
      timestampMs: at,
    });
  });

  it("is true for five minutes in either direction, and no longer", () => {
    const at = Number(TIMESTAMP) * 1000;
    expect(verifyRequest(example(), [SECRET], at + 300_000)).toMatchObject({ ok: true });
    expect(verifyRequest(example(), [SECRET], at - 300_000)).toMatchObject({ ok: true });
    expect(verifyRequest(example(), [SECRET], at + 300_001)).toEqual({ ok: false, why: "stale" });
    expect(verifyRequest(example(), [SECRET], at - 300_001)).toEqual({ ok: false, why: "stale" });
  });

  it("notices one changed byte of the body", () => {
    const changed = { ...example(), body: Buffer.from(BODY.replace("U2CERLKJA", "U2CERLKJB")) };
    expect(verifyRequest(changed, [SECRET], Number(TIMESTAMP) * 1000)).toEqual({
      ok: false,
      why: "forged",
    });
  });

  it("accepts nothing without a secret", () => {
    expect(verifyRequest(example(), [], Number(TIMESTAMP) * 1000)).toMatchObject({ ok: false });
  });
});
