// The texts of aws-auth in the simulated world: as people and tools write them, and a reader that does not trust the broker's.

import type { ConfigMapData } from "../../lib/targets/aws-auth/config-map.ts";
import type { Random } from "./random.ts";

const ARN = "arn:aws:iam::111122223333";
const NODES = [
  "# the nodes: do not touch",
  `- rolearn: ${ARN}:role/node-role`,
  '  username: "system:node:{{EC2PrivateDNSName}}"',
  "  groups:",
  "  - system:bootstrappers",
  "  - system:nodes",
  "",
].join("\n");
const ADMINS = `- rolearn: ${ARN}:role/eks-cluster-admins\n  username: eks-cluster-admins\n  groups: [system:masters]\n`;
const JANE = `- userarn: ${ARN}:user/jane.doe@example.com\n  username: jane.doe@example.com\n  groups:\n    - admins\n`;

/** What may stand in a cluster from the start, in the ways that people and tools write it; nobody may touch it. */
export const STANDING: readonly [ConfigMapData, ...ConfigMapData[]] = [
  { mapRoles: NODES + ADMINS, mapUsers: JANE },
  { mapRoles: ADMINS },
  { mapRoles: ADMINS, mapUsers: "''" },
  { mapRoles: ADMINS, mapUsers: "" },
  {
    mapRoles: `[{"rolearn":"${ARN}:role/node-role","username":"system:node:{{EC2PrivateDNSName}}","groups":["system:nodes"]}]`,
    mapUsers: "[]",
    mapAccounts: '["444455556666"]',
  },
  {
    mapRoles: `\n# by hand, no final newline\n\n- "rolearn": '${ARN}:role/eks-cluster-admins' # break glass\n  'username': "eks-cluster-admins"\n\n  groups: ["system:masters"]`,
    mapUsers: JANE.trimEnd(),
  },
  { mapRoles: ADMINS.replace(/^(?=.)/gm, "  "), mapUsers: JANE.replaceAll("\n", "\r\n") },
];
// --- What others write ---

/** `text` as somebody leaves it who adds or removes an entry called `guest`, or says so in a comment. */
export function edited(
  text: string,
  key: "mapUsers" | "mapRoles",
  guest: string,
  random: Random,
): string {
  const kind = key === "mapUsers" ? "user" : "role";
  const entry = { arn: `${ARN}:${kind}/${guest}`, username: guest, group: "viewers" };
  const how = random.pick(["first", "last", "comment", "leave"]);
  if (how === "first" || how === "last") return withEntry(text, kind, entry, how);
  if (isFlow(text) || isWord(text)) return text;
  if (how === "comment") return `# edited by ${guest}\n${text}`;
  return blocksOf(text)
    .filter((block, _, all) => block !== all.find((each) => each.includes("guest-")))
    .join("");
}

/** `text` of `mapUsers` with an entry of somebody else's for an IAM user. */
export function mappedByHand(text: string, arn: string): string {
  return withEntry(text, "user", { arn, username: "by-hand", group: "viewers" }, "last");
}

/** `text` with one Kubernetes group more in the first entry of ours, where there is one in a block list. */
export function widened(text: string): string {
  return text.replace(OUR_GROUPS, `$<indent>- "${WIDENED}"\n$&`);
}

interface ByHand {
  readonly arn: string;
  readonly username: string;
  readonly group: string;
}

/** `text` with an entry of somebody else's, in the way that the rest is written. */
function withEntry(
  text: string,
  kind: "user" | "role",
  { arn, username, group }: ByHand,
  place: "first" | "last",
): string {
  if (isFlow(text)) {
    const entry = JSON.stringify({ [`${kind}arn`]: arn, username, groups: [group] });
    const rest = text.trimStart().slice(1);
    return `[${entry}${rest.startsWith("]") ? "" : ","}${rest}`;
  }
  const indent = " ".repeat(marginOf(text));
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = [`- ${kind}arn: ${arn}`, `  username: ${username}`, `  groups: [${group}]`, ""];
  const entry = lines.map((line) => (line === "" ? line : indent + line)).join(eol);
  if (isWord(text)) return entry;
  if (place === "first") return entry + text;
  return text === "" || text.endsWith("\n") ? text + entry : text + eol + entry;
}

