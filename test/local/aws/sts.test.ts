// The local STS: identities, EKS tokens, and the role that only members of the group may assume.

import { request } from "node:http";
import { Sha256 } from "@aws-crypto/sha256-js";
import { ListClustersCommand } from "@aws-sdk/client-eks";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
} from "@aws-sdk/client-sts";
import { afterEach, describe, expect, it } from "@jest/globals";
import { SignatureV4 } from "@smithy/signature-v4";
import type { LocalAws } from "../../../local/aws/server.ts";
import {
  ACCOUNT,
  anAws,
  anAwsError,
  CLUSTER,
  clientsOf,
  closeAll,
  GROUP,
  ROLE,
  ROLE_ARN,
  START,
  type TestAws,
  USER,
  USER_ARN,
} from "./support.ts";

afterEach(closeAll);

const trustIn = (
  principal: string,
  Condition?: Record<string, Record<string, string | boolean>>,
) => ({
  Statement: [
    {
      Effect: "Allow" as const,
      Principal: { AWS: principal },
      Action: "sts:AssumeRole",
      ...(Condition && { Condition }),
    },
  ],
});

const anAwsWithRole = (role: Parameters<typeof trustIn>) =>
  anAws({ iam: { users: [{ name: USER }], roles: [{ name: ROLE, trust: trustIn(...role) }] } });

function assume(aws: LocalAws, who: string, more: Partial<AssumeRoleCommandInput> = {}) {
  const input = { RoleArn: ROLE_ARN, RoleSessionName: "ada", ...more };
  return clientsOf(aws, who).sts.send(new AssumeRoleCommand(input));
}

describe("who someone is", () => {
  it("is told to whoever signs", async () => {
    const aws = await anAws();
    const identity = await clientsOf(aws, "developer").sts.send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({
      Arn: USER_ARN,
      Account: ACCOUNT,
      UserId: aws.iam.users().find((user) => user.name === USER)?.id,
    });
  });
});

describe("an EKS token", () => {
  interface Token {
    readonly signedHost?: string;
    readonly at?: number;
    readonly who?: string;
  }

  /** The presigned URL that a token holds, made as the broker makes it: its path and query. */
  async function presigned(aws: TestAws, { signedHost, at, who = "developer" }: Token = {}) {
    const signer = new SignatureV4({
      service: "sts",
      region: aws.region,
      credentials: aws.credentials(who),
      sha256: Sha256,
    });
    const host = signedHost ?? new URL(aws.url).host;
    const { path, query } = await signer.presign(
      {
        method: "GET",
        protocol: "https:",
        hostname: host,
        path: "/",
        query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
        headers: { host, "x-k8s-aws-id": CLUSTER },
      },
      { expiresIn: 60, signingDate: new Date(at ?? aws.now()) },
    );
    return `${path}?${new URLSearchParams(query as Record<string, string>)}`;
  }

  /** Asks STS as the cluster does, with the host and cluster name of its own. */
  function redeem(aws: LocalAws, path: string, headers: Record<string, string> = {}) {
    return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const options = { headers: { "x-k8s-aws-id": CLUSTER, ...headers } };
      const outgoing = request(`${aws.url}${path}`, options, (incoming) => {
        let body = "";
        incoming.on("data", (chunk) => {
          body += String(chunk);
        });
        incoming.on("end", () => resolve({ status: incoming.statusCode, body }));
      });
      outgoing.on("error", reject);
      outgoing.end();
    });
  }

  it("is good for its signer, in XML and in the JSON that the authenticator asks for", async () => {
    const aws = await anAws();
    const path = await presigned(aws);
    const inXml = await redeem(aws, path);
    expect(inXml.status).toBe(200);
    expect(inXml.body).toContain(`<Arn>${USER_ARN}</Arn>`);
    const inJson = await redeem(aws, path, { accept: "application/json" });
    expect(JSON.parse(inJson.body)).toMatchObject({
      GetCallerIdentityResponse: {
        GetCallerIdentityResult: { Account: ACCOUNT, Arn: USER_ARN },
      },
    });
  });

  it("signed for Amazon's own host is good when it is asked for by that host", async () => {
    const aws = await anAws();
    const signedHost = "sts.us-east-2.amazonaws.com";
    const path = await presigned(aws, { signedHost });
    expect((await redeem(aws, path, { host: signedHost })).status).toBe(200);
    expect((await redeem(aws, path)).status).toBe(403);
  });

  it("of one cluster is no token for another", async () => {
    const aws = await anAws();
    const path = await presigned(aws);
    const answer = await redeem(aws, path, { "x-k8s-aws-id": "bttrm-eks-prod-0" });
    expect(answer.status).toBe(403);
    expect(answer.body).toContain("<Code>SignatureDoesNotMatch</Code>");
  });

  it("is good for fifteen minutes of the stack's time, whatever it says itself", async () => {
    const aws = await anAws();
    const path = await presigned(aws);
    aws.pass(15 * 60_000);
    expect((await redeem(aws, path)).status).toBe(200);
    aws.pass(1_000);
    const late = await redeem(aws, path);
    expect(late.status).toBe(403);
    expect(late.body).toContain(
      "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T031906Z - 15 min.)",
    );
  });

  it("from the future is not yet good", async () => {
    const aws = await anAws();
    const path = await presigned(aws, { at: START + 3_600_000 });
    expect((await redeem(aws, path)).body).toContain("Signature not yet current");
  });

  it("of a program outside the stack is good by that program's own clock", async () => {
    const outside = START + 30 * 86_400_000;
    const aws = await anAws({ outsideNow: () => outside });
    expect((await redeem(aws, await presigned(aws, { at: outside }))).status).toBe(200);
    expect((await redeem(aws, await presigned(aws))).status).toBe(200);
    const neither = await presigned(aws, { at: START + 86_400_000 });
    expect((await redeem(aws, neither)).status).toBe(403);
  });
});

