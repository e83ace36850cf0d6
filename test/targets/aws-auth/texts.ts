// Texts of `mapRoles` and `mapUsers` as people and tools write them, for property tests: plain, odd and broken ones.

import fc from "fast-check";
import type { Mapping } from "../../../lib/targets/aws-auth/config-map.ts";
import { brokerUsername, type MapKey } from "../../../lib/targets/aws-auth/names.ts";

const ARN_FIELD = { mapRoles: "rolearn", mapUsers: "userarn" } as const;
const KIND = { mapRoles: "role", mapUsers: "user" } as const;

/** A mapping of ours; its names are never among those that `aText` writes. */
function aMapping(key: MapKey): fc.Arbitrary<Mapping> {
  return fc
    .record({
      name: fc.stringMatching(/^lent-[a-z0-9+=,.@_-]{1,8}$/),
      groups: fc.uniqueArray(fc.stringMatching(/^rbac[a-z:"\\#,{}' -]{0,6}[a-z]$/), {
        maxLength: 3,
      }),
    })
    .filter(({ groups }) => !groups.some((group) => group.includes("{{")))
    .map(({ name, groups }) => {
      const arn = `arn:aws:iam::111122223333:${KIND[key]}/${name}`;
      return { key, arn, username: brokerUsername(arn), groups };
    });
}

export function aBatch(key: MapKey, most = 5): fc.Arbitrary<Mapping[]> {
  return fc.uniqueArray(aMapping(key), {
    minLength: 1,
    maxLength: most,
    selector: ({ arn }) => arn,
  });
}

/** A text that the cluster reads and that can be edited. */
export function aText(key: MapKey): fc.Arbitrary<string | undefined> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(undefined, ...EMPTY_TEXTS) },
    { weight: 6, arbitrary: aBlockList(key) },
    { weight: 2, arbitrary: aJsonList(key) },
    { weight: 1, arbitrary: aFlowList(key) },
  );
}

const EMPTY_TEXTS = [
  ...["", "\n", "  ", "\r\n\r\n", "''", '""', "``", "null", "~\n", "[]", "[]\n", " [ ]", "[\n]\n"],
  ...["# nobody yet", "# nobody yet\n", "\n  # nobody yet\r\n", "# none\n[]\n# end\n", "\n''\n"],
];

interface Mangling {
  readonly at: number;
  readonly atLineEnd: boolean;
  readonly length: number;
  readonly snippet: string;
}

/** One or two odd snippets to put in, or something to cut out, as people do at 3 a.m. */
export function someManglings(): fc.Arbitrary<Mangling[]> {
  const mangling = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    atLineEnd: fc.boolean(),
    length: fc.constantFrom(0, 0, 1, 2, 5),
    snippet: fc.constantFrom(...ODD_SNIPPETS),
  });
  return fc.array(mangling, { minLength: 1, maxLength: 2 });
}

export function mangle(text: string, manglings: readonly Mangling[]): string {
  return manglings.reduce((before, { at, atLineEnd, length, snippet }) => {
    const anywhere = Math.floor(at * (before.length + 1));
    const lineEnd = before.indexOf("\n", anywhere);
    const from = atLineEnd && lineEnd !== -1 ? lineEnd : anywhere;
    return before.slice(0, from) + snippet + before.slice(from + length);
  }, text);
}

// biome-ignore format: one long list
export const ODD_SNIPPETS = [
  "", " ", "  ", "\n", "\n\n", "\r\n", "\r", "\t", "\n\t\n", "#", " #", " # ", "\n#", "\n  # x\n", "-", "- ", "\n- ", "\n  - ", "\n-\n", ":", ": ", ":\n",
  "?", "? ", "\n? ", "&a", "&a ", "*a", "*a ", "!", "!!int ", "!!str ", "!x ", "|", "|\n", " |\n  ", "|2\n", "|+\n", ">", " >-\n    ", "%", "%YAML 1.2\n", "@", "`",
  "'", "''", '"', '""', "\\", "\\/", "\\x41", "\\u0041", "\\ud83d\\ude00", "\\\n", "[", "]", "{", "}", "{}", "[]", ",", ",,", ", ", "{{SessionName}}", "{{", "}}",
  "---", "\n---\n", "--- ", "...", "\n...\n", "<<", "<<: ", "\n  <<: {a: b}\n", "~", "null", ".nan", ".inf", "-.inf", "1", "0x1F", "1_000", "1:20", "1e3", "2001-01-01",
  "yes", "y", "on: ", "=", "+", "_", "0", "é", "日本", "😀", "\u00a0", "\u2028", "\u2029", "\u0085", "\ufeff", "\u0007", "\u200b", "ſ", "\u212a", "\u3000", "\u2003",
  "\n  key: v", "\n  groups: []", "\n  uSername: x", "\n  : x", "\n  ? x\n  : y", "\n  k: |\n    a\n    b\n", "\n  k: >-\n\n    a\n     b\n\n", "\n  k: 'a\n    b'", '\n  k: "a\n\n   b"', "\n  k: a\n    b",
  "\n  k: {a: b, c: [d]}", "\n  k: [a, b,]", "\n  k: {a}", "\n  k: [a: b]", "\n  k: {a:b}", "\n  k: {a: }", "\n  k: [a?b]", "\n  k: [-a, - b]", '\n  k: {"a":b}', "\n  k: [\n a]", "\n  k: [ # c\n    a]",
  "\n# c\n  # d\n", " # c", "\n    # deep\n", "\n- []", "\n- {}", "\n- null", "\n-", "\n- - a", "\n- x", "\n- [a, b]", "\n- {rolearn: x, userarn: y}", "\n  k: - a", "\n  k:\n  - a", "\n  k:\n   a: b\n   c: d",
];

