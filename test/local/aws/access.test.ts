// Who may do what at the front door: unknown keys, wrong signatures, and identities that lack an action.

import { Sha256 } from "@aws-crypto/sha256-js";
import { ListClustersCommand } from "@aws-sdk/client-eks";
import {
  CreateUserCommand,
  GetGroupCommand,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterEach, describe, expect, it } from "@jest/globals";
import { SignatureV4 } from "@smithy/signature-v4";
import { ACCOUNT, anAws, anAwsError, clientsOf, closeAll, GROUP, USER } from "./support.ts";

afterEach(closeAll);

const stranger = { accessKeyId: "AKIALOCALNOBODY00000", secretAccessKey: "nothing" };

describe("the front door", () => {
  it("refuses an unknown key in each service's words", async () => {
    const clients = clientsOf(await anAws(), stranger);
    const message = "The security token included in the request is invalid.";
    await expect(clients.iam.send(new GetGroupCommand({ GroupName: GROUP }))).rejects.toMatchObject(
      anAwsError("InvalidClientTokenId", 403, message),
    );
    await expect(clients.eks.send(new ListClustersCommand({}))).rejects.toMatchObject(
      anAwsError("UnrecognizedClientException", 403, message),
    );
    await expect(clients.ssm.send(new GetParameterCommand({ Name: "/x" }))).rejects.toMatchObject(
      anAwsError("UnrecognizedClientException", 400, message),
    );
  });

  it("refuses a known key with another's secret", async () => {
    const aws = await anAws();
    const { accessKeyId } = aws.credentials("admin");
    const { sts, eks } = clientsOf(aws, { accessKeyId, secretAccessKey: "guessed" });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject(
      anAwsError("SignatureDoesNotMatch", 403),
    );
    await expect(eks.send(new ListClustersCommand({}))).rejects.toMatchObject(
      anAwsError("InvalidSignatureException", 403),
    );
  });

  it("refuses a request that nobody signed", async () => {
    const aws = await anAws();
    const response = await fetch(`${aws.url}/?Action=ListUsers&Version=2010-05-08`);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("<Code>MissingAuthenticationToken</Code>");
  });

  it("refuses a request that was changed after it was signed", async () => {
    const aws = await anAws();
    const signer = new SignatureV4({
      service: "iam",
      region: aws.region,
      credentials: aws.credentials("admin"),
      sha256: Sha256,
    });
    const { host, hostname, port } = new URL(aws.url);
    const bodyFor = (name: string) => `Action=CreateUser&Version=2010-05-08&UserName=${name}`;
    const { headers } = await signer.sign({
      method: "POST",
      protocol: "http:",
      hostname,
      port: Number(port),
      path: "/",
      query: {},
      headers: { host, "content-type": "application/x-www-form-urlencoded" },
      body: bodyFor("ada"),
    });
    const send = (name: string) => fetch(aws.url, { method: "POST", headers, body: bodyFor(name) });
    const changed = await send("eve");
    expect(changed.status).toBe(403);
    expect(await changed.text()).toContain("<Code>SignatureDoesNotMatch</Code>");
    expect((await send("ada")).status).toBe(200);
  });

  it("lets an identity do what it may, where it may, and says what else it lacks", async () => {
    const aws = await anAws();
    aws.iam.createGroup("administrators");
    aws.iam.addByHand(GROUP, USER);
    aws.iam.addByHand("administrators", USER);
    const { iam } = clientsOf(aws, "revoke");
    await iam.send(new RemoveUserFromGroupCommand({ GroupName: GROUP, UserName: USER }));
    expect(aws.iam.members(GROUP)).toEqual([]);
    await expect(
      iam.send(new RemoveUserFromGroupCommand({ GroupName: "administrators", UserName: USER })),
    ).rejects.toMatchObject(
      anAwsError(
        "AccessDenied",
        403,
        `User: arn:aws:sts::${ACCOUNT}:assumed-role/latchkey-revoke/local is not authorized to perform: iam:RemoveUserFromGroup on resource: group administrators because no identity-based policy allows the iam:RemoveUserFromGroup action`,
      ),
    );
    expect(aws.iam.members("administrators")).toEqual([USER]);
  });

  it("lets an explicit denial win", async () => {
    const aws = await anAws();
    aws.addIdentity({
      name: "careful",
      arn: `arn:aws:iam::${ACCOUNT}:user/careful`,
      allow: ["iam:*", { Effect: "Deny", Action: "iam:Create*", Resource: "*" }],
    });
    const { iam } = clientsOf(aws, "careful");
    await expect(iam.send(new GetGroupCommand({ GroupName: GROUP }))).resolves.toBeDefined();
    await expect(iam.send(new CreateUserCommand({ UserName: "new" }))).rejects.toThrow(
      "with an explicit deny in an identity-based policy",
    );
  });

  it("forgets the key of a user who was deleted, and gives a recreated one no old powers", async () => {
    const aws = await anAws();
    const { sts } = clientsOf(aws, "developer");
    await expect(sts.send(new GetCallerIdentityCommand({}))).resolves.toBeDefined();
    aws.iam.recreateUser(USER);
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject(
      anAwsError("InvalidClientTokenId", 403),
    );
  });

  it("keeps count of calls by service, action, identity and time", async () => {
    const aws = await anAws();
    const { iam } = clientsOf(aws, "revoke");
    await iam.send(new GetGroupCommand({ GroupName: GROUP }));
    aws.pass(1_000);
    await expect(iam.send(new CreateUserCommand({ UserName: "new" }))).rejects.toThrow();
    expect(aws.calls.list()).toEqual([
      {
        service: "iam",
        action: "GetGroup",
        identity: "revoke",
        status: 200,
        at: aws.now() - 1_000,
      },
      { service: "iam", action: "CreateUser", identity: "revoke", status: 403, at: aws.now() },
    ]);
    expect(aws.calls.count("iam")).toBe(2);
    expect(aws.calls.count("iam", "GetGroup")).toBe(1);
    aws.calls.clear();
    expect(aws.calls.count("iam")).toBe(0);
  });

  it("tells the stack's date, so that SDKs sign by it", async () => {
    const aws = await anAws();
    aws.pass(86_400_000);
    const response = await fetch(aws.url);
    expect(Date.parse(response.headers.get("date") ?? "")).toBe(aws.now());
  });
});
