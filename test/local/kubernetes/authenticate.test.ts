// From a bearer token to a user: what a token must be, what STS is asked, and who the caller is then.

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  type AwsIdentity,
  askSts,
  canonicalise,
  type MappingSources,
  mapIdentity,
  parseToken,
} from "../../../local/kubernetes/authenticate.ts";
import { CLUSTER_NAME, encodeToken, type StubSts, startStubSts, tokenOf } from "./local-cluster.ts";

const NOW = Date.UTC(2026, 2, 1, 12, 0, 0);
const MINUTE_MS = 60_000;
const STS_URL = "http://127.0.0.1:4566";
const parse = (token: string, clocksMs = [NOW]) => parseToken(token, { stsUrl: STS_URL, clocksMs });

/** A token with one thing about it changed: the host, or query parameters (`null` leaves one out). */
function tokenWith(
  changes: Record<string, string | null>,
  endpoint = "https://sts.amazonaws.com/",
): string {
  const parameters: Record<string, string | null> = {
    Action: "GetCallerIdentity",
    Version: "2011-06-15",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "ADA/20260301/us-east-2/sts/aws4_request",
    "X-Amz-Date": "20260301T120000Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
    "X-Amz-Signature": "0",
    ...changes,
  };
  const query = Object.entries(parameters).filter(([, value]) => value !== null);
  return encodeToken(`${endpoint}?${new URLSearchParams(query as [string, string][])}`);
}

describe("a token", () => {
  it("as aws eks get-token makes it is taken", async () => {
    expect(parse(await tokenOf("ADA", NOW))).toEqual({
      request: {
        host: "sts.us-east-2.amazonaws.com",
        pathAndQuery: expect.stringMatching(/^\/\?.*X-Amz-Signature=/),
        accessKeyId: "ADA",
      },
    });
  });

  it.each<[string, string]>([
    ["AWS's global STS", "https://sts.amazonaws.com/"],
    ["a regional STS", "https://sts.eu-central-1.amazonaws.com/"],
    ["the local STS", `${STS_URL}/`],
  ])("may be presigned for %s", (_title, endpoint) => {
    expect(parse(tokenWith({}, endpoint))).toHaveProperty("request");
  });

  it.each<[string, string, RegExp]>([
    [
      "another host",
      tokenWith({}, "https://sts.amazonaws.com.evil.example/"),
      /unexpected hostname/,
    ],
    [
      "another host that has sts inside",
      tokenWith({}, "https://sts.x.y.amazonaws.com/"),
      /unexpected hostname/,
    ],
    ["another port", tokenWith({}, "https://sts.amazonaws.com:444/"), /unexpected hostname/],
    ["no TLS", tokenWith({}, "http://sts.amazonaws.com/"), /unexpected scheme/],
    ["a path", tokenWith({}, "https://sts.amazonaws.com/x"), /unexpected path/],
    ["a user in the URL", tokenWith({}, "https://me@sts.amazonaws.com/"), /unexpected user/],
    ["another action", tokenWith({ Action: "AssumeRole" }), /unexpected action/],
    ["an unknown parameter", tokenWith({ "x-id": "GetCallerIdentity" }), /non-whitelisted/],
    [
      "a parameter twice in two cases",
      tokenWith({ action: "GetCallerIdentity" }),
      /multiple values/,
    ],
    ["the cluster's name unsigned", tokenWith({ "X-Amz-SignedHeaders": "host" }), /did not sign/],
    [
      "a longer life than 15 minutes",
      tokenWith({ "X-Amz-Expires": "3600" }),
      /invalid X-Amz-Expires/,
    ],
    ["a negative life", tokenWith({ "X-Amz-Expires": "-1" }), /invalid X-Amz-Expires/],
    ["no life", tokenWith({ "X-Amz-Expires": null }), /invalid X-Amz-Expires/],
    ["no date", tokenWith({ "X-Amz-Date": null }), /error parsing X-Amz-Date/],
    ["a date that is none", tokenWith({ "X-Amz-Date": "20261301T000000Z" }), /error parsing/],
    ["no prefix", "Zm9v", /missing expected/],
    ["padding", "k8s-aws-v1.Zm9vYg==", /not base64url/],
    ["no URL inside", "k8s-aws-v1.Zm9v", /no URL/],
    ["over 4096 bytes", `k8s-aws-v1.${"a".repeat(4096)}`, /too large/],
  ])("with %s is refused", (_title, token, refusal) => {
    expect(parse(token)).toEqual({ refusal: expect.stringMatching(refusal) });
  });

  it("counts for 15 minutes, by any of the clocks", () => {
    const signedAt = (atMs: number, clocksMs: number[]) =>
      parse(
        tokenWith({ "X-Amz-Date": new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, "") }),
        clocksMs,
      );
    expect(signedAt(NOW - 15 * MINUTE_MS, [NOW])).toHaveProperty("request");
    expect(signedAt(NOW - 16 * MINUTE_MS, [NOW])).toHaveProperty("refusal");
    expect(signedAt(NOW + 16 * MINUTE_MS, [NOW])).toHaveProperty("refusal");
    expect(signedAt(NOW, [NOW + 24 * 60 * MINUTE_MS, NOW + MINUTE_MS])).toHaveProperty("request");
  });
});

