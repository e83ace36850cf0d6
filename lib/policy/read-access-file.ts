// Reads the text of access.yml: the policy that it means, or every problem with its line.

import { createHash } from "node:crypto";
import { type Document, LineCounter, parseDocument, visit, type YAMLError } from "yaml";
import { accessFile, type WrittenAccessFile } from "./access-file.ts";
import { crossCheck } from "./cross-check.ts";
import { lint } from "./lint.ts";
import { locateInYaml } from "./locate-in-yaml.ts";
import type { Policy, Usergroups } from "./policy.ts";
import { policyOf } from "./policy-of.ts";
import { type Finding, type Problem, pathText } from "./problem.ts";
import { schemaFindings, soundPart } from "./schema-findings.ts";

/** Warnings are of what is allowed and perhaps not meant. Both lists go by line. */
export type ReadAccessFile =
  | { readonly ok: true; readonly policy: Policy; readonly warnings: readonly Problem[] }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      readonly warnings: readonly Problem[];
    };

/**
 * Reads and checks the text of an access.yml. All problems are told at once; only where the text is not
 * YAML are they those of YAML alone, since what it was to mean is guesswork then. `usergroups`: the members
 * of Slack user groups, where they have been read; they make warnings, and are no part of the policy.
 */
export function readAccessFile(text: string, usergroups: Usergroups = new Map()): ReadAccessFile {
  const { document, lines } = parsed(text);
  const { data, problems: ofYaml, fatal } = dataOf(document, lines);
  if (fatal) return { ok: false, problems: inOrder(ofYaml), warnings: [] };

  const file = accessFile.safeParse(data);
  const issues = file.error?.issues ?? [];
  const checked = crossCheck(soundPart<WrittenAccessFile>(issues, data) ?? {});
  const placed = (findings: readonly Finding[]) =>
    findings.map((finding) => placedIn(document, lines, finding));
  const ofSchema = placed(schemaFindings(issues, data));
  const problems = inOrder([...ofYaml, ...ofSchema, ...placed(checked.problems)]);
  const warnings = inOrder(placed(checked.warnings));
  if (!file.success || problems.length > 0) return { ok: false, problems, warnings };
  const linted = placed(lint(file.data, usergroups));
  const policy = policyOf(file.data, hashOf(text));
  return { ok: true, policy, warnings: inOrder([...warnings, ...linted]) };
}

/** Findings of somebody else's about the text of an access.yml, each with its line, in their order. */
export function placeFindings(text: string, findings: readonly Finding[]): readonly Problem[] {
  const { document, lines } = parsed(text);
  return inOrder(findings.map((finding) => placedIn(document, lines, finding)));
}

function parsed(text: string): { document: Document; lines: LineCounter } {
  const lines = new LineCounter();
  const options = { lineCounter: lines, prettyErrors: false, logLevel: "error" } as const;
  return { document: parseDocument(text, options), lines };
}

/** SHA-256 of the text, the first 16 hex digits. */
function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function placedIn(document: Document, lines: LineCounter, finding: Finding): Problem {
  const { message, why, hint, path } = finding;
  const place = { ...locateInYaml(document, lines, finding), path: pathText(path) };
  return { ...place, message, ...(why === undefined ? {} : { why }), hint };
}

/** What the document holds, and what is wrong with it as YAML. Fatal: nothing can be said of the rest. */
function dataOf(
  document: Document,
  lines: LineCounter,
): { data: unknown; problems: Problem[]; fatal: boolean } {
  const errors = [...document.errors, ...document.warnings];
  const problems = errors.map((error) => ({
    ...placeOf(lines, error.pos[0]),
    path: "",
    ...wordsFor(error),
  }));
  const unanchored = unanchoredAliases(document, lines);
  if (unanchored.length > 0 || errors.some(({ code }) => code !== "DUPLICATE_KEY")) {
    return { data: undefined, problems: [...problems, ...unanchored], fatal: true };
  }
  try {
    return { data: document.toJS(), problems, fatal: false };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = "Write out what the aliases (*name) stand for.";
    const refused = { line: 1, column: 1, path: "", message: `not to be expanded: ${why}`, hint };
    return { data: undefined, problems: [...problems, refused], fatal: true };
  }
}

function unanchoredAliases(document: Document, lines: LineCounter): Problem[] {
  const found: Problem[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      found.push({
        ...placeOf(lines, alias.range?.[0] ?? 0),
        path: "",
        message: `nothing is anchored as &${alias.source}`,
        hint: `Put quotes around *${alias.source}, or write the anchor before it.`,
      });
    },
  });
  return found;
}

function placeOf(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function wordsFor({ code, message }: YAMLError): { message: string; hint: string } {
  switch (code) {
    case "DUPLICATE_KEY":
      return { message: "this key is there twice", hint: "Keep one of the two." };
    case "TAB_AS_INDENT":
      return { message: "a tab as indentation", hint: "Indent with blanks." };
    case "MULTIPLE_DOCS":
      return { message: "a second document begins", hint: "Take the line --- out." };
    case "BLOCK_AS_IMPLICIT_KEY":
      return {
        message: "not YAML: a second key in the value of a key",
        hint: 'A value with a colon needs quotes, straight ones: title: "Web: read". If a key is meant, look at the indentation.',
      };
    default: {
      const said = message.charAt(0).toLowerCase() + message.slice(1);
      return {
        message: `not YAML: ${said}`,
        hint: "Look at the indentation, quotes, brackets and colons here and in the line above.",
      };
    }
  }
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...unique.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}
