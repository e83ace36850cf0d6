// The local IAM, asked by the real SDK client.

import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DeleteUserCommand,
  DetachGroupPolicyCommand,
  GetGroupCommand,
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetUserCommand,
  type IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListGroupPoliciesCommand,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  ListUsersCommand,
  PutGroupPolicyCommand,
  paginateGetGroup,
  paginateListGroupsForUser,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  ACCOUNT,
  anAws,
  anAwsError,
  clientsOf,
  closeAll,
  GROUP,
  ROLE_ARN,
  START,
  USER,
} from "./support.ts";

afterEach(closeAll);

const NOBODY = "iam-bttrm-nobody";
const user2 = "iam-bttrm-web-user-2";

async function anIam(more: Parameters<typeof anAws>[0] = {}) {
  const aws = await anAws(more);
  const { iam } = clientsOf(aws, "admin");
  const add = (name = USER, group = GROUP) =>
    iam.send(new AddUserToGroupCommand({ GroupName: group, UserName: name }));
  const remove = (name = USER, group = GROUP) =>
    iam.send(new RemoveUserFromGroupCommand({ GroupName: group, UserName: name }));
  return { aws, iam, add, remove };
}

async function membersOf(iam: IAMClient, GroupName = GROUP): Promise<readonly unknown[]> {
  const { Users } = await iam.send(new GetGroupCommand({ GroupName }));
  return (Users ?? []).map((user) => user.UserName);
}

describe("a user", () => {
  it("is described as AWS describes one", async () => {
    const { iam } = await anIam();
    const { User } = await iam.send(new GetUserCommand({ UserName: USER }));
    expect(User).toEqual({
      Path: "/",
      UserName: USER,
      UserId: expect.stringMatching(/^AIDA[A-Z0-9]{17}$/),
      Arn: `arn:aws:iam::${ACCOUNT}:user/${USER}`,
      CreateDate: new Date(START),
    });
  });

  it("who does not exist cannot be found", async () => {
    const { iam } = await anIam();
    await expect(iam.send(new GetUserCommand({ UserName: NOBODY }))).rejects.toMatchObject(
      anAwsError("NoSuchEntityException", 404, `The user with name ${NOBODY} cannot be found.`),
    );
  });

  it("is the caller when no name is given", async () => {
    const { aws } = await anIam();
    aws.iam.addByHand(GROUP, USER);
    aws.addIdentity({
      name: "self",
      arn: `arn:aws:iam::${ACCOUNT}:user/${USER}`,
      allow: [
        {
          Effect: "Allow",
          Action: "iam:GetUser",
          Resource: `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`,
        },
      ],
    });
    const { iam } = clientsOf(aws, "self");
    const { User } = await iam.send(new GetUserCommand({}));
    expect(User?.UserName).toBe(USER);
    await expect(iam.send(new GetUserCommand({ UserName: user2 }))).rejects.toMatchObject(
      anAwsError("AccessDenied", 403),
    );
  });

  it("who is created again under the same name is another", async () => {
    const { iam } = await anIam();
    const create = () => iam.send(new CreateUserCommand({ UserName: NOBODY, Path: "/people/" }));
    const first = await create();
    await expect(create()).rejects.toMatchObject(anAwsError("EntityAlreadyExistsException", 409));
    await iam.send(new DeleteUserCommand({ UserName: NOBODY }));
    const second = await create();
    expect(second.User?.Arn).toBe(`arn:aws:iam::${ACCOUNT}:user/people/${NOBODY}`);
    expect(second.User?.UserId).not.toBe(first.User?.UserId);
  });

  it("is not deleted while in a group or with an access key", async () => {
    const { iam, add } = await anIam();
    await add(user2);
    await expect(iam.send(new DeleteUserCommand({ UserName: user2 }))).rejects.toMatchObject(
      anAwsError(
        "DeleteConflictException",
        409,
        "Cannot delete entity, must remove users from group first.",
      ),
    );
    await expect(iam.send(new DeleteUserCommand({ UserName: USER }))).rejects.toMatchObject(
      anAwsError(
        "DeleteConflictException",
        409,
        "Cannot delete entity, must delete access keys first.",
      ),
    );
  });

  it("is listed under its path", async () => {
    const { aws, iam } = await anIam();
    aws.iam.createUser("guest", "/guests/");
    const all = await iam.send(new ListUsersCommand({}));
    const guests = await iam.send(new ListUsersCommand({ PathPrefix: "/guests/" }));
    expect(all.Users?.map((user) => user.UserName)).toEqual(["guest", USER, user2]);
    expect(guests.Users?.map((user) => user.UserName)).toEqual(["guest"]);
  });
});

