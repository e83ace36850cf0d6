// Light checks of what comes from outside, a row or an event: each says what is wrong and where, or nothing.

// No library does this: the function that answers Slack pays for every import at its cold start.

/** Says what is wrong with `value`, which is found at `path`; undefined: nothing. */
export type Check = (value: unknown, path: string) => string | undefined;

export const text: Check = (value, path) =>
  typeof value === "string" ? undefined : `${path} is no text`;

export const number: Check = (value, path) =>
  Number.isFinite(value) ? undefined : `${path} is no number`;

export const truth: Check = (value, path) =>
  typeof value === "boolean" ? undefined : `${path} is neither true nor false`;

export const set: Check = (value, path) => (value instanceof Set ? undefined : `${path} is no set`);

/** One of a few words. */
export function oneOf(...words: readonly string[]): Check {
  return (value, path) =>
    words.some((word) => word === value) ? undefined : `${path} is none of ${words.join(", ")}`;
}

export function optional(check: Check): Check {
  return (value, path) => (value === undefined ? undefined : check(value, path));
}

export function listOf(check: Check): Check {
  return (value, path) =>
    Array.isArray(value)
      ? firstOf(value, (element, index) => check(element, `${path}[${index}]`))
      : `${path} is no list`;
}

/** A map from any name to values that pass `check`. */
export function mapOf(check: Check): Check {
  return (value, path) =>
    isMap(value)
      ? firstOf(Object.entries(value), ([name, element]) => check(element, `${path}.${name}`))
      : `${path} is no map`;
}

/** A map with the fields of `T`; a field that is added to `T` does not compile before it is checked. */
export function record<T>(fields: { readonly [K in keyof T]-?: Check }): Check {
  const checks = Object.entries<Check>(fields);
  return (value, path) =>
    isMap(value)
      ? firstOf(checks, ([name, check]) => check(value[name], `${path}.${name}`))
      : `${path} is no map`;
}

/** A map whose field `tag` tells which of the shapes it has. */
export function variants<T extends Readonly<Record<Tag, string>>, Tag extends string>(
  tag: Tag,
  shapes: { readonly [Variant in T[Tag]]: Check },
): Check {
  const known = new Map(Object.entries<Check>(shapes));
  return (value, path) => {
    if (!isMap(value)) return `${path} is no map`;
    const check = known.get(String(value[tag]));
    return check === undefined ? `${path}.${tag} is unknown` : check(value, path);
  };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstOf<T>(
  elements: readonly T[],
  problemOf: (element: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, element] of elements.entries()) {
    const problem = problemOf(element, index);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
