// Request bodies in Kubernetes' protobuf, which kubectl sends for the kinds it knows by heart.
//
// Only what kubectl's own commands send is understood: reviews (`auth can-i`, `auth whoami`) and what
// `kubectl create` makes. Answers are always JSON, which every client accepts beside protobuf.
// Source: `generated.proto` of k8s.io/api and k8s.io/apimachinery (`runtime.Unknown`, `ObjectMeta`).

export const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** A field's name and how its bytes are read. Fields that a message does not list are skipped. */
type Field = readonly [name: string, type: FieldType];
type FieldType = "string" | "bool" | "strings" | "map" | Message | { readonly listOf: Message };
type Message = ReadonlyMap<number, Field>;

const text = (...names: readonly string[]): [number, Field][] =>
  names.map((name, index) => [index + 1, [name, "string"]]);

const METADATA: Message = new Map<number, Field>([
  [1, ["name", "string"]],
  [3, ["namespace", "string"]],
  [11, ["labels", "map"]],
  [12, ["annotations", "map"]],
]);

const RESOURCE_ATTRIBUTES: Message = new Map(
  text("namespace", "verb", "group", "version", "resource", "subresource", "name"),
);
const ACCESS_REVIEW: Message = new Map<number, Field>([
  [1, ["resourceAttributes", RESOURCE_ATTRIBUTES]],
  [2, ["nonResourceAttributes", new Map(text("path", "verb"))]],
  [3, ["user", "string"]],
  [4, ["groups", "strings"]],
]);

const RULE: Message = new Map<number, Field>(
  ["verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"].map((name, index) => [
    index + 1,
    [name, "strings"],
  ]),
);
const ROLE: Message = withMetadata([2, ["rules", { listOf: RULE }]]);
const BINDING: Message = withMetadata(
  [2, ["subjects", { listOf: new Map(text("kind", "apiGroup", "name", "namespace")) }]],
  [3, ["roleRef", new Map(text("apiGroup", "kind", "name"))]],
);

const KINDS: Readonly<Record<string, Message>> = {
  ClusterRole: ROLE,
  ClusterRoleBinding: BINDING,
  ConfigMap: withMetadata([2, ["data", "map"]], [4, ["immutable", "bool"]]),
  Namespace: withMetadata(),
  Role: ROLE,
  RoleBinding: BINDING,
  SelfSubjectAccessReview: withMetadata([2, ["spec", ACCESS_REVIEW]]),
  SelfSubjectReview: withMetadata(),
  SelfSubjectRulesReview: withMetadata([2, ["spec", new Map(text("namespace"))]]),
  ServiceAccount: withMetadata(),
  SubjectAccessReview: withMetadata([2, ["spec", ACCESS_REVIEW]]),
};

function withMetadata(...fields: readonly [number, Field][]): Message {
  return new Map<number, Field>([[1, ["metadata", METADATA]], ...fields]);
}

const MAGIC = Buffer.from("k8s\0");
const ENVELOPE: Message = new Map<number, Field>([
  [1, ["typeMeta", new Map(text("apiVersion", "kind"))]],
]);
const RAW_FIELD = 2;

/** The object in a protobuf body, as its JSON would be; `undefined` for a kind not known here. */
export function decodeProtobuf(body: Buffer): Record<string, unknown> | undefined {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const envelope = body.subarray(MAGIC.length);
  const { apiVersion, kind } = decode(envelope, ENVELOPE)["typeMeta"] as Record<string, string>;
  const message = KINDS[kind ?? ""];
  const raw = fieldsOf(envelope).find(({ number }) => number === RAW_FIELD)?.bytes;
  if (message === undefined || raw === undefined) return undefined;
  return { apiVersion, kind, ...decode(raw, message) };
}

function decode(bytes: Buffer, message: Message): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { number, bytes: content } of fieldsOf(bytes)) {
    const [name, type] = message.get(number) ?? [];
    if (name === undefined || type === undefined) continue;
    if (type === "string") {
      if (content.length > 0) object[name] = content.toString();
    } else if (type === "bool") {
      object[name] = content[0] === 1;
    } else if (type === "strings") {
      object[name] = [...((object[name] as string[]) ?? []), content.toString()];
    } else if (type === "map") {
      const entry = decode(content, new Map(text("key", "value")));
      object[name] = { ...(object[name] ?? {}), [String(entry["key"])]: entry["value"] ?? "" };
    } else if ("listOf" in type) {
      object[name] = [...((object[name] as unknown[]) ?? []), decode(content, type.listOf)];
    } else {
      object[name] = decode(content, type);
    }
  }
  return object;
}

interface WireField {
  readonly number: number;
  /** The content; of a number, its varint's bytes. */
  readonly bytes: Buffer;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Splits a message into its fields (https://protobuf.dev/programming-guides/encoding/). */
function fieldsOf(bytes: Buffer): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    const wireType = tag.value % 8;
    if (wireType !== VARINT && wireType !== LENGTH_DELIMITED) {
      throw new Error(`the protobuf body has a field of wire type ${wireType}`);
    }
    const valueOrLength = readVarint(bytes, tag.end);
    const start = wireType === VARINT ? tag.end : valueOrLength.end;
    const end = wireType === VARINT ? valueOrLength.end : start + valueOrLength.value;
    fields.push({ number: Math.floor(tag.value / 8), bytes: bytes.subarray(start, end) });
    at = end;
  }
  return fields;
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new Error("the protobuf body ends in the middle of a number");
}
