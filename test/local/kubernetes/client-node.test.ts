// The local cluster as `@kubernetes/client-node` sees it, which is what the broker talks with.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { ApiException, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { isWrite } from "../../../local/kubernetes/faults.ts";
import { renderKubeconfig } from "../../../local/kubernetes/kubeconfig.ts";
import { scenarioObjects } from "../../../local/kubernetes/seed.ts";
import type { RunningKubernetes } from "../../../local/kubernetes/server.ts";
import { ADMIN_TOKEN, CLUSTER_NAME, startCluster } from "./local-cluster.ts";

const SEEDED = scenarioObjects().find(({ kind }) => kind === "ConfigMap");

let cluster: RunningKubernetes;
let core: CoreV1Api;
const aws = { namespace: "kube-system", name: "aws-auth" };

beforeAll(async () => {
  cluster = await startCluster({ objects: scenarioObjects() });
  const config = new KubeConfig();
  config.loadFromString(
    renderKubeconfig({ name: CLUSTER_NAME, ...cluster, user: { token: ADMIN_TOKEN } }),
  );
  core = config.makeApiClient(CoreV1Api);
});

afterAll(() => cluster.close());
beforeEach(() => cluster.faults.clear());

describe("the JavaScript client", () => {
  it("reads aws-auth, byte for byte", async () => {
    const { data } = await core.readNamespacedConfigMap(aws);
    expect(data).toEqual(SEEDED?.["data"]);
  });

  it("patches by JSON Patch unless told otherwise", async () => {
    const { metadata } = await core.readNamespacedConfigMap(aws);
    const body = [
      { op: "test", path: "/metadata/uid", value: metadata?.uid },
      { op: "test", path: "/metadata/resourceVersion", value: metadata?.resourceVersion },
      { op: "add", path: "/data/mapUsers", value: "[]\n" },
    ];
    const { data } = await core.patchNamespacedConfigMap({ ...aws, body });
    expect(data?.["mapUsers"]).toBe("[]\n");
  });

  it("gets a code for what is refused", async () => {
    const stale = [{ op: "test", path: "/metadata/resourceVersion", value: "1" }];
    const patching = core.patchNamespacedConfigMap({ ...aws, body: stale });
    await expect(patching).rejects.toBeInstanceOf(ApiException);
    await expect(patching).rejects.toMatchObject({ code: 422 });
    const missing = core.readNamespacedConfigMap({ ...aws, name: "absent" });
    await expect(missing).rejects.toMatchObject({ code: 404 });
  });

  it("fails where the cluster cannot be reached or loses its answer", async () => {
    cluster.faults.inject({ kind: "unreachable" });
    await expect(core.readNamespacedConfigMap(aws)).rejects.toThrow();
    cluster.faults.inject({ kind: "lostAnswer" }, { when: isWrite });
    const body = [{ op: "add", path: "/data/lost", value: "x" }];
    await expect(core.patchNamespacedConfigMap({ ...aws, body })).rejects.toThrow();
    expect((await core.readNamespacedConfigMap(aws)).data).toHaveProperty("lost", "x");
  });
});