describe("a group", () => {
  it("is described with its path and members", async () => {
    const { iam, add } = await anIam();
    await add();
    const { Group, Users, IsTruncated } = await iam.send(new GetGroupCommand({ GroupName: GROUP }));
    expect(Group).toMatchObject({
      Path: "/jit/",
      Arn: `arn:aws:iam::${ACCOUNT}:group/jit/${GROUP}`,
      GroupId: expect.stringMatching(/^AGPA[A-Z0-9]{17}$/),
    });
    expect(Users).toHaveLength(1);
    expect(IsTruncated).toBe(false);
  });

  it("gives its members page by page, and loses nobody to a removal in between", async () => {
    const { aws, iam } = await anIam();
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) {
      aws.iam.createUser(name);
      aws.iam.addByHand(GROUP, name);
    }
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateGetGroup({ client: iam, pageSize: 2 }, { GroupName: GROUP })) {
      pages.push((page.Users ?? []).map((user) => user.UserName));
      if (pages.length === 1) aws.iam.removeByHand(GROUP, "b");
    }
    expect(pages).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  it("that does not exist cannot be found", async () => {
    const { iam, add, remove } = await anIam();
    const missing = anAwsError(
      "NoSuchEntityException",
      404,
      `The group with name ${NOBODY} cannot be found.`,
    );
    await expect(membersOf(iam, NOBODY)).rejects.toMatchObject(missing);
    await expect(add(USER, NOBODY)).rejects.toMatchObject(missing);
    await expect(remove(USER, NOBODY)).rejects.toMatchObject(missing);
  });

  it("is created, listed and deleted", async () => {
    const { iam } = await anIam();
    const { Group } = await iam.send(new CreateGroupCommand({ GroupName: "g", Path: "/jit/" }));
    expect(Group?.Arn).toBe(`arn:aws:iam::${ACCOUNT}:group/jit/g`);
    const { Groups } = await iam.send(new ListGroupsCommand({ PathPrefix: "/jit/" }));
    expect(Groups?.map((group) => group.GroupName)).toEqual(["g", GROUP]);
    await iam.send(new DeleteGroupCommand({ GroupName: "g" }));
    expect((await iam.send(new ListGroupsCommand({}))).Groups).toHaveLength(1);
  });

  it("is not deleted with members or policies", async () => {
    const { aws, iam, add } = await anIam();
    const drop = () => iam.send(new DeleteGroupCommand({ GroupName: GROUP }));
    await add();
    await expect(drop()).rejects.toThrow(
      "Cannot delete entity, must remove users from group first.",
    );
    aws.iam.removeByHand(GROUP, USER);
    await expect(drop()).rejects.toThrow("Cannot delete entity, must detach all policies first.");
  });
});

describe("a membership", () => {
  it("is given, seen from both sides, and taken", async () => {
    const { iam, add, remove } = await anIam();
    await add();
    expect(await membersOf(iam)).toEqual([USER]);
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: USER }));
    expect(Groups?.map((group) => group.GroupName)).toEqual([GROUP]);
    await remove();
    expect(await membersOf(iam)).toEqual([]);
  });

  it("given twice is given once", async () => {
    const { iam, add } = await anIam();
    await add();
    await add();
    expect(await membersOf(iam)).toEqual([USER]);
  });

  it("of nobody cannot be given or taken", async () => {
    const { add, remove } = await anIam();
    const missing = `The user with name ${NOBODY} cannot be found.`;
    await expect(add(NOBODY)).rejects.toThrow(missing);
    await expect(remove(NOBODY)).rejects.toThrow(missing);
  });

  it("that is not there is taken without complaint, as on AWS", async () => {
    const { remove } = await anIam();
    await expect(remove()).resolves.toBeDefined();
  });

  it("that is not there is an error where an emulator has it so", async () => {
    const { remove } = await anIam({ removingNonMember: "NoSuchEntity" });
    await expect(remove()).rejects.toMatchObject(
      anAwsError("NoSuchEntityException", 404, `User ${USER} not in group ${GROUP}`),
    );
  });

  it("ends at ten groups a user", async () => {
    const { aws, iam, add } = await anIam();
    for (let count = 0; count < 10; count += 1) {
      aws.iam.createGroup(`group-${count}`);
      await add(USER, `group-${count}`);
    }
    await expect(add()).rejects.toMatchObject(
      anAwsError("LimitExceededException", 409, "Cannot exceed quota for GroupsPerUser: 10"),
    );
    await expect(add(USER, "group-3")).resolves.toBeDefined();
    const pages: number[] = [];
    const client = { client: iam, pageSize: 4 };
    for await (const page of paginateListGroupsForUser(client, { UserName: USER })) {
      pages.push(page.Groups?.length ?? 0);
    }
    expect(pages).toEqual([4, 4, 2]);
  });

  it("is not inherited by a recreated user", async () => {
    const { aws, iam, add } = await anIam();
    const before = await iam.send(new GetUserCommand({ UserName: USER }));
    await add();
    aws.iam.recreateUser(USER);
    const after = await iam.send(new GetUserCommand({ UserName: USER }));
    expect(after.User?.UserId).not.toBe(before.User?.UserId);
    expect(await membersOf(iam)).toEqual([]);
  });
});

