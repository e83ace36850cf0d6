// Ids at the border: what is no id does not get in.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  grantIdFrom,
  iamUserName,
  parseGrantId,
  parseIamUserArn,
  parseSlackUserId,
} from "../../lib/grant/ids.ts";

describe("grant ids", () => {
  it("are made of random bytes and read back, whatever the case and blanks", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) => {
        const id = grantIdFrom(bytes);
        expect(parseGrantId(` ${id.toLowerCase()} `)).toBe(id);
      }),
    );
  });

  it.each(["", "LK-", "LK-123456789", "LK-12345678901", "LK-IIIIIIIIII", "XX-0123456789"])(
    "%j is none",
    (text) => {
      expect(() => parseGrantId(text)).toThrow("is no grant id");
    },
  );
});

describe("IAM user ARNs", () => {
  it("keep their path, and name the user", () => {
    const arn = parseIamUserArn("arn:aws:iam::111122223333:user/web/team/ada@example.com");
    expect(iamUserName(arn)).toBe("ada@example.com");
  });

  it.each([
    "arn:aws:iam::111122223333:role/x",
    "arn:aws:iam::11112222333:user/x",
    "arn:aws:iam::111122223333:user/",
    "arn:aws:iam::111122223333:user/a b",
    "arn:aws:iam::111122223333:user/x\narn:aws:iam::111122223333:user/y",
    "arn:aws:iam::111122223333:user/x\n",
  ])("%j is none", (text) => {
    expect(() => parseIamUserArn(text)).toThrow("is no IAM user ARN");
  });
});

describe("Slack user ids", () => {
  it("are U… or W…", () => {
    expect(parseSlackUserId("U0ADA")).toBe("U0ADA");
    expect(() => parseSlackUserId("ada")).toThrow("is no Slack user id");
  });
});