/** The first groups of an entry of ours, in a block list. */
const OUR_GROUPS = /(?<=username: "latchkey:[^"]*"\r?\n *groups:\r?\n)(?<indent> *)- "[^"]*"/;
/** The Kubernetes group that others add to entries of ours. */
export const WIDENED = "widened-by-hand";
// --- A reader of its own, so that the simulation does not trust the editor it tests ---

const isFlow = (text: string) => /^\s*\[/.test(text);
const isWord = (text: string) => /^\s*''\s*$/.test(text);
const marginOf = (text: string) => /^( *)-/m.exec(text)?.[1]?.length ?? 0;

const CUTS = [0, 1, 2, 3, 4].map((margin) => new RegExp(`^(?= {${margin}}-| *#)`, "m"));

/** The text of a block list cut at every line that begins an entry or a comment. */
function blocksOf(text: string): readonly string[] {
  return text.split(CUTS[marginOf(text)] ?? /^(?=[-#])/m);
}

const isOurs = (block: string) => block.includes('"latchkey:');

/** An entry of ours in a flow list. */
const OUR_FLOW =
  /\{"(?:user|role)arn":"(?<arn>[^"]*)","username":"latchkey:[^"]*","groups":\[(?<groups>[^\]]*)\]\}/g;
const FLOW_WITH_COMMA = new RegExp(
  `,${OUR_FLOW.source}|${OUR_FLOW.source.replaceAll(/\?<\w+>/g, "")},?`,
  "g",
);
const IN_PLACE_OF = /^# latchkey: in place of (?<word>".*")\r?\n?$/;

/** What is not the broker's, byte for byte, save for one line break at the very end. */
function foreignIn(text: string | undefined): string {
  if (text === undefined) return "";
  if (isFlow(text)) return text.replace(FLOW_WITH_COMMA, "");
  const rest = blocksOf(text)
    .filter((block) => !isOurs(block))
    .join("");
  const word = IN_PLACE_OF.exec(rest)?.groups?.["word"];
  return word === undefined ? rest.replace(/\r?\n$/, "") : String(JSON.parse(word));
}

/** What is not the broker's in all of the ConfigMap. */
export function foreignText(data: ConfigMapData): string {
  const { mapUsers, mapRoles, ...rest } = data;
  return JSON.stringify([foreignIn(mapUsers), foreignIn(mapRoles), rest]);
}

const lentBy = new WeakMap<ConfigMapData, ReadonlySet<string>>();

/** What the broker's entries give: `<arn> <Kubernetes group>`, each once. */
export function lentIn(data: ConfigMapData): ReadonlySet<string> {
  const known = lentBy.get(data);
  if (known !== undefined) return known;
  const lent = new Set([...readLent(data.mapUsers ?? ""), ...readLent(data.mapRoles ?? "")]);
  lentBy.set(data, lent);
  return lent;
}

function readLent(text: string): readonly string[] {
  if (!text.includes('"latchkey:')) return [];
  if (isFlow(text)) {
    return [...text.matchAll(OUR_FLOW)].flatMap(({ groups }) =>
      (JSON.parse(`[${groups?.["groups"]}]`) as string[]).map(
        (each) => `${groups?.["arn"]} ${each}`,
      ),
    );
  }
  return blocksOf(text)
    .filter(isOurs)
    .flatMap((block) => {
      const arn = /arn: "(?<arn>[^"]+)"/.exec(block)?.groups?.["arn"] ?? "?";
      const groups = [...block.matchAll(/^ +- "(?<group>[^"]+)"\r?$/gm)];
      return groups.map((match) => `${arn} ${match.groups?.["group"]}`);
    });
}

/** Whether somebody else's entry stands for `arn`. */
export function isMappedByOthers(data: ConfigMapData, arn: string): boolean {
  return foreignText(data).includes(arn);
}
