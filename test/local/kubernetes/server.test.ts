// The local cluster over HTTP: who gets in, what is refused how, and how objects are changed.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { isWrite } from "../../../local/kubernetes/faults.ts";
import { scenarioObjects } from "../../../local/kubernetes/seed.ts";
import type { RunningKubernetes } from "../../../local/kubernetes/server.ts";
import {
  AWS_AUTH_PATH,
  awsAuthWith,
  call,
  type StubSts,
  startCluster,
  startStubSts,
  tokenOf,
} from "./local-cluster.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const WEB_PODS = "/api/v1/namespaces/bttrm-web-proj-1-ns/pods";

const SEEDED = scenarioObjects().find(({ kind }) => kind === "ConfigMap");

let sts: StubSts;
let cluster: RunningKubernetes;
let entries: { principalArn: string; username: string; groups: string[] }[] = [];

beforeAll(async () => {
  const session = (role: string, name: string) => ({
    arn: `arn:aws:sts::111122223333:assumed-role/${role}/${name}`,
    userId: `AROAEXAMPLE:${name}`,
  });
  sts = await startStubSts({
    ADA: session("iam-bttrm-web-ro-role", "ada"),
    USER1: {
      arn: "arn:aws:iam::111122223333:user/iam-bttrm-web-user-1",
      userId: "AIDAEXAMPLE",
    },
    PROVISION: session("latchkey-provision", "lambda"),
    ROOT: session("eks-cluster-admins", "cat@example.com"),
  });
  cluster = await startCluster({
    stsUrl: sts.url,
    objects: scenarioObjects(),
    accessEntries: () => entries,
  });
});

afterAll(async () => {
  await cluster.close();
  await sts.close();
});

beforeEach(() => {
  cluster.faults.clear();
  cluster.remove("ConfigMap", "kube-system", "aws-auth"); // a test may have made it immutable
  for (const object of scenarioObjects()) cluster.put(object);
  entries = [];
});

const awsAuth = () => cluster.get("ConfigMap", "kube-system", "aws-auth");
const version = () => awsAuth()?.metadata.resourceVersion;
const patch = (body: unknown, contentType = JSON_PATCH, path = AWS_AUTH_PATH) =>
  call(cluster, { method: "PATCH", path, body, contentType });

describe("getting in", () => {
  it("lets a mapped role in, under its mapped name", async () => {
    const token = await tokenOf("ADA");
    const { status, body } = await call(cluster, { path: WEB_PODS, token });
    expect(status).toBe(200);
    expect(body.items).toHaveLength(4);
    expect(cluster.requests.at(-1)).toEqual({
      method: "GET",
      path: WEB_PODS,
      user: "iam-bttrm-web-ro-role",
      status: 200,
    });
  });

  it("answers who has no mapping, or no token that anyone stands behind, with 401", async () => {
    const stranger = await tokenOf("STRANGER");
    for (const token of [await tokenOf("USER1"), stranger, "k8s-aws-v1.x", "nonsense"]) {
      const { status, body } = await call(cluster, { path: "/version", token });
      expect(status).toBe(401);
      expect(body).toMatchObject({ kind: "Status", reason: "Unauthorized", code: 401 });
    }
  });

  it("reads the mapping anew at every request", async () => {
    const token = await tokenOf("USER1");
    const ask = async () => (await call(cluster, { path: WEB_PODS, token })).status;
    expect(await ask()).toBe(401);

    const mapUsers = `- userarn: arn:aws:iam::111122223333:user/iam-bttrm-web-user-1
  username: latchkey:web-user-1
  groups: [rbac-bttrm-web-ro-group]
`;
    await patch([{ op: "replace", path: "/data/mapUsers", value: mapUsers }]);
    expect(await ask()).toBe(200);

    await patch([{ op: "replace", path: "/data/mapUsers", value: "[]" }]);
    expect(await ask()).toBe(401);
  });

  it("locks everyone out whom a broken mapRoles named", async () => {
    const token = await tokenOf("ROOT");
    expect((await call(cluster, { path: "/api/v1/nodes", token })).status).toBe(200);
    await patch([{ op: "replace", path: "/data/mapRoles", value: "- rolearn: {{oops}}\n" }]);
    expect((await call(cluster, { path: "/api/v1/nodes", token })).status).toBe(401);
  });

  it("lets an access entry win over the ConfigMap", async () => {
    const principalArn = "arn:aws:iam::111122223333:role/iam-bttrm-web-ro-role";
    entries = [{ principalArn, username: "by-entry", groups: [] }];
    const { status } = await call(cluster, { path: WEB_PODS, token: await tokenOf("ADA") });
    expect(status).toBe(403);
    expect(cluster.requests.at(-1)?.user).toBe("by-entry");
  });

  it("takes a token signed at the stack's time or at the machine's", async () => {
    const tomorrow = Date.now() + 24 * 60 * 60 * 1000;
    const ahead = await startCluster({
      stsUrl: sts.url,
      objects: scenarioObjects(),
      now: () => tomorrow,
    });
    const ask = async (atMs: number) =>
      (await call(ahead, { path: WEB_PODS, token: await tokenOf("ADA", atMs) })).status;
    expect(await ask(tomorrow)).toBe(200);
    expect(await ask(Date.now())).toBe(200);
    expect(await ask(tomorrow - 60 * 60 * 1000)).toBe(401);
    await ahead.close();
  });

  it("tells strangers its version and nothing more", async () => {
    const anonymous = { token: undefined };
    expect((await call(cluster, { path: "/version", ...anonymous })).status).toBe(200);
    expect((await call(cluster, { path: "/healthz", ...anonymous })).body).toBe("ok");
    const { status, body } = await call(cluster, { path: "/api", ...anonymous });
    expect(status).toBe(403);
    expect(body.message).toBe('forbidden: User "system:anonymous" cannot get path "/api"');
  });
});