describe("a role", () => {
  it("is assumed by members of the group alone, and denied again after", async () => {
    const aws = await anAws();
    const denied = anAwsError(
      "AccessDenied",
      403,
      `User: ${USER_ARN} is not authorized to perform: sts:AssumeRole on resource: ${ROLE_ARN} because no identity-based policy allows the sts:AssumeRole action`,
    );
    await expect(assume(aws, "developer")).rejects.toMatchObject(denied);
    aws.iam.addByHand(GROUP, USER);
    expect((await assume(aws, "developer")).AssumedRoleUser).toEqual({
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${ROLE}/ada`,
      AssumedRoleId: expect.stringMatching(/^AROA[A-Z0-9]{17}:ada$/),
    });
    aws.iam.removeByHand(GROUP, USER);
    await expect(assume(aws, "developer")).rejects.toMatchObject(denied);
  });

  it("leaves a session that has the role's powers, outlives the membership, and ends on time", async () => {
    const aws = await anAws();
    aws.iam.addByHand(GROUP, USER);
    const { Credentials } = await assume(aws, "developer", { DurationSeconds: 900 });
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA/);
    expect(Credentials?.Expiration).toEqual(new Date(START + 900_000));
    const session = clientsOf(aws, {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    });
    aws.iam.removeByHand(GROUP, USER);
    const { Arn } = await session.sts.send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/${ROLE}/ada`);
    const { clusters } = await session.eks.send(new ListClustersCommand({}));
    expect(clusters).toContain(CLUSTER);
    aws.pass(900_000);
    await expect(session.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject(
      anAwsError("ExpiredToken", 403, "The security token included in the request is expired"),
    );
    await expect(session.eks.send(new ListClustersCommand({}))).rejects.toMatchObject(
      anAwsError("ExpiredTokenException", 403),
    );
  });

  it("leaves a session that is nothing without its token", async () => {
    const aws = await anAws();
    aws.iam.addByHand(GROUP, USER);
    const { Credentials } = await assume(aws, "developer");
    const { sts } = clientsOf(aws, {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
    });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject(
      anAwsError("InvalidClientTokenId", 403),
    );
  });

  it("that trusts a user by ARN needs no policy of that user's, and lets no other in", async () => {
    const aws = await anAwsWithRole([USER_ARN]);
    await expect(assume(aws, "developer")).resolves.toBeDefined();
    await expect(assume(aws, "admin")).rejects.toMatchObject(anAwsError("AccessDenied", 403));
  });

  it("that asks for an external id is closed without it", async () => {
    const aws = await anAwsWithRole([
      USER_ARN,
      { StringEquals: { "sts:ExternalId": "the-agreed-id" } },
    ]);
    await expect(assume(aws, "developer")).rejects.toThrow("not authorized");
    await expect(assume(aws, "developer", { ExternalId: "guessed" })).rejects.toThrow(
      "not authorized",
    );
    await expect(assume(aws, "developer", { ExternalId: "the-agreed-id" })).resolves.toBeDefined();
  });

  it("that asks for MFA is closed to who has none", async () => {
    const aws = await anAwsWithRole([USER_ARN, { Bool: { "aws:MultiFactorAuthPresent": true } }]);
    await expect(assume(aws, "developer")).rejects.toThrow("not authorized");
  });

  it("that does not exist is denied in the same words", async () => {
    const aws = await anAws();
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/no-such-role`;
    await expect(assume(aws, "admin", { RoleArn })).rejects.toMatchObject(
      anAwsError("AccessDenied", 403),
    );
  });

  it.each([
    ["a duration under 15 minutes", { DurationSeconds: 899 }],
    ["a duration over the role's own", { DurationSeconds: 3_601 }],
    ["a session name that is none", { RoleSessionName: "ada lovelace" }],
  ])("is refused with %s", async (_, more) => {
    const aws = await anAws();
    await expect(assume(aws, "admin", more)).rejects.toMatchObject(
      anAwsError("ValidationError", 400),
    );
  });

  it("is denied as late as reads lag", async () => {
    const aws = await anAws({ lagMs: 5_000 });
    aws.iam.addByHand(GROUP, USER);
    aws.pass(5_000);
    aws.iam.removeByHand(GROUP, USER);
    await expect(assume(aws, "developer")).resolves.toBeDefined();
    aws.pass(5_000);
    await expect(assume(aws, "developer")).rejects.toThrow("not authorized");
  });
});
