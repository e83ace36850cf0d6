// Which methods of Slack's Web API a source calls, read from its syntax.

import { WebClient } from "@slack/web-api";
import { parseSync } from "@swc/core";

type Node = Readonly<Record<string, unknown>>;

/**
 * The methods called in a TypeScript source, such as `chat.postMessage`, as the real client names them;
 * each once, in order.
 *
 * @throws Error where a method's name is only known at run time
 */
export function webApiCallsIn(source: string): readonly string[] {
  const found = new Set<string>();
  walk(parseSync(source, { syntax: "typescript", target: "es2024" }), (node) => {
    if (node["type"] !== "CallExpression") return;
    const method = methodCalled(node);
    if (method !== undefined) found.add(method);
  });
  return [...found];
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const one of value) walk(one, visit);
  } else if (typeof value === "object" && value !== null) {
    visit(value as Node);
    for (const inside of Object.values(value)) walk(inside, visit);
  }
}

function methodCalled(call: Node): string | undefined {
  const names = memberNames(call["callee"]);
  if (names.at(-1) === "apiCall") return namedMethod(call);
  // What stands before the client (`slack.client.chat.update`) is none of the method's name.
  const suffixes = names.map((_, index) => names.slice(index)).filter(({ length }) => length > 1);
  return suffixes.find(isMethod)?.join(".");
}

/** `["chat", "update"]` of `(await client()).chat?.update`, and of `chat.update` whatever `chat` is. */
function memberNames(callee: unknown): readonly string[] {
  const node = callee as Node | undefined;
  switch (node?.["type"]) {
    case "Identifier":
      return [String(node["value"])];
    case "MemberExpression": {
      const { type, value } = node["property"] as Node;
      const name = type === "Identifier" ? [String(value)] : [];
      return [...memberNames(node["object"]), ...name];
    }
    case "OptionalChainingExpression":
      return memberNames(node["base"]);
    case "ParenthesisExpression":
    case "TsNonNullExpression":
      return memberNames(node["expression"]);
    default:
      return [];
  }
}

function namedMethod(call: Node): string {
  const [first] = call["arguments"] as readonly { readonly expression: Node }[];
  if (first?.expression["type"] === "StringLiteral") return String(first.expression["value"]);
  throw new Error("a call of `apiCall` does not say which method it calls");
}

const client = new WebClient();

function isMethod(names: readonly string[]): boolean {
  const method = names.reduce<unknown>(
    (at, name) => (typeof at === "object" ? (at as Node | null)?.[name] : undefined),
    client,
  );
  return typeof method === "function";
}
