// Which objects a list is narrowed to by `fieldSelector` and `labelSelector`. Pure.

import type { KubernetesObject } from "./resources.ts";
import { badRequest, type Failure } from "./status.ts";

/**
 * The objects that both selectors pick. Values are compared by `=`, `==` or `!=`, labels also looked for
 * by name alone. What is not understood is refused rather than ignored.
 */
export function select(
  objects: readonly KubernetesObject[],
  query: URLSearchParams,
): readonly KubernetesObject[] | Failure {
  const fields = termsOf(query.get("fieldSelector"));
  const labels = termsOf(query.get("labelSelector"));
  let selected = objects;
  for (const term of [...fields, ...labels]) {
    const match = term.match(/^([\w./-]+)(?:(!?)==?([\w.@:-]*))?$/);
    if (match === null) return badRequest(`selector "${term}" is not served by the local cluster`);
    const [, name = "", negated, value] = match;
    const read = fields.includes(term) ? fieldOf : labelOf;
    selected = selected.filter((object) => {
      const actual = read(object, name);
      return value === undefined ? actual !== undefined : (actual === value) !== (negated === "!");
    });
  }
  return selected;
}

function labelOf({ metadata }: KubernetesObject, name: string): unknown {
  return metadata.labels?.[name];
}

function fieldOf(object: KubernetesObject, path: string): unknown {
  const steps = path.split(".");
  return steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step] ?? "", object);
}

function termsOf(selector: string | null): string[] {
  return (selector ?? "").split(",").filter((term) => term !== "");
}
