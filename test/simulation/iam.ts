// An IAM in memory, eventually consistent: an object with the client's `send`, and the truth behind it.

import {
  AddUserToGroupCommand,
  GetGroupCommand,
  GetUserCommand,
  type IAMClient,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";
import { callOutside, type Failure, type Fault, type Process, type World } from "./outside.ts";
import { timeoutOf } from "./virtual-timeouts.ts";

/** For this long a read may still show what was before. */
const LAG_MS = 2_500;

export interface Iam {
  /** The client of one process. */
  client(process: Process): IAMClient;
  /** Names of users, each with its present unique id. */
  readonly users: Map<string, string>;
  /** In truth: the unique ids of the members, by group. */
  readonly members: Map<string, Set<string>>;
  /** A member since long ago: no read, however old what it shows, is without them. */
  stand(group: string, name: string): void;
  /** An administrator's hand: at once, without asking anybody. */
  join(group: string, name: string): void;
  leave(group: string, name: string): void;
  /** Until then (epoch ms) the user is in as many groups as AWS allows. */
  fill(name: string, until: number): void;
  /** Every write is throttled until then (epoch ms). */
  writesFailUntil(until: number): void;
  /**
   * Deletes the user, memberships and all; false while a call for that name may be under way. IAM adds by
   * name, so that between the look at the user and the write there is a moment that no caller can close: it
   * is not simulated.
   */
  remove(name: string): boolean;
  /** Makes a user of a name that nobody bears; false as for `remove`. */
  make(name: string): boolean;
  /** Both at once. */
  recreate(name: string): boolean;
}

/** What the truth is told of, for its checks; `by` is the process that wrote. */
export interface IamWitness {
  addIssued(by: Process, group: string, userId: string): void;
  added(by: Process, group: string, userId: string): void;
  removeIssued(by: Process, group: string, userId: string): void;
  removed(by: Process, group: string, userId: string): void;
}

const ARN = "arn:aws:iam::111122223333";
export const userArn = (name: string) => `${ARN}:user/${name}`;
export const groupArn = (name: string) => `${ARN}:group/jit/${name}`;

interface Past {
  readonly at: number;
  readonly members: ReadonlySet<string>;
}

/** IAM with `groups` and `names` as its users. */
export function createIam(
  world: World,
  witness: IamWitness,
  groups: readonly string[],
  names: readonly string[],
): Iam {
  const { loop, random } = world;
  let made = 0;
  const newId = () => `AIDA${String(++made).padStart(17, "0")}`;
  const users = new Map(names.map((name) => [name, newId()]));
  const nameOf = new Map([...users].map(([name, id]) => [id, name]));
  const members = new Map(groups.map((group) => [group, new Set<string>()]));
  const pasts = new Map<string, Past[]>(groups.map((group) => [group, []]));
  /** Until when a call for a user of that name may be under way. */
  const busyUntil = new Map<string, number>();
  let writesDownUntil = 0;
  const fullUntil = new Map<string, number>();
  const isBusy = (name: string) => loop.now() < (busyUntil.get(name) ?? 0);

  const of = (group: string) => members.get(group) ?? missing(`group ${group}`);
  const idOf = (name: string) => users.get(name) ?? missing(`user ${name}`);
  const remember = (group: string) => {
    const kept = (pasts.get(group) ?? []).filter(({ at }) => at > loop.now() - LAG_MS);
    pasts.set(group, [...kept, { at: loop.now(), members: new Set(of(group)) }]);
  };
  const takeOut = (group: string, id: string) => {
    if (!of(group).has(id)) return;
    remember(group);
    of(group).delete(id);
  };
  /** As some replica shows it. */
  const shown = (group: string): ReadonlySet<string> => {
    const byChance = () =>
      world.chaos.isOn() && random.chance(0.3) ? random.between(1, LAG_MS) : 0;
    const lagMs = world.chaos.readLagMs ?? byChance();
    // What is remembered is the state before each change.
    return pasts.get(group)?.find(({ at }) => at > loop.now() - lagMs)?.members ?? of(group);
  };

  const effects = (by: Process, command: unknown): unknown => {
    if (command instanceof GetUserCommand) {
      const name = command.input.UserName ?? "";
      return { User: { UserName: name, UserId: idOf(name), Arn: userArn(name) } };
    }
    const { GroupName: group = "", UserName: name = "" } = (command as AddUserToGroupCommand).input;
    if (command instanceof GetGroupCommand) {
      const Users = [...shown(group)].map((id) => ({ UserId: id, UserName: nameOf.get(id) ?? "" }));
      return { Group: { Arn: groupArn(group) }, Users, IsTruncated: false };
    }
    const id = idOf(name);
    remember(group);
    if (command instanceof AddUserToGroupCommand) {
      const isNew = !of(group).has(id);
      // The SDK takes it for throttling, and has tried twice.
      if (isNew && loop.now() < (fullUntil.get(name) ?? 0)) {
        throw named("LimitExceeded", "10 groups per user", 409, 2);
      }
      of(group).add(id);
      world.trace?.(() => `IAM: ${name} (${id}) is in ${group}`);
      if (isNew) witness.added(by, group, id);
      return {};
    }
    if (!of(group).delete(id)) missing(`member ${name}`);
    world.trace?.(() => `IAM: ${name} (${id}) is out of ${group}`);
    witness.removed(by, group, id);
    return {};
  };

  const send = (by: Process, command: unknown, signal: AbortSignal | undefined) => {
    const reads = command instanceof GetUserCommand || command instanceof GetGroupCommand;
    const { GroupName: group = "", UserName: name = "" } = (command as AddUserToGroupCommand).input;
    if (!by.dead && command instanceof AddUserToGroupCommand) {
      witness.addIssued(by, group, users.get(name) ?? "");
    }
    // The look at a user, and the write that follows it, land at the latest by then, whatever their fate.
    if (!by.dead && name !== "") busyUntil.set(name, loop.now() + 30_000);
    if (!by.dead && command instanceof RemoveUserFromGroupCommand) {
      witness.removeIssued(by, group, users.get(name) ?? "");
    }
    const what = (command as object).constructor.name.replace("Command", "");
    return callOutside(world, by, {
      name: `iam ${what} ${[group, name].filter(Boolean).join(" ")}`,
      timeoutMs: timeoutOf(signal),
      ...(reads ? { faults: READ_FAULTS } : { faults: WRITE_FAULTS, isTargetWrite: true }),
      effect() {
        if (!reads && loop.now() < writesDownUntil) throw awsFault("throttled", false);
        return effects(by, command);
      },
      toSecondTry: triedTwice,
      failure: (kind) => {
        throw awsFault(kind, random.chance(0.5));
      },
    });
  };

  const iam: Iam = {
    client: (process) =>
      ({
        send: (command: unknown, options?: { abortSignal?: AbortSignal }) =>
          send(process, command, options?.abortSignal),
      }) as unknown as IAMClient,
    users,
    members,
    stand: (group, name) => void of(group).add(idOf(name)),
    join(group, name) {
      remember(group);
      of(group).add(idOf(name));
    },
    leave: (group, name) => takeOut(group, idOf(name)),
    fill: (name, until) => fullUntil.set(name, until),
    writesFailUntil(until) {
      writesDownUntil = until;
    },
    remove(name) {
      if (isBusy(name)) return false;
      const former = idOf(name);
      for (const group of groups) takeOut(group, former);
      users.delete(name);
      return true;
    },
    make(name) {
      if (isBusy(name)) return false;
      const id = newId();
      users.set(name, id);
      nameOf.set(id, name);
      return true;
    },
    recreate: (name) => iam.remove(name) && iam.make(name),
  };
  return iam;
}

const READ_FAULTS: readonly [Fault, ...Fault[]] = [
  "before",
  "before",
  "throttled",
  "throttled",
  "denied",
  "death",
];
const WRITE_FAULTS: readonly [Fault, ...Fault[]] = [
  "before",
  "lost",
  "throttled",
  "denied",
  "late",
  "late",
  "late",
  "late",
  "late",
  "late",
  "twice",
  "echo",
  "death",
];

function missing(what: string): never {
  throw named("NoSuchEntity", `no ${what}`, 404);
}

/** As the SDK throws it; `either`: there are two looks of the same fault. */
function awsFault(kind: Failure, either: boolean): Error {
  switch (kind) {
    case "before":
      return either
        ? Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
        : named("ServiceUnavailable", "try again", 503);
    case "lost":
      return either ? named("InternalFailure", "it failed", 500) : timedOut();
    case "throttled":
      return named("Throttling", "rate exceeded", 400, either ? 2 : 1);
    case "denied":
      return named("AccessDenied", "not authorized", 403);
    case "late":
      return timedOut();
    default:
      throw new TypeError(`unknown failure ${kind satisfies never}`);
  }
}

function named(name: string, message: string, httpStatusCode: number, attempts = 1): Error {
  const error = new Error(message);
  error.name = name;
  return Object.assign(error, { $metadata: { httpStatusCode, attempts } });
}

function triedTwice(answer: unknown): unknown {
  const { $metadata } = answer as { $metadata?: object };
  const told = { $metadata: { ...$metadata, attempts: 2 } };
  return answer instanceof Error ? Object.assign(answer, told) : { ...(answer as object), ...told };
}

function timedOut(): Error {
  const error = new Error("no answer in time");
  error.name = "TimeoutError";
  return error;
}
