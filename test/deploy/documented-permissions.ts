// The permissions that docs/security.md names, written out for a stack: what its words stand for, one by one.

import { codeIn, markedTable, type Rows } from "./markdown-tables.ts";
import { type Permission, permission } from "./permissions.ts";

/** What the placeholders of docs/security.md come to: one value for all, or one set of values for each of several. */
export interface Stack {
  readonly functions: readonly string[];
  readonly common: Values;
  readonly each: readonly (readonly Values[])[];
}

type Values = Readonly<Record<string, string>>;

/** Every permission of the table. `isTraced`: with those for traces. */
export function documentedPermissions(
  file: string,
  stack: Stack,
  isTraced = false,
): readonly Permission[] {
  const words = markedTable(file, "resources");
  return markedTable(file, "permissions").flatMap((row) =>
    holders(row["function"] ?? "", stack, isTraced).flatMap((name) =>
      codeIn(row["may"] ?? "").flatMap((action) =>
        listed(row["on"] ?? "").flatMap((word) =>
          resourcesOf(words, word, stack, name).map((arn) => permission(name, action, arn)),
        ),
      ),
    ),
  );
}

function holders(cell: string, { functions }: Stack, isTraced: boolean): readonly string[] {
  if (cell === "each") return functions;
  if (cell === "each, traced") return isTraced ? functions : [];
  return listed(cell);
}

/** The ARNs that words such as "the groups" stand for. @throws Error where the words are not explained. */
function resourcesOf(words: Rows, word: string, stack: Stack, name: string): readonly string[] {
  const explained = words.filter((row) => row["words"] === word);
  if (explained.length !== 1) throw new Error(`"${word}" is explained ${explained.length} times`);
  const patterns = codeIn(explained[0]?.["resources"] ?? "").filter((code) =>
    /^[<*]|^arn:/.test(code),
  );
  return patterns.flatMap((pattern) => writtenOut(pattern, stack, name));
}

function writtenOut(pattern: string, { common, each }: Stack, name: string): readonly string[] {
  const placeholders = [...pattern.matchAll(/<([^>]+)>/g)].map(([, key = ""]) => key);
  const several = each.find((list) =>
    list.some((values) => placeholders.some((key) => key in values)),
  );
  return (several ?? [{}]).map((values) =>
    pattern.replace(/<([^>]+)>/g, (_, key: string) => {
      const value = { ...common, function: name, ...values }[key];
      if (value === undefined) throw new Error(`nobody has said what <${key}> is`);
      return value;
    }),
  );
}

function listed(cell: string): readonly string[] {
  return cell.split(",").map((each) => each.trim());
}