// --- Entries as people write them ---

interface Person {
  readonly arn: string;
  readonly username: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, string>>;
}

function aPerson(key: MapKey): fc.Arbitrary<Person> {
  const name = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9][\w+=,.@-]{0,10}$/),
    fc.constantFrom(
      "jane.doe@example.com",
      "path/to/ops",
      "aws-reserved/sso.amazonaws.com/x/Admin",
    ),
  );
  return fc.record({
    arn: name.map((text) => `arn:aws:iam::444455556666:${KIND[key]}/${text}`),
    username: fc.constantFrom(
      ...["system:node:{{EC2PrivateDNSName}}", "admin", "jane.doe@example.com", "{{SessionName}}"],
      ...["ops: {{AccountID}}", "it's me", "", "yes", "42", "a # b", "José", 'the "boss"'],
    ),
    groups: fc.array(
      fc.constantFrom(
        ...["system:masters", "system:nodes", "system:bootstrappers", "viewers", "a, b", "no"],
      ),
      { maxLength: 3 },
    ),
    extra: fc.dictionary(
      fc.constantFrom("userid", "noDuplicateARNs", "comment"),
      fc.constantFrom("AIDAEXAMPLE", "true", "", "for #ops, ask", "1.5"),
      { maxKeys: 2 },
    ),
  });
}

const SAFE_PLAIN = /^[A-Za-z][\w@.:/+=-]*\w$/;

/** `text` in the quotes of `style`, where that is needed or asked for. */
function scalar(text: string, style: "plain" | "single" | "double"): string {
  if (style === "plain" && SAFE_PLAIN.test(text)) return text;
  return style === "double" ? JSON.stringify(text) : `'${text.replaceAll("'", "''")}'`;
}

const aStyle = fc.record({
  quotes: fc.constantFrom("plain" as const, "single" as const, "double" as const),
  keys: fc.constantFrom("lower", "odd"),
  order: fc.boolean(),
  dash: fc.constantFrom("- ", "-   ", "-\n"),
  groups: fc.constantFrom("indented", "flush", "flow", "flow in lines"),
  above: fc.constantFrom("", "", "# Ada's team", "\n", "  # deep\n\n#flush"),
  beside: fc.constantFrom("", "", " # temporary?", " #"),
});
type Style = typeof aStyle extends fc.Arbitrary<infer S> ? S : never;

function blockEntry(key: MapKey, { arn, username, groups, extra }: Person, style: Style): string {
  const field = (name: string) => (style.keys === "odd" ? name.replace("r", "R") : name);
  const quoted = groups.map((group) => scalar(group, style.quotes));
  const inBlock = quoted.map((group) => `${style.groups === "flush" ? "" : "  "}- ${group}`);
  const list =
    groups.length === 0 || style.groups.startsWith("flow")
      ? [`${field("groups")}: [${quoted.join(style.groups === "flow" ? ", " : ",\n    ")}]`]
      : [`${field("groups")}:${style.beside}`, ...inBlock];
  const fields = [
    [`${field(ARN_FIELD[key])}: ${scalar(arn, style.quotes)}`],
    [`${field("username")}:  ${scalar(username, style.quotes)}${style.beside}`],
    list,
    ...Object.entries(extra).map(([name, value]) => [`${name}: ${scalar(value, style.quotes)}`]),
  ];
  const lines = (style.order ? fields.toReversed() : fields).flat().join("\n").split("\n");
  const width = style.dash === "-\n" ? 2 : style.dash.length;
  const first = style.dash === "-\n" ? "-\n  " : style.dash;
  const entry = first + lines.join(`\n${" ".repeat(width)}`);
  return style.above === "" ? entry : `${style.above}\n${entry}`;
}

function aBlockList(key: MapKey): fc.Arbitrary<string> {
  return fc
    .record({
      entries: fc.array(fc.tuple(aPerson(key), aStyle), { minLength: 1, maxLength: 4 }),
      indent: fc.constantFrom("", "", "  ", "    "),
      eol: fc.constantFrom("\n", "\n", "\r\n"),
      end: fc.constantFrom("\n", "\n", "", "\n\n\n", " # last", "\n# end\n", "\n  # end", "\n   "),
    })
    .map(({ entries, indent, eol, end }) => {
      const text = entries.map(([person, style]) => blockEntry(key, person, style)).join("\n");
      const lines = text.split("\n").map((line) => (line === "" ? "" : indent + line));
      return (lines.join("\n") + end).replaceAll("\n", eol);
    });
}

function asJson(key: MapKey, { arn, username, groups, extra }: Person) {
  return { [ARN_FIELD[key]]: arn, username, groups, ...extra };
}

/** As CDK and Terraform write it. */
function aJsonList(key: MapKey): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.array(aPerson(key), { maxLength: 4 }),
      fc.constantFrom(0, 2),
      fc.constantFrom("", "\n"),
    )
    .map(([people, space, end]) => {
      const list = people.map((person) => asJson(key, person));
      return JSON.stringify(list, null, space) + end;
    });
}

function aFlowList(key: MapKey): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.array(fc.tuple(aPerson(key), aStyle), { maxLength: 3 }),
      fc.constantFrom(", ", ",\n  "),
    )
    .map(([people, comma]) => {
      const items = people.map(([{ arn, username, groups }, { quotes }]) => {
        const list = groups.map((group) => scalar(group, quotes)).join(", ");
        return `{${ARN_FIELD[key]}: ${scalar(arn, "single")}, username: ${scalar(username, quotes)}, groups: [${list}]}`;
      });
      return `[ ${items.join(comma)} ]\n`;
    });
}
