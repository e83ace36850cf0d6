// The EKS token: what it holds, who takes it, how long it is reused.

import { describe, expect, it } from "@jest/globals";
import {
  type Credentials,
  createToken,
  createTokens,
  type Token,
} from "../../../lib/targets/aws-auth/token.ts";
import type { Refusal } from "../../../lib/targets/target.ts";
import { parseToken } from "../../../local/kubernetes/authenticate.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const MINUTE_MS = 60_000;
// AWS's own documented examples.
const credentials: Credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const request = { cluster: "bttrm-eks-dev-0", region: "us-east-2", credentials, now: NOW };

function made(token: Token | Refusal): Token {
  if ("seen" in token) throw new Error(token.message);
  return token;
}

const urlIn = ({ text }: Token) =>
  new URL(Buffer.from(text.slice("k8s-aws-v1.".length), "base64url").toString());

describe("a token", () => {
  it("is a presigned call to the region's STS, signed for the cluster, good for a minute", async () => {
    const url = urlIn(made(await createToken(request)));
    expect(url.origin + url.pathname).toBe("https://sts.us-east-2.amazonaws.com/");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: "GetCallerIdentity",
      Version: "2011-06-15",
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20261122/us-east-2/sts/aws4_request",
      "X-Amz-Date": "20261122T100000Z",
      "X-Amz-Expires": "60",
      "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
      "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("adds a session's token and nothing else, each parameter once", async () => {
    const session = { ...credentials, sessionToken: "session+token/with=signs" };
    const url = urlIn(made(await createToken({ ...request, credentials: session })));
    expect(url.searchParams.get("X-Amz-Security-Token")).toBe(session.sessionToken);
    expect([...url.searchParams.keys()]).toHaveLength(9);
  });

  it("is in the form that the authenticator takes", async () => {
    const { text } = made(await createToken(request));
    expect(text).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
    const parsed = parseToken(text, { stsUrl: "http://127.0.0.1:1", clocksMs: [NOW] });
    expect(parsed).toMatchObject({ request: { accessKeyId: credentials.accessKeyId } });
  });

  it("is signed for one cluster only", async () => {
    const one = urlIn(made(await createToken(request)));
    const other = urlIn(made(await createToken({ ...request, cluster: "bttrm-eks-prod-0" })));
    const signature = (url: URL) => url.searchParams.get("X-Amz-Signature");
    expect(signature(one)).not.toBe(signature(other));
  });

  it.each([
    ["us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"],
    ["cn-north-1", "sts.cn-north-1.amazonaws.com.cn"],
    ["eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu"],
    ["us-isob-east-1", "sts.us-isob-east-1.sc2s.sgov.gov"],
  ])("of %s names %s", async (region, host) => {
    expect(urlIn(made(await createToken({ ...request, region }))).host).toBe(host);
  });

  it("is refused early where the cluster would not read it for its length", async () => {
    const tokenOf = (length: number) =>
      createToken({
        ...request,
        credentials: { ...credentials, sessionToken: "x".repeat(length) },
      });
    expect(made(await tokenOf(2_500)).text.length).toBeLessThanOrEqual(4_096);
    expect(await tokenOf(2_700)).toMatchObject({
      seen: "refused",
      code: "token-too-long",
      message: expect.stringContaining("4096"),
    });
  });
});

describe("tokens for a cluster", () => {
  function tokensAt(provided: Credentials = credentials) {
    let now = NOW;
    let asked = 0;
    const tokens = createTokens({
      cluster: request.cluster,
      region: request.region,
      credentials: async () => {
        asked += 1;
        return provided;
      },
      now: () => now,
    });
    return {
      token: async (options?: { fresh: boolean }) => made(await tokens(options)).text,
      advance: (ms: number) => {
        now += ms;
      },
      asked: () => asked,
    };
  }

  it("are one for 14 minutes, then another", async () => {
    const { token, advance, asked } = tokensAt();
    const first = await token();
    advance(14 * MINUTE_MS - 1);
    expect(await token()).toBe(first);
    expect(asked()).toBe(1);
    advance(1);
    expect(await token()).not.toBe(first);
  });

  it("are not used after the credentials that signed them", async () => {
    const { token, advance } = tokensAt({
      ...credentials,
      expiration: new Date(NOW + 3 * MINUTE_MS),
    });
    const first = await token();
    advance(3 * MINUTE_MS);
    expect(await token()).not.toBe(first);
  });

  it("are made anew where the cluster did not take the last", async () => {
    const { token, advance } = tokensAt();
    const first = await token();
    advance(1_000);
    expect(await token({ fresh: true })).not.toBe(first);
  });

  it("are made at the next call where there were no credentials", async () => {
    let works = false;
    const tokens = createTokens({
      cluster: request.cluster,
      region: request.region,
      credentials: async () => {
        if (!works) throw new Error("no credentials for now");
        return credentials;
      },
      now: () => NOW,
    });
    await expect(tokens()).rejects.toThrow("no credentials");
    works = true;
    expect(made(await tokens()).text).toMatch(/^k8s-aws-v1/);
  });
});