describe("being refused", () => {
  it.each([
    [
      "GET",
      "/api/v1/namespaces/default/pods",
      'pods is forbidden: User "iam-bttrm-web-ro-role" cannot list resource "pods" in API group "" in the namespace "default"',
    ],
    [
      "GET",
      "/api/v1/nodes",
      'nodes is forbidden: User "iam-bttrm-web-ro-role" cannot list resource "nodes" in API group "" at the cluster scope',
    ],
    [
      "DELETE",
      `${WEB_PODS}/bttrm-web-proj-1-worker-0`,
      'pods "bttrm-web-proj-1-worker-0" is forbidden: User "iam-bttrm-web-ro-role" cannot delete resource "pods" in API group "" in the namespace "bttrm-web-proj-1-ns"',
    ],
    [
      "GET",
      `${WEB_PODS}/bttrm-web-proj-1-worker-0/log`,
      'pods "bttrm-web-proj-1-worker-0" is forbidden: User "iam-bttrm-web-ro-role" cannot get resource "pods/log" in API group "" in the namespace "bttrm-web-proj-1-ns"',
    ],
    [
      "POST",
      "/apis/apps/v1/namespaces/default/deployments",
      'deployments.apps is forbidden: User "iam-bttrm-web-ro-role" cannot create resource "deployments" in API group "apps" in the namespace "default"',
    ],
    [
      "GET",
      "/api/v1/namespaces/default",
      'namespaces "default" is forbidden: User "iam-bttrm-web-ro-role" cannot get resource "namespaces" in API group "" in the namespace "default"',
    ],
  ])("%s %s reads as Kubernetes words it", async (method, path, message) => {
    const { status, body } = await call(cluster, { method, path, token: await tokenOf("ADA") });
    expect(status).toBe(403);
    expect(body).toMatchObject({ reason: "Forbidden", message });
  });

  it("leaves the broker's roles nothing but to read and patch aws-auth", async () => {
    const token = await tokenOf("PROVISION");
    const ask = async (method: string, path: string, body?: unknown) =>
      (await call(cluster, { method, path, body, token, contentType: JSON_PATCH })).status;
    expect(await ask("GET", AWS_AUTH_PATH)).toBe(200);
    expect(await ask("PATCH", AWS_AUTH_PATH, [])).toBe(200);
    expect(await ask("PUT", AWS_AUTH_PATH, {})).toBe(403);
    expect(await ask("DELETE", AWS_AUTH_PATH)).toBe(403);
    expect(await ask("GET", AWS_AUTH_PATH.replace("aws-auth", "coredns"))).toBe(403);
    expect(await ask("GET", AWS_AUTH_PATH.replace("/aws-auth", ""))).toBe(403);
    expect(await ask("GET", "/api/v1/namespaces/default/configmaps/aws-auth")).toBe(403);
  });

  it("tells what is unknown from what is not allowed", async () => {
    expect((await call(cluster, { path: "/api/v1/gadgets" })).status).toBe(404);
    expect((await call(cluster, { path: "/apis/apps/v1beta1/deployments" })).status).toBe(404);
    expect(
      (await call(cluster, { path: "/api/v1/gadgets", token: await tokenOf("ADA") })).status,
    ).toBe(403);
    expect((await call(cluster, { path: "/nowhere" })).status).toBe(404);
    expect((await call(cluster, { path: "/api/v1/pods?watch=true" })).status).toBe(405);
  });
});

