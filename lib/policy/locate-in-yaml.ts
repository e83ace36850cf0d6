// Finds the line and column of a place in a YAML document, also where the key that is meant is missing.

import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
} from "yaml";
import type { Finding } from "./problem.ts";

/** Line and column of what `finding` is about; of its nearest parent where the document lacks it. */
export function locateInYaml(
  document: Document,
  lines: LineCounter,
  { path, at = "value" }: Pick<Finding, "path" | "at">,
): { line: number; column: number } {
  let node: unknown = document.contents;
  let start = 0;
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1;
    const inside: unknown = isAlias(node) ? node.resolve(document) : node;
    const pair = isMap(inside) ? inside.items.find((item) => keyOf(item) === String(part)) : null;
    if (pair) {
      const value = offsetOf(pair.value);
      const empty = isScalar(pair.value) && pair.value.value === null;
      const keyIsMeant = !last || at === "key" || empty || value === undefined;
      start = (keyIsMeant ? offsetOf(pair.key) : value) ?? start;
      node = pair.value;
    } else if (isSeq(inside) && typeof part === "number" && part < inside.items.length) {
      node = inside.items[part];
      start = offsetOf(node) ?? start;
    } else {
      break;
    }
  }
  const { line, col } = lines.linePos(start);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function keyOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}
