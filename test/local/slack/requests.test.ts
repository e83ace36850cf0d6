// Slack's request signatures, against the example in Slack's own documentation, and the Lambda event around a request.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { bodyText, lambdaEvent, sign } from "../../../local/slack/requests.ts";

/** docs.slack.dev/authentication/verifying-requests-from-slack */
const DOCUMENTED = {
  secret: "8f742231b10e8888abcd99yyyzzz85a5",
  timestamp: 1531420618,
  body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
  signature: "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
};

describe("sign", () => {
  it("signs Slack's example as Slack does", () => {
    expect(sign(DOCUMENTED.body, DOCUMENTED)).toEqual({
      "x-slack-signature": DOCUMENTED.signature,
      "x-slack-request-timestamp": "1531420618",
    });
  });

  it("signs every byte, the time and the secret", () => {
    const { body, secret, timestamp, signature } = DOCUMENTED;
    for (const other of [
      sign(`${body} `, { secret, timestamp }),
      sign(body, { secret, timestamp: timestamp + 1 }),
      sign(body, { secret: `${secret}x`, timestamp }),
    ]) {
      expect(other["x-slack-signature"]).not.toBe(signature);
    }
  });
});

describe("lambdaEvent", () => {
  const event = (contentType: string, body: string) =>
    lambdaEvent({
      path: "/slack/events",
      headers: { "Content-Type": contentType },
      body,
      now: Date.parse("2025-11-22T12:00:00Z"),
      requestId: "req-1",
    });

  it("hands a form over in base64 and JSON as text, as AWS does", () => {
    const form = event("application/x-www-form-urlencoded", "a=1");
    expect(form).toMatchObject({ version: "2.0", isBase64Encoded: true, body: "YT0x" });
    expect(form.headers).toMatchObject({ "content-type": "application/x-www-form-urlencoded" });
    expect(event("application/json", "{}")).toMatchObject({ isBase64Encoded: false, body: "{}" });
  });

  it("loses no character on the way", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.constantFrom("application/json", "application/x-www-form-urlencoded", "text/plain"),
        (body, contentType) => {
          expect(bodyText(event(contentType, body))).toBe(body);
        },
      ),
    );
  });
});