describe.each(["json", "xml"] as const)("asking an STS that answers in %s", (format) => {
  let sts: StubSts;
  beforeAll(async () => {
    const callers = {
      ADA: {
        arn: "arn:aws:sts::111122223333:assumed-role/reader/ada@example.com",
        userId: "AROAEXAMPLE:ada@example.com",
      },
      BROKEN: { arn: "arn:aws:s3:::bucket", userId: "X" },
    };
    sts = await startStubSts(callers, format);
  });
  afterAll(() => sts.close());

  const ask = async (accessKeyId: string) => {
    const parsed = parse(await tokenOf(accessKeyId, NOW));
    if (!("request" in parsed)) throw new Error(parsed.refusal);
    return askSts(parsed.request, { stsUrl: sts.url, clusterName: CLUSTER_NAME });
  };

  it("sends what was signed, with the cluster's own name", async () => {
    const token = await tokenOf("ADA", NOW);
    await ask("ADA");
    const signedUrl = new URL(Buffer.from(token.replace(/^.*?\./, ""), "base64url").toString());
    expect(sts.requests.at(-1)).toMatchObject({
      url: signedUrl.pathname + signedUrl.search,
      headers: { host: "sts.us-east-2.amazonaws.com", "x-k8s-aws-id": CLUSTER_NAME },
    });
  });

  it("learns who the caller is", async () => {
    expect(await ask("ADA")).toEqual({
      arn: "arn:aws:sts::111122223333:assumed-role/reader/ada@example.com",
      canonicalArn: "arn:aws:iam::111122223333:role/reader",
      accountId: "111122223333",
      userId: "AROAEXAMPLE",
      sessionName: "ada@example.com",
      accessKeyId: "ADA",
    });
  });

  it("learns nobody from a refusal, or from an ARN that is no identity", async () => {
    expect(await ask("STRANGER")).toBeUndefined();
    expect(await ask("BROKEN")).toBeUndefined();
  });
});

describe("a canonical ARN", () => {
  it.each([
    ["arn:aws:iam::111122223333:user/team/ada", "arn:aws:iam::111122223333:user/team/ada"],
    [
      "arn:aws:sts::111122223333:assumed-role/reader/session",
      "arn:aws:iam::111122223333:role/reader",
    ],
    ["arn:aws-cn:sts::111122223333:assumed-role/r/s", "arn:aws-cn:iam::111122223333:role/r"],
    [
      "arn:aws:sts::111122223333:federated-user/ada",
      "arn:aws:sts::111122223333:federated-user/ada",
    ],
    ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"],
    ["arn:aws:iam::111122223333:group/readers", undefined],
    ["arn:aws:sts::111122223333:assumed-role/reader", undefined],
    ["arn:aws:iam::111122223333:user/ada\nx", undefined],
  ])("of %j is %j", (arn, canonical) => {
    expect(canonicalise(arn)).toBe(canonical);
  });
});

