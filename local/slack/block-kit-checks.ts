// The pieces that Block Kit's rules are written in: checks that name what is wrong in Slack's words, by JSON pointer.

/** One thing that is wrong, and where: `pointer` is a JSON pointer such as `/blocks/0/text/text`. */
export interface Problem {
  readonly pointer: string;
  readonly message: string;
}

/** Looks at a value that stands at `pointer` and returns everything that is wrong with it. */
export type Check = (value: unknown, pointer: string) => readonly Problem[];

export type Fields = Readonly<Record<string, Check>>;

const FINE: readonly Problem[] = [];

const problem = (pointer: string, message: string): readonly Problem[] => [{ pointer, message }];

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A string of `min` to `max` UTF-16 units (Slack counts no fewer of them than characters). */
export function text(max: number, min = 1): Check {
  return (value, pointer) => {
    if (typeof value !== "string") return problem(pointer, "must be a string");
    if (value.length < min) return problem(pointer, `must be more than ${min - 1} characters`);
    if (value.length > max) return problem(pointer, `must be less than ${max + 1} characters`);
    return FINE;
  };
}

/** A string of the form that `pattern` says, which `words` describe. */
export function matching(pattern: RegExp, words: string): Check {
  return (value, pointer) =>
    typeof value === "string" && pattern.test(value) ? FINE : problem(pointer, `must be ${words}`);
}

export const trueOrFalse: Check = (value, pointer) =>
  typeof value === "boolean" ? FINE : problem(pointer, "must be a boolean");

export function integer(min: number, max: number): Check {
  return (value, pointer) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? FINE
      : problem(pointer, `must be an integer from ${min} to ${max}`);
}

export function among(...values: readonly (string | number)[]): Check {
  return (value, pointer) =>
    values.some((one) => one === value) ? FINE : problem(pointer, "must be a valid enum value");
}

export function httpUrl(max = 3000): Check {
  return both(text(max), matching(/^https?:\/\/\S+$/, "a valid URL"));
}

/** A list of `min` to `max` items, each of which passes `check`. */
export function listOf(check: Check, { min = 1, max }: { min?: number; max: number }): Check {
  return (value, pointer) => {
    if (!Array.isArray(value)) return problem(pointer, "must be an array");
    if (value.length < min) return problem(pointer, `must provide at least ${min} items`);
    if (value.length > max) return problem(pointer, `no more than ${max} items allowed`);
    return value.flatMap((item, index) => check(item, `${pointer}/${index}`));
  };
}

/** An object with these fields and no others: Slack refuses what it does not know. */
export function shape(required: Fields, optional: Fields = {}): Check {
  const known: Fields = { ...required, ...optional };
  return (value, pointer) => {
    if (!isObject(value)) return problem(pointer, "must provide an object");
    const missing = Object.keys(required).filter((name) => value[name] === undefined);
    return [
      ...missing.flatMap((name) => problem(pointer, `missing required field: ${name}`)),
      ...Object.entries(value).flatMap(([name, inside]) => {
        if (inside === undefined) return FINE;
        const check = Object.hasOwn(known, name) ? known[name] : undefined;
        if (check === undefined) return problem(pointer, `invalid additional property: ${name}`);
        return check(inside, `${pointer}/${name}`);
      }),
    ];
  };
}

/** `shape` for what `byType` tells apart: it has a `type` as well. */
export function kind(required: Fields, optional: Fields = {}): Check {
  return shape({ type: () => FINE, ...required }, optional);
}

/** An object whose `type` says which of `kinds` it has to be. */
export function byType(kinds: Fields): Check {
  return (value, pointer) => {
    if (!isObject(value)) return problem(pointer, "must provide an object");
    const type = value["type"];
    if (type === undefined) return problem(pointer, "missing required field: type");
    const check = typeof type === "string" && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    return check?.(value, pointer) ?? problem(`${pointer}/type`, `unsupported type: ${type}`);
  };
}

/** `second` is asked only of what `first` has passed, so that it can trust the form. */
export function both(first: Check, second: Check): Check {
  return (value, pointer) => {
    const problems = first(value, pointer);
    return problems.length > 0 ? problems : second(value, pointer);
  };
}

/** A rule about several fields of one object: returns the message, or undefined where all is well. */
export function rule(
  broken: (value: Readonly<Record<string, unknown>>) => string | undefined,
): Check {
  return (value, pointer) => {
    const message = isObject(value) ? broken(value) : undefined;
    return message === undefined ? FINE : problem(pointer, message);
  };
}
