// IAM policy documents: reads them, refuses what it cannot evaluate, and says whether they allow an action.

import { type AwsError, awsError } from "./wire.ts";

type OneOrMore = string | readonly string[];

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: OneOrMore;
  /** Absent in trust policies only. */
  readonly Resource?: OneOrMore;
  /** In trust policies only. */
  readonly Principal?: "*" | { readonly AWS?: OneOrMore; readonly Service?: OneOrMore };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore | boolean>>>>;
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: Statement | readonly Statement[];
}

/** What is known of a request when a policy is evaluated: `aws:username`, `sts:ExternalId`, … */
export type PolicyContext = Readonly<Record<string, string>>;

export interface Question {
  readonly action: string;
  readonly resource: string;
  readonly context: PolicyContext;
}

/** `silent` is the implicit denial: no statement speaks of it. */
export type Verdict = "allowed" | "denied" | "silent";

const ELEMENTS = new Set(["Sid", "Effect", "Action", "Resource", "Principal", "Condition"]);

const OPERATORS: Readonly<Record<string, (wanted: string, actual: string) => boolean>> = {
  StringEquals: (wanted, actual) => wanted === actual,
  StringLike: (wanted, actual) => matches(wanted, actual),
  ArnEquals: (wanted, actual) => matches(wanted, actual),
  ArnLike: (wanted, actual) => matches(wanted, actual),
  Bool: (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase(),
};

/**
 * The statements of a policy document. Throws MalformedPolicyDocument for what is no policy and for
 * elements and condition operators that this evaluator does not know. NB. A policy that is only
 * half understood could allow what AWS would deny.
 */
export function parsePolicy(document: string | PolicyDocument): readonly Statement[] {
  const parsed = typeof document === "string" ? parseJson(document) : document;
  const listed: unknown = (parsed as Partial<PolicyDocument> | null)?.Statement;
  const statements: unknown[] = Array.isArray(listed) ? listed : [listed];
  for (const statement of statements) checkStatement(statement);
  return statements as Statement[];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("Syntax errors in policy.");
  }
}

function checkStatement(statement: unknown): void {
  if (typeof statement !== "object" || statement === null) throw malformed("Missing Statement.");
  const unknownElement = Object.keys(statement).find((key) => !ELEMENTS.has(key));
  if (unknownElement) throw malformed(`${unknownElement} is not supported by this local IAM.`);
  const { Effect, Action, Condition } = statement as Partial<Statement>;
  if (Effect !== "Allow" && Effect !== "Deny") throw malformed("Effect must be Allow or Deny.");
  if (Action === undefined) throw malformed("Policy statement must contain actions.");
  const operator = Object.keys(Condition ?? {}).find((name) => !(name in OPERATORS));
  if (operator) throw malformed(`The condition ${operator} is not supported by this local IAM.`);
}

function malformed(message: string): AwsError {
  return awsError("MalformedPolicyDocument", message, 400);
}

/** What identity policies say about a question. An explicit denial wins over every allowance. */
export function evaluate(statements: readonly Statement[], question: Question): Verdict {
  const speaking = statements.filter((statement) => speaksOf(statement, question));
  if (speaking.some((statement) => statement.Effect === "Deny")) return "denied";
  return speaking.length > 0 ? "allowed" : "silent";
}

function speaksOf(statement: Statement, { action, resource, context }: Question): boolean {
  return (
    asList(statement.Action).some((a) => matches(a.toLowerCase(), action.toLowerCase())) &&
    asList(statement.Resource ?? []).some((r) => matches(fillIn(r, context), resource)) &&
    conditionHolds(statement, context)
  );
}

/** How far a trust policy lets a caller in: it names the caller, only their account, or neither. */
export type Trust = "caller" | "account" | "none" | "denied";

/**
 * What a role's trust policy says of a caller. Trust in the account (`…:root`, or the bare number)
 * leaves the decision to the caller's own policies; trust in the caller's ARN is enough by itself
 * within one account (IAM User Guide, "Cross account policy evaluation logic").
 */
export function evaluateTrust(
  statements: readonly Statement[],
  caller: { readonly arn: string; readonly account: string },
  context: PolicyContext,
): Trust {
  const speaking = statements.filter(
    (statement) =>
      asList(statement.Action).some((action) => matches(action, "sts:AssumeRole")) &&
      conditionHolds(statement, context),
  );
  const names = (statement: Statement, principal: string) =>
    statement.Principal === "*" || asList(statement.Principal?.AWS ?? []).includes(principal);
  const namesAccount = (statement: Statement) =>
    names(statement, `arn:aws:iam::${caller.account}:root`) || names(statement, caller.account);
  const concerned = speaking.filter(
    (s) => names(s, caller.arn) || names(s, "*") || namesAccount(s),
  );
  if (concerned.some((statement) => statement.Effect === "Deny")) return "denied";
  if (concerned.some((statement) => statement.Principal !== "*" && names(statement, caller.arn))) {
    return "caller";
  }
  return concerned.length > 0 ? "account" : "none";
}

function conditionHolds(statement: Statement, context: PolicyContext): boolean {
  return Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const actual = context[key];
      if (actual === undefined) return false;
      return asList(typeof wanted === "boolean" ? String(wanted) : wanted).some((value) =>
        OPERATORS[operator]?.(fillIn(value, context), actual),
      );
    }),
  );
}

function asList(value: OneOrMore): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

/** Replaces policy variables, `${aws:username}`; an unknown one matches nothing. */
function fillIn(text: string, context: PolicyContext): string {
  return text.replace(/\$\{([^}]+)\}/g, (_, key: string) => context[key] ?? "\0");
}

/** IAM's wildcards: `*` any characters, `?` one. */
function matches(pattern: string, text: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${source.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(text);
}
