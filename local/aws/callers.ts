// Who calls: the access keys that the local AWS knows, the sessions taken from roles, and what each may do.

import type { FakeIds } from "./fake-ids.ts";
import type { IamRecords } from "./iam-records.ts";
import { evaluate, type PolicyContext, parsePolicy, type Statement } from "./policy.ts";
import { readClaim, signatureHolds, signedAt } from "./sigv4.ts";
import type { AwsRequest, Need, Trouble } from "./wire.ts";

/**
 * Someone with an access key. An IAM user's ARN joins the identity to that user of the local IAM:
 * the policies of the user's groups then count too, and the key dies with the user.
 */
export interface IdentitySeed {
  readonly name: string;
  readonly arn: string;
  /** Everything, or actions (`iam:GetGroup`, on any resource) and policy statements. */
  readonly allow?: "admin" | readonly (string | Statement)[];
  /** The key to know them by, where another STS made it; otherwise one is made here. */
  readonly credentials?: Credentials;
}

export interface Caller {
  readonly name: string;
  readonly arn: string;
  readonly account: string;
  readonly userId: string;
  /** The name of the role whose session this is. */
  readonly session: string | undefined;
  /** What policies may ask about the caller. */
  readonly context: PolicyContext;
  /** The caller's policies as they are now. */
  statements(): readonly Statement[];
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Epoch milliseconds, for sessions. */
  readonly expiresAt?: number;
}

/** Who called, or the trouble with the request. */
export type Authentication =
  | { readonly caller: Caller }
  | { readonly trouble: Trouble; readonly message: string };

/** A presigned GetCallerIdentity is good for this long, whatever `X-Amz-Expires` says. */
const PRESIGNED_VALID_MS = 15 * 60_000;

interface Key {
  readonly credentials: Credentials;
  readonly caller: Caller;
  readonly isAlive: () => boolean;
}

export interface Callers {
  /** Gives a named identity its access key. A second seed of the same name takes its place. */
  add(seed: IdentitySeed): Credentials;
  /** A temporary key for a session of a role; it lives until it expires, whatever becomes of who took it. */
  openSession(roleName: string, sessionName: string, durationMs: number): Session;
  credentials(name: string): Credentials;
  /** Who sent a request, after its signature. */
  authenticate(request: AwsRequest): Authentication;
  /** Why a caller may not do something, in AWS's words; undefined when they may. */
  whyNot(caller: Caller, need: Need): string | undefined;
  hasKey(arn: string): boolean;
}

export interface Session {
  readonly credentials: Required<Credentials>;
  readonly arn: string;
  readonly roleId: string;
}

