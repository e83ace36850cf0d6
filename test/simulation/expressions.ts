// DynamoDB's expressions, as far as the store uses them: conditions and updates, read once per text and evaluated on items.

import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../lib/store/items.ts";

/** What the aliases of an expression stand for. */
export interface Aliases {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

type Condition = (item: Item, aliases: Aliases) => boolean;
type Operand = (item: Item, aliases: Aliases) => AttributeValue | undefined;
type Action = (old: Item, next: Record<string, AttributeValue>, aliases: Aliases) => void;

/** A request that DynamoDB would call malformed. */
export class ValidationException extends Error {
  override readonly name = "ValidationException";
}

const conditions = new Map<string, Condition>();
const updates = new Map<string, readonly Action[]>();

/** Whether `item`, `{}` where there is none, satisfies `expression`. */
export function satisfies(expression: string, item: Item, aliases: Aliases): boolean {
  return known(conditions, expression, readCondition)(item, aliases);
}

/** `item`, `{}` where there is none, as `expression` leaves it. Every operand is read from the item as it was. */
export function updated(expression: string, item: Item, aliases: Aliases): Item {
  const next = { ...item };
  for (const act of known(updates, expression, readUpdate)) act(item, next, aliases);
  return next;
}

function known<T>(cache: Map<string, T>, text: string, read: (text: string) => T): T {
  const found = cache.get(text);
  if (found !== undefined) return found;
  const result = read(text);
  cache.set(text, result);
  return result;
}

// --- Reading ---

interface Tokens {
  /** The next token, taken; `expected`: no other will do. */
  take(expected?: string): string;
  /** Takes the next token if it is this word or sign. */
  takes(word: string): boolean;
  readonly isOver: boolean;
}

const TOKEN = /\s*(?:(?<token>[#:]?\w+(?:\.#?\w+)*|<=|>=|<>|[=<>(),])|(?<end>$))/y;

function tokensOf(text: string): Tokens {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (;;) {
    const match = TOKEN.exec(text);
    if (match === null) throw new ValidationException(`Invalid expression: ${text}`);
    const token = match.groups?.["token"];
    if (token === undefined) break;
    tokens.push(token);
  }
  let next = 0;
  return {
    take(expected) {
      const token = tokens[next++] ?? "";
      if (token === "" || (expected !== undefined && token !== expected)) {
        throw new ValidationException(`Invalid expression: ${text}`);
      }
      return token;
    },
    takes(word) {
      if (tokens[next]?.toUpperCase() !== word) return false;
      next += 1;
      return true;
    },
    get isOver() {
      return next === tokens.length;
    },
  };
}

function readCondition(text: string): Condition {
  const tokens = tokensOf(text);
  const condition = readOr(tokens);
  if (!tokens.isOver) throw new ValidationException(`Invalid expression: ${text}`);
  return condition;
}

function readOr(tokens: Tokens): Condition {
  const parts = [readAnd(tokens)];
  while (tokens.takes("OR")) parts.push(readAnd(tokens));
  return (item, aliases) => parts.some((part) => part(item, aliases));
}

function readAnd(tokens: Tokens): Condition {
  const parts = [readTerm(tokens)];
  while (tokens.takes("AND")) parts.push(readTerm(tokens));
  return (item, aliases) => parts.every((part) => part(item, aliases));
}

function readTerm(tokens: Tokens): Condition {
  if (tokens.takes("NOT")) {
    const denied = readTerm(tokens);
    return (item, aliases) => !denied(item, aliases);
  }
  if (tokens.takes("(")) {
    const inner = readOr(tokens);
    tokens.take(")");
    return inner;
  }
  if (tokens.takes("ATTRIBUTE_EXISTS")) return readExists(tokens);
  if (tokens.takes("ATTRIBUTE_NOT_EXISTS")) {
    const exists = readExists(tokens);
    return (item, aliases) => !exists(item, aliases);
  }
  const left = readOperand(tokens.take());
  const holds = COMPARISONS[tokens.take()];
  if (holds === undefined) throw new ValidationException("Invalid expression: no comparison");
  const right = readOperand(tokens.take());
  return (item, aliases) => {
    const [one, other] = [left(item, aliases), right(item, aliases)];
    // What is not there is like nothing, and neither less nor more.
    return one !== undefined && other !== undefined && holds(one, other);
  };
}

function readExists(tokens: Tokens): Condition {
  tokens.take("(");
  const path = readOperand(tokens.take());
  tokens.take(")");
  return (item, aliases) => path(item, aliases) !== undefined;
}

const COMPARISONS: Readonly<Record<string, (a: AttributeValue, b: AttributeValue) => boolean>> = {
  "=": isSame,
  "<>": (a, b) => !isSame(a, b),
  "<": (a, b) => order(a, b) < 0,
  "<=": (a, b) => order(a, b) <= 0,
  ">": (a, b) => order(a, b) > 0,
  ">=": (a, b) => order(a, b) >= 0,
};

function readOperand(token: string): Operand {
  if (token.startsWith(":")) {
    return (_, { values }) =>
      values[token] ?? fail(`An expression attribute value is not defined: ${token}`);
  }
  const [first = "", ...inner] = token.split(".");
  return (item, { names }) => {
    let value = item[nameOf(first, names)];
    for (const part of inner) value = value?.M?.[nameOf(part, names)];
    return value;
  };
}

function nameOf(token: string, names: Aliases["names"]): string {
  if (!token.startsWith("#")) return token;
  return names[token] ?? fail(`An expression attribute name is not defined: ${token}`);
}

// --- Updates ---

const VERBS = ["SET", "REMOVE", "ADD", "DELETE"] as const;
type Verb = (typeof VERBS)[number];

function readUpdate(text: string): readonly Action[] {
  const tokens = tokensOf(text);
  const actions: Action[] = [];
  const paths = new Set<string>();
  while (!tokens.isOver) {
    const verb = VERBS.find((each) => tokens.takes(each));
    if (verb === undefined) throw new ValidationException(`Invalid UpdateExpression: ${text}`);
    do {
      const path = tokens.take();
      if (paths.has(path)) throw new ValidationException(`Two document paths overlap: ${path}`);
      paths.add(path);
      actions.push(readAction(verb, path, tokens));
    } while (tokens.takes(","));
  }
  return actions;
}

function readAction(verb: Verb, path: string, tokens: Tokens): Action {
  if (path.includes(".")) throw new ValidationException(`only whole attributes here: ${path}`);
  switch (verb) {
    case "SET": {
      tokens.take("=");
      const value = readValue(tokens);
      return (old, next, aliases) => {
        const found = value(old, aliases) ?? fail("The provided expression refers to no attribute");
        next[nameOf(path, aliases.names)] = found;
      };
    }
    case "REMOVE":
      return (_, next, { names }) => {
        delete next[nameOf(path, names)];
      };
    case "ADD":
    case "DELETE": {
      const value = readOperand(tokens.take());
      return (old, next, aliases) => {
        const name = nameOf(path, aliases.names);
        const { N: more, SS: change } = value(old, aliases) ?? {};
        if (verb === "ADD" && more !== undefined) {
          const before = old[name] === undefined ? "0" : old[name].N;
          next[name] = { N: String(Number(before ?? fail("ADD to no number")) + Number(more)) };
          return;
        }
        if (change === undefined) fail(`${verb} takes a set of texts here`);
        const rest = (old[name]?.SS ?? []).filter((each) => !change.includes(each));
        const left = verb === "ADD" ? [...rest, ...change] : rest;
        // An empty set is no value.
        if (left.length === 0) delete next[name];
        else next[name] = { SS: left };
      };
    }
    default:
      throw new TypeError(`unknown verb ${verb satisfies never}`);
  }
}

function readValue(tokens: Tokens): Operand {
  if (!tokens.takes("IF_NOT_EXISTS")) return readOperand(tokens.take());
  tokens.take("(");
  const path = readOperand(tokens.take());
  tokens.take(",");
  const otherwise = readOperand(tokens.take());
  tokens.take(")");
  return (item, aliases) => path(item, aliases) ?? otherwise(item, aliases);
}

// --- Values ---

function isSame(one: AttributeValue, other: AttributeValue): boolean {
  if (one.S !== undefined) return one.S === other.S;
  if (one.N !== undefined) return other.N !== undefined && Number(one.N) === Number(other.N);
  if (one.BOOL !== undefined) return one.BOOL === other.BOOL;
  return fail("only texts, numbers and truths are compared here");
}

/** Values of different types are neither less nor more. */
function order(one: AttributeValue, other: AttributeValue): number {
  if (one.N !== undefined && other.N !== undefined) return Number(one.N) - Number(other.N);
  if (one.S !== undefined && other.S !== undefined) {
    return one.S === other.S ? 0 : one.S < other.S ? -1 : 1;
  }
  return Number.NaN;
}

function fail(message: string): never {
  throw new ValidationException(message);
}