describe("mapping an identity", () => {
  const session: AwsIdentity = {
    arn: "arn:aws:sts::111122223333:assumed-role/reader/ada@example.com",
    canonicalArn: "arn:aws:iam::111122223333:role/reader",
    accountId: "111122223333",
    userId: "AROAEXAMPLE",
    sessionName: "ada@example.com",
    accessKeyId: "ADA",
  };
  const entry = { principalArn: session.canonicalArn, username: "by entry", groups: ["entries"] };
  const mapRoles = `[{"rolearn":"${session.canonicalArn}","username":"by map","groups":["maps"]}]`;
  const map = (sources: Partial<MappingSources>, identity = session) =>
    mapIdentity(identity, {
      mode: "API_AND_CONFIG_MAP",
      accessEntries: [],
      awsAuthData: {},
      privateDnsName: (id) => (id === "i-0a1b2c3d4e5f60718" ? "ip-10-0-0-1.internal" : undefined),
      ...sources,
    });
  const usernameFor = (template: string, identity = session) =>
    map(
      {
        awsAuthData: {
          mapRoles: JSON.stringify([{ rolearn: session.canonicalArn, username: template }]),
        },
      },
      identity,
    )?.username;

  it("makes nobody of who is mapped nowhere", () => {
    expect(map({})).toBeUndefined();
  });

  it("adds everyone's group and says who it was in AWS", () => {
    expect(map({ awsAuthData: { mapRoles } })).toMatchObject({
      username: "by map",
      groups: ["maps", "system:authenticated"],
      uid: "aws-iam-authenticator:111122223333:AROAEXAMPLE",
      extra: { arn: [session.arn], sessionName: ["ada@example.com"] },
    });
  });

  it.each([
    ["CONFIG_MAP", "by map"],
    ["API_AND_CONFIG_MAP", "by entry"],
    ["API", "by entry"],
  ] as const)(
    "in mode %s, of an access entry and a ConfigMap entry, counts the one %s",
    (mode, username) => {
      const sources = { mode, accessEntries: [entry], awsAuthData: { mapRoles } };
      expect(map(sources)?.username).toBe(username);
    },
  );

  it("in mode API ignores the ConfigMap, even where no access entry fits", () => {
    expect(map({ mode: "API", awsAuthData: { mapRoles } })).toBeUndefined();
  });

  it("matches an access entry whose role has a path, and no ConfigMap entry that has one", () => {
    const withPath = "arn:aws:iam::111122223333:role/team/reader";
    expect(map({ accessEntries: [{ ...entry, principalArn: withPath }] })?.username).toBe(
      "by entry",
    );
    const mapped = `[{"rolearn":"${withPath}","username":"by map"}]`;
    expect(map({ awsAuthData: { mapRoles: mapped } })).toBeUndefined();
  });

  it("lets a whole account in under its own ARN and in no group", () => {
    expect(map({ awsAuthData: { mapAccounts: '["111122223333"]' } })).toMatchObject({
      username: session.canonicalArn,
      groups: ["system:authenticated"],
    });
  });

  it.each([
    ["{{AccountID}}:x", "111122223333:x"],
    ["{{SessionName}}", "ada-example.com"],
    ["{{SessionNameRaw}}", "ada@example.com"],
    ["key:{{AccessKeyID}}", "key:ADA"],
    ["{{Unknown}}", "{{Unknown}}"],
  ])("renders %s as %s", (template, rendered) => {
    expect(usernameFor(template)).toBe(rendered);
  });

  it("renders a node's DNS name for an instance that there is, and makes nobody of others", () => {
    const template = "system:node:{{EC2PrivateDNSName}}";
    const instance = { ...session, sessionName: "i-0a1b2c3d4e5f60718" };
    expect(usernameFor(template, instance)).toBe("system:node:ip-10-0-0-1.internal");
    expect(
      usernameFor(template, { ...session, sessionName: "i-00000000000000000" }),
    ).toBeUndefined();
    expect(usernameFor(template)).toBeUndefined();
  });
});
