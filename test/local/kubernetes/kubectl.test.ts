// The local cluster as the real `kubectl` sees it. Skipped by name where there is none.

import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { renderKubeconfig } from "../../../local/kubernetes/kubeconfig.ts";
import { scenarioObjects } from "../../../local/kubernetes/seed.ts";
import type { RunningKubernetes } from "../../../local/kubernetes/server.ts";
import {
  ADMIN_TOKEN,
  CLUSTER_NAME,
  type StubSts,
  startCluster,
  startStubSts,
  tokenOf,
} from "./local-cluster.ts";

const KUBECTL = findOnPath("kubectl");
const WEB = "bttrm-web-proj-1-ns";

if (KUBECTL === undefined) {
  process.stderr.write("SKIPPED: the kubectl suite, because there is no kubectl on the PATH\n");
}
const describeWithKubectl = KUBECTL === undefined ? describe.skip : describe;

describeWithKubectl("kubectl", () => {
  let sts: StubSts;
  let cluster: RunningKubernetes;
  let home: string;

  beforeAll(async () => {
    sts = await startStubSts({
      ADA: {
        arn: "arn:aws:sts::111122223333:assumed-role/iam-bttrm-web-ro-role/ada",
        userId: "AROAEXAMPLE:ada",
      },
      STRANGER: { arn: "arn:aws:iam::111122223333:user/stranger", userId: "AIDAEXAMPLE" },
    });
    cluster = await startCluster({ stsUrl: sts.url, objects: scenarioObjects() });
    home = await mkdtemp(join(tmpdir(), "latchkey-kubectl-"));
    await writeKubeconfig("admin", ADMIN_TOKEN);
    await writeKubeconfig("ada", await tokenOf("ADA"));
    await writeKubeconfig("stranger", await tokenOf("STRANGER"));
  });

  afterAll(async () => {
    await cluster.close();
    await sts.close();
    await rm(home, { recursive: true, force: true });
  });

  async function writeKubeconfig(name: string, token: string): Promise<void> {
    const config = renderKubeconfig({ name: CLUSTER_NAME, ...cluster, user: { token } });
    await writeFile(join(home, name), config);
  }

  /** Runs kubectl as one of the users above. Never rejects: refusals are what is looked at. */
  function kubectl(
    user: string,
    ...args: string[]
  ): Promise<{ code: number; out: string; err: string }> {
    const env = {
      PATH: process.env["PATH"],
      HOME: home,
      KUBECONFIG: join(home, user),
      KUBECACHEDIR: join(home, `cache-${user}`),
    };
    return new Promise((resolve) => {
      execFile(KUBECTL ?? "", args, { env }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, out: stdout.trim(), err: stderr.trim() });
      });
    });
  }

  describe("as someone who may read the web projects' pods", () => {
    it("lists them, as kubectl always shows pods", async () => {
      const { code, out } = await kubectl("ada", "get", "pods", "-n", WEB);
      const [header, ...rows] = out.split("\n");
      expect(code).toBe(0);
      expect(header).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE$/);
      expect(rows).toHaveLength(4);
      expect(rows[0]).toMatch(/^bttrm-web-proj-1-api-6f8b7d9c45-4tj9w +1\/1 +Running +0 +\d+[sm]$/);
    });

    it.each([
      ["yes", "list pods in a web project", ["list", "pods", "-n", WEB]],
      ["yes", "watch pods in the other one", ["watch", "pods", "-n", "bttrm-web-proj-2-ns"]],
      ["no", "list pods in default", ["list", "pods", "-n", "default"]],
      ["no", "delete pods", ["delete", "pods", "-n", WEB]],
      ["no", "read logs", ["get", "pods", "--subresource=log", "-n", WEB]],
      ["no", "do everything", ["*", "*"]],
    ])("is told %s when asking to %s", async (answer, _title, question) => {
      const { code, out } = await kubectl("ada", "auth", "can-i", ...question);
      expect(out).toBe(answer);
      expect(code).toBe(answer === "yes" ? 0 : 1);
    });

    it.each([
      [
        "default's pods",
        ["get", "pods"],
        'cannot list resource "pods" in API group "" in the namespace "default"',
      ],
      [
        "nodes",
        ["get", "nodes"],
        'cannot list resource "nodes" in API group "" at the cluster scope',
      ],
      ["creating a pod", ["run", "x", "--image=nginx", "-n", WEB], 'cannot create resource "pods"'],
      [
        "creating a ConfigMap",
        ["create", "configmap", "x", "-n", WEB],
        'cannot create resource "configmaps"',
      ],
      [
        "creating a deployment",
        ["create", "deployment", "x", "--image=nginx", "-n", WEB],
        'cannot create resource "deployments" in API group "apps"',
      ],
      [
        "acting as another",
        ["get", "pods", "--as", "eks-user"],
        'cannot impersonate resource "users"',
      ],
      [
        "aws-auth",
        ["get", "configmap", "aws-auth", "-n", "kube-system"],
        'cannot get resource "configmaps"',
      ],
    ])("is forbidden %s", async (_title, command, reason) => {
      const { code, err } = await kubectl("ada", ...command);
      expect(code).toBe(1);
      expect(err).toContain('forbidden: User "iam-bttrm-web-ro-role"');
      expect(err).toContain(reason);
    });

    it("sees all that is allowed", async () => {
      const { out } = await kubectl("ada", "auth", "can-i", "--list", "-n", WEB);
      expect(out).toMatch(/^pods +\[\] +\[\] +\[get list watch\]$/m);
      expect(out).toMatch(/^selfsubjectaccessreviews\.authorization\.k8s\.io .*\[create\]$/m);
      expect(out).not.toMatch(/\*\.\*/);
    });

    it("sees who the cluster takes them for", async () => {
      const { out } = await kubectl("ada", "auth", "whoami");
      expect(out).toMatch(/^Username +iam-bttrm-web-ro-role$/m);
      expect(out).toMatch(/^Groups +\[rbac-bttrm-web-ro-group system:authenticated\]$/m);
      expect(out).toMatch(
        /^Extra: arn +\[arn:aws:sts::111122223333:assumed-role\/iam-bttrm-web-ro-role\/ada\]$/m,
      );
    });
  });

  it("tells someone without a mapping to log in", async () => {
    const { code, err } = await kubectl("stranger", "get", "pods");
    expect(code).toBe(1);
    expect(err).toContain("You must be logged in to the server");
  });

  describe("as the administrator", () => {
    it("may do everything", async () => {
      expect((await kubectl("admin", "auth", "can-i", "*", "*")).out).toBe("yes");
    });

    it("lists nodes", async () => {
      const { out } = await kubectl("admin", "get", "nodes");
      expect(out).toMatch(/^NAME +STATUS +ROLES +AGE +VERSION$/m);
      expect(out.split("\n")).toHaveLength(3);
    });

    it("tries out what someone else may do", async () => {
      const { code, out } = await kubectl("admin", "get", "pods", "--as", "eks-user");
      expect(code).toBe(0);
      expect(out).toContain("debug-toolbox");
      const group = "--as-group=rbac-bttrm-web-ro-group";
      const question = ["auth", "can-i", "list", "pods", "-n", WEB, "--as=anyone", group];
      expect((await kubectl("admin", ...question)).out).toBe("yes");
    });

    it("reads aws-auth", async () => {
      const { out } = await kubectl(
        "admin",
        "get",
        "cm",
        "aws-auth",
        "-n",
        "kube-system",
        "-o",
        "yaml",
      );
      expect(out).toContain("DO NOT REMOVE");
      expect(out).toContain("username: system:node:{{EC2PrivateDNSName}}");
    });

    it("creates, patches, edits and deletes a ConfigMap", async () => {
      const notes = () => cluster.get("ConfigMap", "default", "notes")?.["data"];
      await kubectl("admin", "create", "configmap", "notes", "--from-literal=a=b");
      expect(notes()).toEqual({ a: "b" });

      await kubectl("admin", "patch", "cm", "notes", "-p", '{"data":{"c":"d"}}');
      expect(notes()).toEqual({ a: "b", c: "d" });

      const guarded =
        '[{"op":"test","path":"/data/a","value":"other"},{"op":"remove","path":"/data/a"}]';
      const refused = await kubectl("admin", "patch", "cm", "notes", "--type=json", "-p", guarded);
      expect(refused.err).toContain(
        "the server rejected our request due to an error in our request",
      );
      expect(notes()).toEqual({ a: "b", c: "d" });

      const file = join(home, "notes.json");
      const applied = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "notes" },
        data: { a: "e" },
      };
      await writeFile(file, JSON.stringify(applied));
      expect((await kubectl("admin", "replace", "-f", file)).err).toBe("");
      expect(notes()).toEqual({ a: "e" });

      await kubectl("admin", "delete", "cm", "notes");
      expect(notes()).toBeUndefined();
    });

    it("binds a role, which counts at once", async () => {
      const ask = () => kubectl("ada", "auth", "can-i", "list", "pods", "-n", "default");
      expect((await ask()).out).toBe("no");
      const group = "--group=rbac-bttrm-web-ro-group";
      const binding = ["rolebinding", "more", "-n", "default"];
      await kubectl("admin", "create", ...binding, "--role=eks-role", group);
      expect((await ask()).out).toBe("yes");
      await kubectl("admin", "delete", ...binding);
      expect((await ask()).out).toBe("no");
    });
  });
});

function findOnPath(command: string): string | undefined {
  const candidates = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, command));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