describe("a group's policies", () => {
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: ROLE_ARN }],
  });

  it("are put, read and deleted by name", async () => {
    const { iam } = await anIam();
    const named = { GroupName: GROUP, PolicyName: "assume" };
    await iam.send(new PutGroupPolicyCommand({ ...named, PolicyDocument: document }));
    const { PolicyNames } = await iam.send(new ListGroupPoliciesCommand({ GroupName: GROUP }));
    expect(PolicyNames).toEqual(["assume"]);
    const { PolicyDocument } = await iam.send(new GetGroupPolicyCommand(named));
    expect(decodeURIComponent(PolicyDocument ?? "")).toBe(document);
    await iam.send(new DeleteGroupPolicyCommand(named));
    await expect(iam.send(new GetGroupPolicyCommand(named))).rejects.toMatchObject(
      anAwsError(
        "NoSuchEntityException",
        404,
        "The group policy with name assume cannot be found.",
      ),
    );
  });

  it("are attached and detached by ARN", async () => {
    const { iam } = await anIam();
    const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    const list = async () =>
      (await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName: GROUP }))).AttachedPolicies;
    await iam.send(new AttachGroupPolicyCommand({ GroupName: GROUP, PolicyArn }));
    expect(await list()).toContainEqual({ PolicyName: "ReadOnlyAccess", PolicyArn });
    await iam.send(new DetachGroupPolicyCommand({ GroupName: GROUP, PolicyArn }));
    expect(await list()).toHaveLength(1);
    const unknown = { GroupName: GROUP, PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/nothing` };
    await expect(iam.send(new AttachGroupPolicyCommand(unknown))).rejects.toMatchObject(
      anAwsError("NoSuchEntityException", 404),
    );
  });

  it("that are managed are read in their one version", async () => {
    const { iam } = await anIam();
    const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/iam-bttrm-allow-assume-web-ro-role-policy`;
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    expect(Policy).toMatchObject({ Arn: PolicyArn, DefaultVersionId: "v1", IsAttachable: true });
    const version = (VersionId: string) =>
      iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
    const { PolicyVersion } = await version("v1");
    expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ""))).toMatchObject({
      Statement: { Action: "sts:AssumeRole", Resource: ROLE_ARN },
    });
    await expect(version("v2")).rejects.toMatchObject(anAwsError("NoSuchEntityException", 404));
    const unknown = { PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" };
    await expect(iam.send(new GetPolicyCommand(unknown))).rejects.toMatchObject(
      anAwsError("NoSuchEntityException", 404),
    );
  });

  it.each([
    ["no JSON", "{"],
    ["no statement", "{}"],
    ["an element that is not evaluated", '{"Statement":{"Effect":"Allow","NotAction":"iam:*"}}'],
    [
      "a condition that is not evaluated",
      '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{}}}}',
    ],
  ])("are refused with %s", async (_, PolicyDocument) => {
    const { iam } = await anIam();
    const policy = { GroupName: GROUP, PolicyName: "bad", PolicyDocument };
    await expect(iam.send(new PutGroupPolicyCommand(policy))).rejects.toMatchObject(
      anAwsError("MalformedPolicyDocumentException", 400),
    );
  });
});

describe("a request", () => {
  it("with a name that is none is a validation error", async () => {
    const { iam, add } = await anIam();
    await expect(add("no one & nobody")).rejects.toMatchObject(anAwsError("ValidationError", 400));
    await expect(
      iam.send(new GetGroupCommand({ GroupName: GROUP, MaxItems: 0 })),
    ).rejects.toMatchObject(anAwsError("ValidationError", 400));
  });
});

describe("reads that lag", () => {
  it("show a write only after the lag, while writes and the admin's view know it at once", async () => {
    const { aws, iam, add } = await anIam({ lagMs: 5_000 });
    await add();
    expect(aws.iam.members(GROUP)).toEqual([USER]);
    aws.pass(4_999);
    expect(await membersOf(iam)).toEqual([]);
    aws.pass(1);
    expect(await membersOf(iam)).toEqual([USER]);
  });

  it("show every state in its turn", async () => {
    const { aws, iam, add, remove } = await anIam({ lagMs: 5_000 });
    await add();
    aws.pass(2_000);
    await remove();
    aws.pass(3_000);
    expect(await membersOf(iam)).toEqual([USER]);
    aws.pass(2_000);
    expect(await membersOf(iam)).toEqual([]);
  });
});