export function createCallers(options: {
  readonly account: string;
  readonly records: IamRecords;
  readonly ids: FakeIds;
  readonly now: () => number;
  readonly outsideNow?: () => number;
}): Callers {
  const { account, records, ids, now } = options;
  const clocks = [now, ...(options.outsideNow ? [options.outsideNow] : [])];
  const keys = new Map<string, Key>();
  const named = new Map<string, string>();

  function remember(key: Key): void {
    keys.set(key.credentials.accessKeyId, key);
  }

  function add(seed: IdentitySeed): Credentials {
    const isSession = seed.arn.includes(":assumed-role/");
    const credentials = seed.credentials ?? (isSession ? newSession() : newKey("AKIA"));
    const replaced = named.get(seed.name);
    if (replaced) keys.delete(replaced);
    named.set(seed.name, credentials.accessKeyId);
    remember({ credentials, ...identity(seed) });
    return credentials;
  }

  function newKey(prefix: "AKIA" | "ASIA"): Credentials {
    const accessKeyId = ids(prefix, 20);
    return { accessKeyId, secretAccessKey: `local-only-secret-of-${accessKeyId}` };
  }

  /** What a role's session goes by, as every function does. */
  function newSession() {
    const key = newKey("ASIA");
    return { ...key, sessionToken: `local-only-session-token-of-${key.accessKeyId}` };
  }

  function identity(seed: IdentitySeed): Pick<Key, "caller" | "isAlive"> {
    const own = ownStatements(seed.allow ?? []);
    const user = records.userByArn(seed.arn);
    const userId = user?.id ?? ids(seed.arn.includes(":user/") ? "AIDA" : "AROA", 21);
    const caller: Caller = {
      name: seed.name,
      arn: seed.arn,
      // Callers of other accounts come too, to assume a role here.
      account: seed.arn.split(":")[4] ?? account,
      userId,
      session: undefined,
      context: contextOf(seed.arn, userId, user?.name),
      statements: () => (user ? [...own, ...records.policiesOfUser(user.id)] : own),
    };
    return { caller, isAlive: () => !user || records.userByArn(user.arn)?.id === user.id };
  }

  function openSession(roleName: string, sessionName: string, durationMs: number): Session {
    const role = records.role(roleName);
    if (!role) throw new Error(`No role ${roleName}`);
    const credentials = { ...newSession(), expiresAt: now() + durationMs };
    // STS leaves the role's path out of the session's ARN.
    const arn = `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`;
    const userId = `${role.id}:${sessionName}`;
    const caller: Caller = {
      name: `${roleName}/${sessionName}`,
      arn,
      account,
      userId,
      session: roleName,
      context: contextOf(role.arn, userId, undefined),
      statements: () => records.policiesOfRole(roleName),
    };
    remember({ credentials, caller, isAlive: () => true });
    return { credentials, arn, roleId: role.id };
  }

  function credentials(name: string): Credentials {
    const key = keys.get(named.get(name) ?? "");
    if (!key) throw new Error(`No identity is called ${name}`);
    return key.credentials;
  }

  function authenticate(request: AwsRequest): Authentication {
    const claim = readClaim(request);
    if (!claim) return trouble("unsigned", "Request is missing Authentication Token");
    const key = keys.get(claim.accessKeyId);
    if (!key?.isAlive() || key.credentials.sessionToken !== claim.sessionToken) {
      return trouble("unknownKey", "The security token included in the request is invalid.");
    }
    if (!signatureHolds(request, claim, key.credentials.secretAccessKey)) {
      return trouble("badSignature", BAD_SIGNATURE);
    }
    if (now() >= (key.credentials.expiresAt ?? Number.POSITIVE_INFINITY)) {
      return trouble("expiredToken", "The security token included in the request is expired");
    }
    // Only presigned requests are held to their date: programs outside the stack, such as the `aws`
    // CLI, sign by real time when the stack's clock is hours ahead of it.
    const age = (clock: () => number) => clock() - signedAt(claim);
    const isCurrent = clocks.some((clock) => Math.abs(age(clock)) <= PRESIGNED_VALID_MS);
    if (claim.presigned && !isCurrent) {
      return trouble("badSignature", outOfDate(claim.date, age(now)));
    }
    return { caller: key.caller };
  }

  function outOfDate(date: string, age: number): string {
    const limit = (ms: number) => `${new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, "")}`;
    return age > 0
      ? `Signature expired: ${date} is now earlier than ${limit(now() - PRESIGNED_VALID_MS)} (${limit(now())} - 15 min.)`
      : `Signature not yet current: ${date} is still later than ${limit(now() + PRESIGNED_VALID_MS)} (${limit(now())} + 15 min.)`;
  }

  return {
    add,
    openSession,
    credentials,
    authenticate,
    whyNot,
    hasKey: (arn) => [...keys.values()].some((key) => key.caller.arn === arn && key.isAlive()),
  };
}

const BAD_SIGNATURE =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

function trouble(kind: Trouble, message: string): Authentication {
  return { trouble: kind, message };
}

function contextOf(arn: string, userId: string, username: string | undefined): PolicyContext {
  return {
    "aws:PrincipalArn": arn,
    "aws:userid": userId,
    "aws:MultiFactorAuthPresent": "false",
    ...(username === undefined ? {} : { "aws:username": username }),
  };
}

function ownStatements(allow: "admin" | readonly (string | Statement)[]): readonly Statement[] {
  const list = allow === "admin" ? ["*"] : allow;
  const Statement = list.map((entry) =>
    typeof entry === "string"
      ? ({ Effect: "Allow", Action: entry, Resource: "*" } as const)
      : entry,
  );
  return Statement.length === 0 ? [] : parsePolicy({ Statement });
}

function whyNot(caller: Caller, { action, resource, named }: Need): string | undefined {
  const verdict = evaluate(caller.statements(), { action, resource, context: caller.context });
  if (verdict === "allowed") return undefined;
  return accessDenied(caller, action, named ?? resource, verdict === "denied");
}

/** AWS's sentence for a refusal. */
export function accessDenied(
  caller: Caller,
  action: string,
  resource: string,
  isExplicit = false,
): string {
  const reason = isExplicit
    ? "with an explicit deny in an identity-based policy"
    : `because no identity-based policy allows the ${action} action`;
  return `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
}
