// The `aws-auth` ConfigMap, read the way the cluster reads it: who each AWS principal is in Kubernetes.
//
// aws-iam-authenticator parses with go-yaml v2 and then decodes the JSON form of what it found
// (kubernetes-sigs/aws-iam-authenticator `pkg/mapper/configmap/configmap.go`). The npm parser takes
// more than go-yaml does; what the cluster would not read is refused here too, so that a broken text
// locks people out of the local cluster just as it would of a real one.

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  Scalar,
  visit,
  type YAMLMap,
} from "yaml";

/** One entry of `mapRoles` or `mapUsers`. Wrongly typed fields are empty, as in the cluster. */
export interface Mapping {
  readonly arn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

export interface AwsAuth {
  readonly roles: readonly Mapping[];
  readonly users: readonly Mapping[];
  /** Accounts whose every principal may come in under its own ARN, in no group. */
  readonly accounts: readonly string[];
}

/** Reads the ConfigMap's `data`. A key that the cluster could not parse has no entries; never throws. */
export function readAwsAuth(data: Readonly<Record<string, string>>): AwsAuth {
  return {
    roles: readMappings(data["mapRoles"], "rolearn"),
    users: readMappings(data["mapUsers"], "userarn"),
    accounts: listIn(data["mapAccounts"]).map((account) => String(account).padStart(12, "0")),
  };
}

/** The mapping of a caller: roles before users, whatever the case, and the last of several roles. */
export function findMapping(awsAuth: AwsAuth, canonicalArn: string): Mapping | undefined {
  const isCaller = ({ arn }: Mapping) => arn.toLowerCase() === canonicalArn.toLowerCase();
  return awsAuth.roles.findLast(isCaller) ?? awsAuth.users.findLast(isCaller);
}

function readMappings(text: string | undefined, arnField: string): Mapping[] {
  return listIn(text)
    .map((item) => ({
      arn: fieldOf(item, arnField, isString) ?? "",
      username: fieldOf(item, "username", isString) ?? "",
      groups: (fieldOf(item, "groups", Array.isArray) ?? []).map((group) =>
        isString(group) ? group : "",
      ),
    }))
    .filter(({ arn }) => arn !== "");
}

/** Go's JSON decoder folds the case of keys, skips values of another type, and the last one wins. */
function fieldOf<Value>(
  item: unknown,
  name: string,
  fits: (value: unknown) => value is Value,
): Value | undefined {
  if (!isRecord(item)) return undefined;
  const keys = Object.keys(item)
    .filter((key) => key.toLowerCase() === name)
    .sort();
  return keys.map((key) => item[key]).findLast(fits);
}

function listIn(text: string | undefined): readonly unknown[] {
  if (text === undefined) return [];
  try {
    const value = readYaml(text);
    return Array.isArray(value) ? value : [];
  } catch (error) {
    if (error instanceof Unreadable) return [];
    throw error;
  }
}

/** The cluster cannot read the text, and loses the whole key with it. */
class Unreadable extends Error {}

/** What go-yaml's reader refuses anywhere, comments included: all but YAML 1.1's printable characters. */
const UNPRINTABLE = /[^\t\n\r -~\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const LINE_OF_TABS = /^[ ]*\t[ \t]*$/m;

function readYaml(text: string): unknown {
  const lines = text.replace(/[\u0085\u2028\u2029]/g, "\n"); // line breaks to YAML 1.1, even in comments
  if (UNPRINTABLE.test(lines) || LINE_OF_TABS.test(lines)) throw new Unreadable();
  const options = {
    version: "1.1",
    uniqueKeys: false,
    keepSourceTokens: true,
    logLevel: "silent",
  } as const;
  const [document] = parseAllDocuments(lines, options);
  if (document === undefined || !("contents" in document) || document.contents === null)
    return null;
  if (document.warnings.length > 0 || breaksInside(document, lines)) throw new Unreadable();
  refuseWhatGoRefuses(document);
  return readNode(document.contents, document, []);
}

/**
 * Whether an error lies inside the root value. Behind its end the cluster stops reading and never
 * sees one: behind `[]`, or where a block list is left by outdenting.
 */
function breaksInside(document: Document, text: string): boolean {
  const [start, end] = document.contents?.range ?? [0, 0];
  const isBlock = !/^[[{"'&!|>]/.test(text.slice(start));
  const errors = document.errors.map(({ pos: [at] }) => at);
  if (errors.some((at) => at < end)) return true;
  const [behind] = errors;
  return behind !== undefined && isBlock && columnOf(text, behind) >= columnOf(text, start);
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}

/** Scalars that the npm parser takes and go-yaml v2 does not. */
function refuseWhatGoRefuses(document: Document): void {
  visit(document, {
    Scalar(_key, scalar, path) {
      const inFlow = path.some((node) => (isMap(node) || isSeq(node)) && node.flow === true);
      const source =
        scalar.srcToken !== undefined && "source" in scalar.srcToken ? scalar.srcToken.source : "";
      if (scalar.type === Scalar.PLAIN && inFlow && source.includes("?")) throw new Unreadable();
      if (scalar.type === Scalar.QUOTE_DOUBLE && /(^|[^\\])(\\\\)*\\\//.test(source))
        throw new Unreadable();
      if (typeof scalar.value === "number" && !Number.isFinite(scalar.value))
        throw new Unreadable();
    },
  });
}

/** A node's value as go-yaml and then JSON see it. `above` holds the nodes around it, against loops. */
function readNode(node: unknown, document: Document, above: readonly unknown[]): unknown {
  if (node === undefined || above.includes(node)) throw new Unreadable(); // an alias to nothing or itself
  const inside = [...above, node];
  if (isAlias(node)) return readNode(node.resolve(document), document, inside);
  if (isSeq(node)) return node.items.map((item) => readNode(item, document, inside));
  if (isMap(node)) return mapOf(node, document, inside);
  if (isScalar(node)) return node.value instanceof Date ? node.source : node.value;
  return null;
}

/** NB. go-yaml lets a merge (`<<`) override the keys above it, where YAML says that it must not. */
function mapOf(
  map: YAMLMap,
  document: Document,
  above: readonly unknown[],
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { key, value } of map.items) {
    if (!isScalar(key) || key.value === null) throw new Unreadable();
    const found = readNode(value, document, above);
    if (key.source !== "<<" || key.type !== Scalar.PLAIN) {
      result[String(key.value)] = found;
      continue;
    }
    for (const merged of Array.isArray(found) ? found.toReversed() : [found]) {
      if (!isRecord(merged)) throw new Unreadable();
      Object.assign(result, merged);
    }
  }
  return result;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
