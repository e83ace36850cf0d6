// Turns what the schema of access.yml objects to into words, and keeps of the data what is sound.

import type { z } from "zod";
import { accessFileJsonSchema } from "./access-file.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { Finding, Path } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/** All that the schema objects to in `data`, each with what to write instead. */
export function schemaFindings(issues: readonly Issue[], data: unknown): Finding[] {
  return issues.flatMap((issue) => findingsOf(issue, data));
}

/** `T` with holes wherever the schema has objected. */
export type Sound<T> = T extends readonly (infer Item)[]
  ? readonly (Sound<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Sound<T[Key]> | undefined }
    : T;

/**
 * A copy of `data` in which everything that the schema objects to is undefined, so that the rest can be
 * checked further. Keys stay: what is written wrongly is not also called missing.
 */
export function soundPart<T>(issues: readonly Issue[], data: unknown): Sound<T> {
  const whole = { file: structuredClone(data) };
  for (const issue of issues.flatMap(narrowed)) {
    if (isAboutKey(issue) || issue.code === "unrecognized_keys") continue;
    const path: Path = ["file", ...pathOf(issue)];
    const parent: unknown = valueAt(whole, path.slice(0, -1));
    const key = path.at(-1);
    if (typeof parent === "object" && parent !== null && key !== undefined && key in parent) {
      Reflect.set(parent, key, undefined);
    }
  }
  return whole.file as Sound<T>;
}

function findingsOf(issue: Issue, data: unknown): Finding[] {
  return narrowed(issue).flatMap((one): Finding[] => {
    const path = pathOf(one);
    const value = valueAt(data, path);
    const hint = hintAt(path);
    switch (one.code) {
      case "unrecognized_keys":
        return one.keys.map((key) => ({
          path: [...path, key],
          at: "key",
          message: `unknown key "${key}"`,
          hint: didYouMean(key, keysAt(path), "keys here"),
        }));
      case "invalid_type":
        return [{ path, ...wrongType(one.expected, value, path, hint) }];
      case "invalid_value":
        return [
          { path, message: `${subject(path, value)} is none of ${one.values.join(", ")}`, hint },
        ];
      case "custom":
        if (isAboutKey(one)) {
          const whole = hintAt(path.slice(0, -1));
          return [{ path, at: "key", message: `"${path.at(-1)}" ${one.message}`, hint: whole }];
        }
        if (one.params?.["whole"]) return [{ path, message: one.message, hint }];
        return [{ path, message: `${subject(path, value)} ${one.message}`, hint }];
      case "invalid_union":
        return [{ path, message: `${subject(path, value)} does not fit here`, hint }];
      default:
        return [{ path, message: `${nameOf(path)} ${one.message}`, hint }];
    }
  });
}

/** The issues of the one branch of a union that was meant, where that can be told. */
function narrowed(issue: Issue): Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const meant = issue.errors.filter(
    (branch) =>
      !branch.some(
        ({ code, path }) =>
          path.length === 0 && (code === "invalid_type" || code === "invalid_value"),
      ),
  );
  if (meant.length !== 1) return [issue];
  return (meant[0] ?? []).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
};

function wrongType(expected: string, value: unknown, path: Path, hint: string) {
  const name = nameOf(path);
  if (value === undefined) return { message: `${name} is missing`, hint };
  if (value === null) return { message: `${name} is empty`, hint };
  const kind = Array.isArray(value) ? "array" : typeof value;
  const found = typeof value === "number" ? value : (WORDS[kind] ?? kind);
  const message = `${name} must be ${WORDS[expected] ?? expected}, not ${found}`;
  const quotesHelp =
    expected === "string" && typeof value !== "object" && fits(path, String(value));
  return { message, hint: quotesHelp ? `Put it in quotes. ${hint}` : hint };
}

function isAboutKey(issue: Issue): boolean {
  return issue.code === "custom" && issue.params?.["key"] === true;
}

/** The value itself where it is short text, else its name. */
function subject(path: Path, value: unknown): string {
  return typeof value === "string" && value.length <= 120 ? JSON.stringify(value) : nameOf(path);
}

function nameOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return "the file";
  if (typeof last === "string") return `"${last}"`;
  return `item ${last + 1} of ${nameOf(path.slice(0, -1))}`;
}

function pathOf(issue: Issue): Path {
  return issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, part)
        ? Reflect.get(value, part)
        : undefined,
    data,
  );
}

// The JSON Schema knows what stands where; of zod's own objects only the outermost is as easy to walk.
type Schema = z.core.JSONSchema.BaseSchema;
let jsonSchema: Schema | undefined;

function schemasAt(path: Path): Schema[] {
  jsonSchema ??= accessFileJsonSchema();
  return path.reduce<Schema[]>(
    (schemas, part) => schemas.flatMap((schema) => childrenOf(schema, part)),
    [jsonSchema],
  );
}

function childrenOf(schema: Schema, part: string | number): Schema[] {
  const inUnion = (schema.anyOf ?? []).flatMap((branch) => childrenOf(branch as Schema, part));
  const own =
    typeof part === "number"
      ? schema.items
      : (schema.properties?.[part] ?? schema.additionalProperties);
  return typeof own === "object" && !Array.isArray(own) ? [own as Schema, ...inUnion] : inUnion;
}

function keysAt(path: Path): string[] {
  const schemas = schemasAt(path).flatMap((schema) => [schema, ...(schema.anyOf ?? [])]);
  return schemas.flatMap((schema) => Object.keys((schema as Schema).properties ?? {}));
}

function fits(path: Path, text: string): boolean {
  const [schema] = schemasAt(path);
  return schema?.pattern === undefined || new RegExp(schema.pattern).test(text);
}

function hintAt(path: Path): string {
  const [schema] = schemasAt(path);
  const examples = (schema?.["examples"] as readonly string[] | undefined) ?? [];
  return [
    schema?.description,
    examples.length === 0 ? undefined : `For example: ${examples.join(", ")}`,
  ]
    .filter((part) => part !== undefined)
    .join(" ");
}
