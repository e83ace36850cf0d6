// An IAM with one group and twelve people, local or at some other endpoint, as a world for the target contract.

import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteUserCommand,
  GetGroupCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { parseIamUserArn } from "../../lib/grant/ids.ts";
import { assignmentKey, type IamGroupSpec, type Principal } from "../../lib/grant/target-spec.ts";
import { createIamGroupTarget } from "../../lib/targets/iam-group.ts";
import type { Assignment } from "../../lib/targets/target.ts";
import type { FaultKind } from "../../local/aws/faults.ts";
import { type AwsOptions, type LocalAws, startAws } from "../../local/aws/server.ts";
import { createTestClock, type Faults, type TestClock, type World } from "./contract.ts";

const WRITES = ["AddUserToGroup", "RemoveUserFromGroup"] as const;
const READS = ["GetGroup", "GetUser"] as const;
const YEAR_MS = 365 * 24 * 3_600_000;

export interface IamWorld extends World<IamGroupSpec> {
  readonly groupName: string;
  readonly groupArn: string;
  /** The client that the target uses. */
  readonly client: IAMClient;
}

/** A world at any IAM that takes `credentials` for an administrator's. Names are new every time. */
export async function iamWorldAt(
  endpoint: string,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
  options: {
    readonly clock?: TestClock;
    readonly adminCredentials?: typeof credentials;
    /** The unique ids of the members in truth; without it, what IAM shows. */
    readonly membersOf?: (groupName: string) => readonly string[];
    /** Lets time pass until everyone sees what was done by hand. */
    readonly settle?: () => void;
  } = {},
): Promise<IamWorld> {
  const { clock = createTestClock(), adminCredentials = credentials, settle = () => {} } = options;
  const settings = { endpoint, region: "us-east-2", maxAttempts: 2 };
  const admin = new IAMClient({ ...settings, credentials: adminCredentials });
  const client = new IAMClient({ ...settings, credentials });
  let writes = 0;
  client.middlewareStack.add(
    (next, context) => (args) => {
      const name = (context as { commandName?: string }).commandName ?? "";
      if (WRITES.some((write) => name.startsWith(write))) writes += 1;
      return next(args);
    },
    { step: "initialize" },
  );

  const mark = Math.random().toString(36).slice(2, 10);
  const groupName = `ro-group-${mark}`;
  const groupArn = await createGroup(admin, groupName);
  const nameOf = (n: number) => `web-user-${n}-${mark}`;
  const people = await Promise.all(
    Array.from({ length: 12 }, (_, n) => createUser(admin, nameOf(n))),
  );
  const personOf = (n: number) => people[n] ?? fail(`nobody is number ${n}`);
  const spec: IamGroupSpec = { kind: "iam-group", arn: groupArn };
  const memberIds = async () => {
    if (options.membersOf !== undefined) return options.membersOf(groupName);
    const { Users = [] } = await admin.send(new GetGroupCommand({ GroupName: groupName }));
    return Users.map(({ UserId = "" }) => UserId);
  };
  const occupants = new Map<number, string>();
  settle();

  return {
    groupName,
    groupArn,
    client,
    clock,
    target: createIamGroupTarget({ client: () => client, clock }),
    assignment: (n) => assignmentOf(spec, personOf(n)),
    otherWish: () => spec,
    holds: async (n) => (await memberIds()).includes(personOf(n).id),
    async occupy(n) {
      await admin.send(new DeleteUserCommand({ UserName: nameOf(n) }));
      occupants.set(n, (await createUser(admin, nameOf(n))).id);
      const membership = { GroupName: groupName, UserName: nameOf(n) };
      await admin.send(new AddUserToGroupCommand(membership));
      settle();
    },
    isOccupied: async (n) => (await memberIds()).includes(occupants.get(n) ?? fail("not occupied")),
    writes: () => writes,
    async close() {
      client.destroy();
      admin.destroy();
    },
  };
}

/** A world in the local AWS, with its faults and what else can be done to it by hand. */
export async function localIamWorld(
  options: Partial<AwsOptions> = {},
): Promise<IamWorld & { readonly aws: LocalAws; readonly faults: Faults }> {
  const clock = createTestClock();
  const aws = await startAws({
    now: clock.now,
    identities: [
      { name: "admin", arn: "arn:aws:iam::111122223333:role/admin", allow: "admin" },
      { name: "broker", arn: "arn:aws:iam::111122223333:role/broker", allow: "admin" },
    ],
    ...options,
  });
  const world = await iamWorldAt(aws.url, aws.credentials("broker"), {
    clock,
    adminCredentials: aws.credentials("admin"),
    membersOf: (name) => aws.iam.groups().find((group) => group.name === name)?.memberIds ?? [],
    settle: () => clock.advance(options.lagMs ?? 0),
  });
  return {
    ...world,
    aws,
    faults: faultsOf(aws),
    async close() {
      await world.close();
      await aws.close();
    },
  };
}

function faultsOf(aws: LocalAws): Faults {
  const hit = (kind: FaultKind, actions: readonly string[], more = {}) => {
    for (const action of actions) {
      aws.faults.inject({ kind, service: "iam", action, identity: "broker", ...more });
    }
  };
  return {
    denyReads: () => hit("denied", READS),
    denyWrites: () => hit("denied", WRITES),
    unreachable: () => hit("error", [...READS, ...WRITES]),
    // Twice: for the SDK's second attempt too.
    loseNextWrite: () => hit("lost", WRITES, { times: 2 }),
    dropNextWrite: () => hit("late", WRITES, { times: 2, delayMs: YEAR_MS }),
    heal: () => aws.faults.clear(),
  };
}

export function assignmentOf(spec: IamGroupSpec, person: Principal): Assignment<IamGroupSpec> {
  return {
    key: assignmentKey(spec, person),
    principal: person.arn,
    principalId: person.id,
    spec,
    others: [],
  };
}

async function createUser(admin: IAMClient, name: string): Promise<Principal> {
  const { User } = await admin.send(new CreateUserCommand({ UserName: name }));
  return {
    arn: parseIamUserArn(User?.Arn ?? ""),
    id: User?.UserId ?? fail("a user without an id"),
  };
}

async function createGroup(admin: IAMClient, name: string): Promise<string> {
  const { Group } = await admin.send(new CreateGroupCommand({ GroupName: name, Path: "/jit/" }));
  return Group?.Arn ?? fail("a group without an ARN");
}

function fail(message: string): never {
  throw new Error(message);
}
