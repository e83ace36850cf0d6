// The reference of access.yml as Markdown, made of the descriptions in its schema.

import type { z } from "zod";

type Schema = z.core.JSONSchema.BaseSchema;

/** One key, by its path from its section. */
export interface Key {
  readonly path: string;
  readonly isRequired: boolean;
  readonly description: string | undefined;
  /** What may be written there. */
  readonly form: string;
}

/** A top-level key and what is below it. */
export interface Section {
  readonly name: string;
  readonly isRequired: boolean;
  readonly description: string | undefined;
  /** What its entries are called by, where it is a mapping by names. */
  readonly names: string | undefined;
  readonly form: string;
  readonly keys: readonly Key[];
}

const INTRO = `# access.yml

<!-- Made from lib/policy/access-file.ts by \`npm run reference -- --out docs/access-yml.md\`. -->

Everything that may be asked for, by whom, who approves, for how long. [\`access.yml\`](../access.yml) is an
example with comments. The file is checked when it is packaged and compiled into the functions; its hash stands
in every grant that is made under it. A change takes effect with the next deployment. Grants that are running
go on, and end by what they store.

\`\`\`sh
npm run validate                          # every problem, with its line and what to write instead
ACCESS_FILE=other.yml npm run package     # another file
\`\`\`

An editor that knows YAML schemas completes and explains the keys by
[\`access.schema.json\`](../access.schema.json), which the file's first line names. An unknown key is an error.

People, channels and workspaces go by their Slack ids, never by a name that somebody can change. Slack shows
them in the browser's address, \`app.slack.com/client/T…/C…\`; a channel's at the bottom of its details; a
person's in the profile under *⋮*, *Copy member ID*.

In the tables, \`?\` marks what may be left out, \`<name>\` stands for a name of your choice, and \`[]\` for each
entry of a list.
`;

/** The whole page. */
export function accessReference(schema: Schema): string {
  return [INTRO, ...sectionsOf(schema).map(written)].join("\n");
}

/** The top-level keys, in the order of the schema. */
export function sectionsOf(schema: Schema): readonly Section[] {
  return Object.entries(propertiesOf(schema)).map(([name, node]) => {
    const entry = entryOf(node);
    return {
      name,
      isRequired: isRequired(schema, name),
      description: node.description,
      names: entry === undefined ? undefined : shapeOf(node.propertyNames as Schema),
      form: formOf(node),
      keys: keysOf(entry ?? node, ""),
    };
  });
}

function written({ name, isRequired, description, names, form, keys }: Section): string {
  const title = `## ${name}${isRequired ? "" : "?"}`;
  if (keys.length === 0) return [title, "", description, "", `${capital(form)}.`, ""].join("\n");
  const rows = keys.map((key) =>
    row(`\`${key.path}\`${key.isRequired ? "" : "?"}`, key.description ?? "", key.form),
  );
  const named = names === undefined ? [] : [`Each entry has a name, ${names}, and:`, ""];
  const table = [row("key", "what it says", "what to write"), "|---|---|---|", ...rows];
  return [title, "", description, "", ...named, ...table, ""].join("\n");
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}

/** Every key below a node, each before what is below it. */
function keysOf(node: Schema, prefix: string): readonly Key[] {
  return Object.entries(propertiesOf(node)).flatMap(([name, child]) => {
    const path = `${prefix}${name}`;
    const own: Key = {
      path,
      isRequired: isRequired(node, name),
      description: child.description,
      form: formOf(child),
    };
    const list = itemsOf(child);
    const below =
      list === undefined
        ? alternativesOf(child).flatMap((one) => keysOf(one, `${path}.`))
        : keysOf(list, `${path}[].`);
    return [own, ...below];
  });
}

/** What may be written, in words. */
function formOf(node: Schema): string {
  const left = node.default === undefined ? "" : `; left out: ${coded(node.default)}`;
  return `${formWithoutDefault(node)}${left}`;
}

function formWithoutDefault(node: Schema): string {
  const alternatives = alternativesOf(node);
  if (alternatives.length > 1) return alternatives.map(formWithoutDefault).join(", or ");
  if (node.const !== undefined) return coded(node.const);
  if (node.enum !== undefined) return either(node.enum.map(coded));
  const list = itemsOf(node);
  if (list !== undefined) return `a list; each entry ${formWithoutDefault(list)}`;
  switch (node.type) {
    case "boolean":
      return "`true` or `false`";
    case "integer":
      return `a whole number from ${node.minimum} to ${node.maximum}`;
    case "object":
      return node.maxProperties === 1 ? "a mapping with one key" : "a mapping";
    case "string":
      return textOf(node);
    default:
      throw new TypeError(`no words for ${JSON.stringify(node)}`);
  }
}

function textOf(node: Schema): string {
  const examples = node.examples ?? [];
  if (examples.length > 0) return `text such as ${either(examples.map(coded))}`;
  if (node.pattern !== undefined) return `text, ${shapeOf(node)}`;
  return node.maxLength === undefined ? "text" : `text of at most ${node.maxLength} characters`;
}

function shapeOf({ pattern }: Schema): string {
  return `of the shape \`${pattern}\``;
}

function coded(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function either(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function propertiesOf(node: Schema): Readonly<Record<string, Schema>> {
  return (node.properties ?? {}) as Readonly<Record<string, Schema>>;
}

function isRequired(node: Schema, name: string): boolean {
  return node.required?.includes(name) === true;
}

/** What the values of a mapping by names look like; undefined for any other node. */
function entryOf({ additionalProperties }: Schema): Schema | undefined {
  return typeof additionalProperties === "object" ? (additionalProperties as Schema) : undefined;
}

function itemsOf({ items }: Schema): Schema | undefined {
  return typeof items === "object" && !Array.isArray(items) ? (items as Schema) : undefined;
}

function alternativesOf(node: Schema): readonly Schema[] {
  return (node.anyOf as readonly Schema[] | undefined) ?? [node];
}