describe("acting as somebody else", () => {
  const pods = "/api/v1/namespaces/default/pods";

  it("is the administrator's to do, with the other's rights", async () => {
    const asUser = (headers: Record<string, string | string[]>, path = pods) =>
      call(cluster, { path, headers }).then(({ status }) => status);
    expect(await asUser({ "impersonate-user": "eks-user" })).toBe(200);
    expect(await asUser({ "impersonate-user": "eks-user" }, "/api/v1/nodes")).toBe(403);
    expect(await asUser({ "impersonate-user": "nobody" })).toBe(403);
    const groups = ["others", "eks-role"];
    expect(await asUser({ "impersonate-user": "nobody", "impersonate-group": groups })).toBe(200);
    expect(await asUser({ "impersonate-group": groups })).toBe(500);
  });

  it("is refused to others, for the user and for every group", async () => {
    const token = await tokenOf("ADA");
    const { status, body } = await call(cluster, {
      path: pods,
      token,
      headers: { "impersonate-user": "eks-user" },
    });
    expect(status).toBe(403);
    expect(body.message).toBe(
      'users "eks-user" is forbidden: User "iam-bttrm-web-ro-role" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  });

  it("does not give a group to whom only the user was allowed", async () => {
    const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" };
    const rules = [
      {
        verbs: ["impersonate"],
        apiGroups: [""],
        resources: ["users"],
        resourceNames: ["eks-user"],
      },
    ];
    cluster.put({ ...rbac, kind: "ClusterRole", metadata: { name: "act" }, rules });
    cluster.put({
      ...rbac,
      kind: "ClusterRoleBinding",
      metadata: { name: "act" },
      roleRef: { kind: "ClusterRole", name: "act" },
      subjects: [{ kind: "Group", name: "rbac-bttrm-web-ro-group" }],
    });
    const ask = async (headers: Record<string, string>) =>
      (await call(cluster, { path: pods, token: await tokenOf("ADA"), headers })).status;
    expect(await ask({ "impersonate-user": "eks-user" })).toBe(200);
    const asMaster = { "impersonate-user": "eks-user", "impersonate-group": "system:masters" };
    expect(await ask(asMaster)).toBe(403);
    expect(await ask({ "impersonate-user": "someone-else" })).toBe(403);
    cluster.remove("ClusterRoleBinding", "", "act");
  });
});

describe("patching a ConfigMap", () => {
  it("applies a JSON Patch whose tests hold, and counts the version up", async () => {
    const before = awsAuth();
    const { status, body } = await patch([
      { op: "test", path: "/metadata/uid", value: before?.metadata.uid },
      { op: "test", path: "/metadata/resourceVersion", value: version() },
      { op: "add", path: "/data/extra", value: "x" },
    ]);
    expect(status).toBe(200);
    expect(body.data).toEqual({ ...(before?.["data"] as object), extra: "x" });
    expect(body.metadata.uid).toBe(before?.metadata.uid);
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(
      Number(before?.metadata.resourceVersion),
    );
  });

  it.each<[string, unknown[]]>([
    ["a test fails", [{ op: "test", path: "/metadata/resourceVersion", value: "1" }]],
    [
      "a later test fails",
      [
        { op: "add", path: "/data/x", value: "y" },
        { op: "test", path: "/data/x", value: "z" },
      ],
    ],
    ["what is tested is not there", [{ op: "test", path: "/data/absent", value: "x" }]],
    ["what is replaced is not there", [{ op: "replace", path: "/data/absent", value: "x" }]],
    ["what is removed is not there", [{ op: "remove", path: "/data/absent" }]],
    ["the place to add to is not there", [{ op: "add", path: "/binaryData/x", value: "eA==" }]],
    ["the document goes", [{ op: "replace", path: "", value: "gone" }]],
    ["the kind changes", [{ op: "replace", path: "/kind", value: "Secret" }]],
  ])("answers 422 and changes nothing when %s", async (_title, operations) => {
    const before = awsAuth();
    const { status, body } = await patch(operations);
    expect(status).toBe(422);
    expect(body).toMatchObject({
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request",
    });
    expect(awsAuth()).toEqual(before);
  });

  it("applies a merge patch, in which null removes", async () => {
    const added = await patch({ data: { extra: "x" } }, MERGE_PATCH);
    expect(added.body.data.extra).toBe("x");
    const removed = await patch({ data: { extra: null } }, MERGE_PATCH);
    expect(removed.body.data).toEqual(SEEDED?.["data"]);
  });

  it("answers 409 to a merge patch that carries a stale version", async () => {
    const stale = { metadata: { resourceVersion: "1" }, data: { extra: "x" } };
    expect((await patch(stale, MERGE_PATCH)).status).toBe(409);
  });

  it("keeps the version when nothing changes", async () => {
    const before = version();
    expect((await patch([], JSON_PATCH)).body.metadata.resourceVersion).toBe(before);
  });

  it("refuses other patches, patches that are none, and what is not there", async () => {
    expect((await patch({}, "application/apply-patch+yaml")).status).toBe(415);
    expect((await patch({ op: "add" })).status).toBe(400);
    expect((await patch([], JSON_PATCH, AWS_AUTH_PATH.replace("aws-auth", "no"))).status).toBe(404);
  });

  it("refuses a change of what is immutable, for good", async () => {
    cluster.put({ ...awsAuthWith({ mapRoles: "[]" }), immutable: true });
    const changed = await patch([{ op: "add", path: "/data/mapUsers", value: "[]" }]);
    expect(changed.status).toBe(422);
    expect(changed.body.message).toBe(
      'ConfigMap "aws-auth" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    );
    expect((await patch([{ op: "remove", path: "/immutable" }])).status).toBe(422);
    const labelled = await patch({ metadata: { labels: { a: "b" } } }, MERGE_PATCH);
    expect(labelled.status).toBe(200);
  });

  it("takes a mebibyte of data and no byte more", async () => {
    const others = Object.values(awsAuth()?.["data"] as Record<string, string>);
    const room = 1024 * 1024 - others.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const filled = (bytes: number) =>
      patch([{ op: "add", path: "/data/extra", value: "x".repeat(bytes) }]);
    const { status, body } = await filled(room + 1);
    expect(status).toBe(422);
    expect(body.message).toMatch(/Too long: may not be more than 1048576 bytes/);
    expect((await filled(room)).status).toBe(200);
  });

  it("refuses a body that no API server would read", async () => {
    expect((await patch("x".repeat(3 * 1024 * 1024))).status).toBe(413);
  });

  it("says what would happen and leaves it, in a dry run", async () => {
    const before = awsAuth();
    const dry = `${AWS_AUTH_PATH}?dryRun=All`;
    const { body } = await patch([{ op: "add", path: "/data/x", value: "y" }], JSON_PATCH, dry);
    expect(body.data.x).toBe("y");
    expect(awsAuth()).toEqual(before);
  });
});

describe("writing whole objects", () => {
  const configMaps = "/api/v1/namespaces/default/configmaps";
  const notes = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "notes" },
    data: { a: "b" },
  };
  const post = (body: unknown, path = configMaps) => call(cluster, { method: "POST", path, body });
  const put = (body: unknown) =>
    call(cluster, { method: "PUT", path: `${configMaps}/notes`, body });

  beforeEach(() => cluster.remove("ConfigMap", "default", "notes"));

  it("creates, once", async () => {
    const { status, body } = await post(notes);
    expect(status).toBe(201);
    expect(body.metadata).toMatchObject({ name: "notes", namespace: "default" });
    expect(body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    const again = await post(notes);
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({
      reason: "AlreadyExists",
      message: 'configmaps "notes" already exists',
    });
  });

  it.each<[string, unknown, number]>([
    ["without a name", { ...notes, metadata: {} }, 400],
    ["of another kind", { ...notes, kind: "Secret" }, 400],
    ["for another namespace", { ...notes, metadata: { name: "notes", namespace: "other" } }, 400],
    ["with data that is no text", { ...notes, data: { a: 1 } }, 400],
    ["with a key that is none", { ...notes, data: { "a b": "" } }, 422],
    ["that is no object", [], 400],
  ])("refuses one %s", async (_title, body, status) => {
    expect((await post(body)).status).toBe(status);
    expect(cluster.get("ConfigMap", "default", "notes")).toBeUndefined();
  });

  it("refuses one in a namespace that is not there", async () => {
    const { status, body } = await post(notes, configMaps.replace("default", "nowhere"));
    expect(status).toBe(404);
    expect(body.message).toBe('namespaces "nowhere" not found');
  });

  it("replaces at the version that was read, and answers a stale one with 409", async () => {
    const { body: read } = await post(notes);
    const { status, body } = await put({ ...read, data: { a: "c" } });
    expect(status).toBe(200);
    expect(body.data).toEqual({ a: "c" });
    const stale = await put({ ...read, data: { a: "d" } });
    expect(stale.status).toBe(409);
    expect(stale.body).toMatchObject({
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on configmaps "notes": the object has been modified; please apply your changes to the latest version and try again',
    });
    const reborn = { ...notes, metadata: { name: "notes", uid: "another" } };
    expect((await put(reborn)).status).toBe(409);
    expect((await put(notes)).status).toBe(200);
  });

  it("gives a new uid to what was deleted and created again", async () => {
    const { body: first } = await post(notes);
    const path = `${configMaps}/notes`;
    expect((await call(cluster, { method: "DELETE", path })).status).toBe(200);
    expect((await call(cluster, { path })).body.message).toBe('configmaps "notes" not found');
    const { body: second } = await post(notes);
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
  });

  it("lists by name, namespace and label", async () => {
    cluster.put({
      ...notes,
      metadata: { name: "notes", namespace: "default", labels: { app: "x" } },
    });
    const names = async (path: string) =>
      (await call(cluster, { path })).body.items.map(
        ({ metadata }: { metadata: { name: string } }) => metadata.name,
      );
    expect(await names("/api/v1/configmaps")).toEqual(["notes", "aws-auth"]);
    expect(await names("/api/v1/configmaps?fieldSelector=metadata.name%3Daws-auth")).toEqual([
      "aws-auth",
    ]);
    expect(await names("/api/v1/configmaps?labelSelector=app%3Dx")).toEqual(["notes"]);
    expect(await names("/api/v1/configmaps?labelSelector=app%21%3Dx")).toEqual(["aws-auth"]);
    const unknown = "/api/v1/configmaps?labelSelector=app+in+(x)";
    expect((await call(cluster, { path: unknown })).status).toBe(400);
  });
});

describe("reviews", () => {
  it("understands the protobuf that kubectl sends", async () => {
    // `kubectl auth can-i list pods -n default`, as kubectl 1.32 puts it on the wire.
    const body = Buffer.concat([
      Buffer.from("k8s\0"),
      Buffer.from("0a320a17", "hex"),
      Buffer.from("authorization.k8s.io/v1"),
      Buffer.from("1217", "hex"),
      Buffer.from("SelfSubjectAccessReview"),
      Buffer.from(
        "123d0a100a001200 1a0022002a0032003800420012 1f0a1d0a07".replaceAll(" ", ""),
        "hex",
      ),
      Buffer.from("default"),
      Buffer.from("12046c6973741a0022002a04", "hex"),
      Buffer.from("pods"),
      Buffer.from("32003a00", "hex"),
      Buffer.from("1a0808001200 1a0020001a00 2200".replaceAll(" ", ""), "hex"),
    ]);
    const { status, body: review } = await call(cluster, {
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      contentType: "application/vnd.kubernetes.protobuf",
      headers: { "impersonate-user": "eks-user" },
      body,
    });
    expect(status).toBe(201);
    expect(review.spec.resourceAttributes).toEqual({
      namespace: "default",
      verb: "list",
      resource: "pods",
    });
    expect(review.status.allowed).toBe(true);
  });

  it("answers about others only to whom RBAC lets ask", async () => {
    const resourceAttributes = { verb: "list", resource: "pods", namespace: "default" };
    const ask = (token: string | undefined, spec: object) =>
      call(cluster, {
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        body: { spec: { resourceAttributes, ...spec } },
        ...(token === undefined ? {} : { token }),
      });
    expect((await ask(undefined, { user: "eks-user" })).body.status.allowed).toBe(true);
    expect((await ask(undefined, { user: "x", groups: ["eks-role"] })).body.status.allowed).toBe(
      true,
    );
    expect((await ask(undefined, { user: "x" })).body.status.allowed).toBe(false);
    expect((await ask(await tokenOf("ADA"), { user: "eks-user" })).status).toBe(403);
  });
});

describe("faults", () => {
  const add = (key: string) => patch([{ op: "add", path: `/data/${key}`, value: "x" }]);
  const has = (key: string) => Object.keys(awsAuth()?.["data"] ?? {}).includes(key);

  it("cut the connection before anything happens, once", async () => {
    cluster.faults.inject({ kind: "unreachable" });
    await expect(add("one")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(has("one")).toBe(false);
    expect((await add("one")).status).toBe(200);
  });

  it("answer 500 without an effect, as long as said", async () => {
    cluster.faults.inject({ kind: "internalError" }, { times: 2 });
    const statuses = [await add("two"), await add("two")].map(({ status }) => status);
    expect(statuses).toEqual([500, 500]);
    expect(has("two")).toBe(false);
    expect((await add("two")).status).toBe(200);
  });

  it("lose the answer of a write that has been carried out", async () => {
    cluster.faults.inject({ kind: "lostAnswer" }, { when: isWrite });
    expect((await call(cluster, { path: AWS_AUTH_PATH })).status).toBe(200);
    await expect(add("three")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(has("three")).toBe(true);
    expect(cluster.requests.at(-1)).toMatchObject({ method: "PATCH", status: 0 });
  });

  it("tell whoever waits for it that a write has been carried out", async () => {
    const seen: boolean[] = [];
    const onHit = () => seen.push(has("four"));
    cluster.faults.inject({ kind: "lostAnswer", onHit }, { when: isWrite });
    await expect(add("four")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(seen).toEqual([true]);
  });

  it("can be taken away one by one", async () => {
    const heal = cluster.faults.inject(
      { kind: "unreachable" },
      { times: Number.POSITIVE_INFINITY },
    );
    const repair = cluster.faults.inject({ kind: "internalError" });
    await expect(add("five")).rejects.toMatchObject({ code: "ECONNRESET" });
    heal();
    expect((await add("five")).status).toBe(500);
    repair();
    expect((await add("five")).status).toBe(200);
  });

  it("let somebody else write between a reading and a writing", async () => {
    const read = version();
    const touch = () => cluster.touch("ConfigMap", "kube-system", "aws-auth");
    cluster.faults.inject({ kind: "meanwhile", act: touch }, { when: isWrite });
    const guarded = [{ op: "test", path: "/metadata/resourceVersion", value: read }];
    expect((await patch(guarded)).status).toBe(422);
    expect(version()).not.toBe(read);
  });
});
