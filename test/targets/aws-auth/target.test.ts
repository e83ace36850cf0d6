// aws-auth by the real clients, against the local cluster and the local STS and EKS.

import { afterEach, describe, expect, it } from "@jest/globals";
import type { AwsAuthSpec } from "../../../lib/grant/target-spec.ts";
import { makeServerCertificate } from "../../../local/kubernetes/certificate.ts";
import { type FaultedRequest, isWrite } from "../../../local/kubernetes/faults.ts";
import { targetContract } from "../contract.ts";
import { type ClusterWorldOptions, clusterWorld, type Wish } from "./cluster-world.ts";

targetContract<AwsAuthSpec>("aws-auth", { given: "ours", makeWorld: () => clusterWorld() });

targetContract<AwsAuthSpec>("aws-auth beside access entries", {
  given: "ours",
  makeWorld: () => clusterWorld({ described: { authenticationMode: "API_AND_CONFIG_MAP" } }),
});

const HOUR_MS = 3_600_000;
const READERS = "rbac-bttrm-web-ro-group";

let open: { close(): Promise<void> } | undefined;

afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function world(options: ClusterWorldOptions = {}) {
  const made = await clusterWorld(options);
  open = made;
  const { target, clock, assignment } = made;
  return {
    ...made,
    users: () => made.data()["mapUsers"] ?? "",
    roles: () => made.data()["mapRoles"] ?? "",
    look: async (wish: Wish = assignment(0)) => (await target.look([wish])).get(wish.key),
    give: async (wish: Wish = assignment(0), windowMs = HOUR_MS) => {
      const timed = { ...wish, endsAt: clock.now() + windowMs };
      return (await target.give([timed])).get(wish.key);
    },
    take: async (wish: Wish = assignment(0)) => (await target.take([wish])).get(wish.key),
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe("aws-auth as a whole", () => {
  it("is as it was, byte for byte, after access was given and taken", async () => {
    const { data, give, take } = await world();
    const before = data();
    await give();
    expect(data()).not.toEqual(before);
    expect(data()["mapRoles"]).toBe(before["mapRoles"]);
    await take();
    expect(data()).toEqual(before);
  });

  it("is written once for a hundred that begin together, and once when they end", async () => {
    const { target, clock, data, assignment, writes } = await world();
    const before = data();
    const endsAt = clock.now() + HOUR_MS;
    const given = await target.give(numbers(100).map((n) => ({ ...assignment(n), endsAt })));
    expect([...given.values()]).toEqual(numbers(100).map(() => ({ status: "held" })));
    expect(writes()).toBe(1);

    const taken = await target.take(numbers(100).map(assignment));
    expect([...taken.values()]).toEqual(
      numbers(100).map(() => ({ status: "gone", writeLost: false })),
    );
    expect(writes()).toBe(2);
    expect(data()).toEqual(before);
  });

  it("is read once and not written where all is as wanted", async () => {
    const { give, reads, writes } = await world();
    await give();
    const readsBefore = reads();
    await give();
    expect(reads() - readsBefore).toBe(1);
    expect(writes()).toBe(1);
  });
});

describe("an entry in aws-auth", () => {
  it("of a user keeps the ARN's path and bears the broker's name", async () => {
    const { give, users, arn } = await world();
    await give();
    expect(users()).toContain(arn(0));
    expect(users()).toMatch(/latchkey:web-user-0/);
    expect(users()).toContain(READERS);
  });

  it("of a role has no path, which the cluster would never match", async () => {
    const { wish, give, look, take, roles } = await world();
    const role = wish(0, { role: "arn:aws:iam::111122223333:role/jit/deployers" });
    expect(await give(role)).toEqual({ status: "held" });
    expect(roles()).toContain("arn:aws:iam::111122223333:role/deployers");
    expect(roles()).toContain("latchkey:role/deployers");
    expect(await look(role)).toEqual({ seen: "ours" });
    expect(await take(role)).toMatchObject({ status: "gone" });
    expect(roles()).not.toContain("deployers");
  });

  it("gives what all grants on it want, and loses only what none wants any more", async () => {
    const { spec, wish, give, take, users } = await world();
    const viewing = { ...spec, groups: ["viewers"] };
    const both = wish(0, { groups: [READERS, "viewers"] }, [viewing]);
    expect(await give(wish(0, {}))).toEqual({ status: "held" });
    expect(await give(wish(0, {}, [viewing]))).toEqual({ status: "held" });
    expect(users()).toMatch(/latchkey:web-user-0.*rbac-bttrm-web-ro-group.*viewers/s);

    expect(await take(both)).toEqual({ status: "gone", writeLost: false });
    expect(users()).toMatch(/latchkey:web-user-0.*viewers/s);
    expect(users()).not.toContain(READERS);
  });

  it("is not given what another grant wanted whose window is over by then", async () => {
    const { spec, clock, wish, give, users } = await world();
    const viewing = { spec: { ...spec, groups: ["viewers"] }, endsAt: clock.now() };
    expect(await give({ ...wish(0, {}), others: [viewing] })).toEqual({ status: "held" });
    expect(users()).toContain(READERS);
    expect(users()).not.toContain("viewers");
  });

  it("goes where others want only what it does not give yet", async () => {
    const { spec, wish, give, take, users } = await world();
    await give(wish(0, {}));
    await take(wish(0, {}, [{ ...spec, groups: ["viewers"] }]));
    expect(users()).not.toContain("web-user-0");
  });

  it("is never added by taking, even where another grant misses it", async () => {
    const { spec, wish, take, users, writes } = await world();
    expect(await take(wish(0, {}, [spec]))).toMatchObject({
      status: "gone",
      drift: expect.stringContaining("another grant"),
    });
    expect(users()).not.toContain("web-user-0");
    expect(writes()).toBe(0);
  });

  it("goes although somebody widened it by hand, and that is reported", async () => {
    const { data, setData, give, take, users } = await world();
    await give();
    setData({ ...data(), mapUsers: users().replace(READERS, "admins") });
    expect(await take()).toEqual({
      status: "gone",
      writeLost: false,
      drift: expect.stringContaining("[admins]"),
    });
    expect(users()).not.toContain("web-user-0");
  });

  it("makes nobody a cluster administrator unless the policy says so in plain words", async () => {
    const { wish, give, users } = await world();
    const masters = { groups: ["system:masters"] };
    expect(await give(wish(0, masters))).toMatchObject({
      status: "refused",
      refusal: { code: "reserved-name" },
    });
    expect(users()).not.toContain("web-user-0");
    const said = wish(0, { ...masters, acknowledgeClusterAdmin: true });
    expect(await give(said)).toEqual({ status: "held" });
  });
});

describe("what cannot be lent", () => {
  it("is a role that is mapped for good, or by which nodes join", async () => {
    const { wish, look, give, roles } = await world();
    const before = roles();
    const standing = wish(0, { role: "arn:aws:iam::111122223333:role/iam-bttrm-web-ro-role" });
    const nodes = wish(0, { role: "arn:aws:iam::111122223333:role/bttrm-eks-dev-0-node-role" });
    expect(await look(standing)).toMatchObject({ seen: "refused", code: "mapped-by-other" });
    expect(await look(nodes)).toMatchObject({ seen: "refused", code: "node-role" });
    expect(await give(nodes)).toMatchObject({ status: "refused" });
    expect(roles()).toBe(before);
  });

  it("is a role whose ARN is none", async () => {
    const { wish, look, give, take } = await world();
    const odd = wish(0, { role: "arn:aws:iam::111122223333:user/no-role" });
    expect(await look(odd)).toMatchObject({ seen: "refused", code: "bad-arn" });
    expect(await give(odd)).toMatchObject({ status: "refused", refusal: { code: "bad-arn" } });
    expect(await take(odd)).toEqual({ status: "gone", writeLost: false });
  });

  it("holds up nobody else in the same batch", async () => {
    const { target, clock, wish, assignment } = await world();
    const endsAt = clock.now() + HOUR_MS;
    const bad = wish(0, { groups: ["system:masters"] });
    const outcomes = await target.give([
      { ...bad, endsAt },
      { ...assignment(1), endsAt },
    ]);
    expect(outcomes.get(bad.key)?.status).toBe("refused");
    expect(outcomes.get(assignment(1).key)?.status).toBe("held");
  });

  it("is anything in a cluster that goes by access entries alone; what is there still goes", async () => {
    const { data, setData, look, give, take, users, arn } = await world({
      described: { authenticationMode: "API" },
    });
    const username = "latchkey:web-user-0";
    setData({
      ...data(),
      mapUsers: `- userarn: ${arn(0)}\n  username: ${username}\n  groups:\n    - ${READERS}\n`,
    });
    expect(await look()).toMatchObject({ seen: "refused", code: "cluster-mode" });
    expect(await give()).toMatchObject({ status: "refused", refusal: { code: "cluster-mode" } });
    expect(await take()).toMatchObject({ status: "gone" });
    expect(users()).not.toContain(username);
  });

  it("is access for whom an access entry covers", async () => {
    const { target, assignment, arn } = await world({
      described: {
        authenticationMode: "API_AND_CONFIG_MAP",
        accessEntries: [{ principalArn: "arn:aws:iam::111122223333:user/web-user-1" }],
      },
    });
    const seen = await target.look([assignment(0), assignment(1)]);
    expect(seen.get(assignment(0).key)).toEqual({ seen: "absent" });
    expect(seen.get(assignment(1).key)).toMatchObject({
      code: "access-entry",
      message: expect.stringContaining(arn(1)),
    });
  });

  it("is anything where the text does not parse; what is there is then not gone", async () => {
    const { data, setData, look, give, take } = await world({ brokerHasAccessEntry: true });
    await give();
    setData({ ...data(), mapUsers: `${data()["mapUsers"]}- {{SessionName}} [\n` });
    expect(await look()).toMatchObject({ seen: "refused", code: /^aws-auth-/ });
    expect(await give()).toMatchObject({ status: "refused" });
    expect(await take()).toMatchObject({
      status: "unclear",
      problem: expect.stringContaining("line"),
      writeLost: false,
    });
  });

  it("is anything in an immutable ConfigMap; what is there is then not gone", async () => {
    const { data, setData, assignment, look, give, take, writes } = await world();
    await give();
    setData(data(), { immutable: true });
    expect(await look()).toEqual({ seen: "ours" });
    expect(await look(assignment(1))).toMatchObject({ code: "aws-auth-immutable" });
    expect(await give(assignment(1))).toMatchObject({ status: "refused" });
    expect(await take()).toEqual({
      status: "unclear",
      problem: expect.stringContaining("immutable"),
      writeLost: false,
    });
    expect(writes()).toBe(1);
  });
});

describe("a place that is not there any more", () => {
  it("has lost its ConfigMap: nothing can be given, and what was given is gone", async () => {
    const { kubernetes, look, give, take } = await world({ brokerHasAccessEntry: true });
    await give();
    kubernetes.remove("ConfigMap", "kube-system", "aws-auth");
    expect(await look()).toMatchObject({ seen: "refused", code: "aws-auth-missing" });
    expect(await give()).toMatchObject({ refusal: { code: "aws-auth-missing" } });
    expect(await take()).toMatchObject({ status: "gone", drift: expect.any(String) });
  });

  it("was deleted as a cluster: nothing can be given, and what was given is gone", async () => {
    const { spec, wish, look, take } = await world();
    const nowhere = wish(0, { cluster: { ...spec.cluster, name: "bttrm-eks-old-0" } });
    expect(await look(nowhere)).toMatchObject({ seen: "refused", code: "cluster-missing" });
    expect(await take(nowhere)).toMatchObject({ status: "gone", drift: expect.any(String) });
  });

  it("is not proven gone where EKS refuses to describe it", async () => {
    const { aws, look, take } = await world();
    aws.faults.inject({ kind: "denied", action: "DescribeCluster" });
    expect(await look()).toMatchObject({ seen: "refused", code: "not-permitted" });
    expect(await take()).toMatchObject({ status: "unclear" });
  });
});

describe("others who write at the same time", () => {
  it("lose nothing, and neither do we", async () => {
    const { kubernetes, data, setData, give, users, roles, writes } = await world();
    const theirs = "- rolearn: arn:aws:iam::111122223333:role/late\n  username: late\n";
    const act = () => setData({ ...data(), mapRoles: `${roles()}${theirs}` });
    kubernetes.faults.inject({ kind: "meanwhile", act }, { when: isWrite });
    expect(await give()).toEqual({ status: "held" });
    expect(roles()).toContain(theirs);
    expect(users()).toContain("latchkey:web-user-0");
    expect(writes()).toBe(2);
  });

  it("may have mapped the principal first: then it is theirs", async () => {
    const { kubernetes, occupy, isOccupied, give } = await world();
    const act = () => void occupy(0);
    kubernetes.faults.inject({ kind: "meanwhile", act }, { when: isWrite });
    expect(await give()).toMatchObject({ refusal: { code: "mapped-by-other" } });
    expect(await isOccupied(0)).toBe(true);
  });

  it("make us give up for now, where they never stop", async () => {
    const { kubernetes, give, writes } = await world();
    const act = () => kubernetes.touch("ConfigMap", "kube-system", "aws-auth");
    const always = { when: isWrite, times: Number.POSITIVE_INFINITY };
    kubernetes.faults.inject({ kind: "meanwhile", act }, always);
    expect(await give()).toMatchObject({ status: "unclear", writeLost: false });
    expect(writes()).toBeLessThan(10);
  });

  it("cannot delay a gift beyond its window", async () => {
    const { kubernetes, give, users, writes } = await world();
    const act = () => kubernetes.touch("ConfigMap", "kube-system", "aws-auth");
    kubernetes.faults.inject({ kind: "meanwhile", act }, { when: isWrite });
    expect(await give(undefined, 50)).toMatchObject({ status: "unclear", writeLost: false });
    expect(users()).not.toContain("web-user-0");
    expect(writes()).toBe(1);
  });
});

describe("a write whose answer is lost", () => {
  it("is settled by a read that shows another version", async () => {
    const { faults, give, take, writes } = await world();
    faults.loseNextWrite();
    expect(await give()).toEqual({ status: "held" });
    faults.loseNextWrite();
    expect(await take()).toEqual({ status: "gone", writeLost: false });
    expect(writes()).toBe(2);
  });

  it("may still land as long as every read shows the version that it was made for", async () => {
    const { faults, give, users } = await world();
    faults.dropNextWrite();
    expect(await give(undefined, 50)).toEqual({
      status: "unclear",
      problem: expect.stringContaining("window"),
      writeLost: true,
    });
    expect(users()).not.toContain("web-user-0");
  });

  it("is settled by anybody's write: it can no longer land", async () => {
    const { kubernetes, give, users } = await world();
    const act = () => kubernetes.touch("ConfigMap", "kube-system", "aws-auth");
    const when = (request: FaultedRequest) => {
      if (isWrite(request)) kubernetes.faults.inject({ kind: "meanwhile", act });
      return isWrite(request);
    };
    kubernetes.faults.inject({ kind: "unreachable" }, { when });
    expect(await give(undefined, 50)).toMatchObject({ status: "unclear", writeLost: false });
    expect(users()).not.toContain("web-user-0");
  });

  it("may still land though the next one is denied", async () => {
    const { kubernetes, faults, give } = await world();
    const when = (request: FaultedRequest) => {
      if (isWrite(request)) faults.denyWrites();
      return isWrite(request);
    };
    kubernetes.faults.inject({ kind: "unreachable" }, { when });
    expect(await give()).toMatchObject({ status: "unclear", writeLost: true });
    expect(await give()).toMatchObject({ status: "refused" });
  });

  it("may still land where nothing can be read after it", async () => {
    const { kubernetes, give, take } = await world();
    await give();
    const when = (request: FaultedRequest) => {
      if (isWrite(request)) kubernetes.faults.inject({ kind: "unreachable" });
      return isWrite(request);
    };
    kubernetes.faults.inject({ kind: "lostAnswer" }, { when });
    expect(await take()).toMatchObject({ status: "unclear", writeLost: true });
    expect(await take()).toEqual({ status: "gone", writeLost: false });
  });
});

describe("the way to the cluster", () => {
  it("is asked of EKS once for a while", async () => {
    const { aws, clock, give, take } = await world();
    await give();
    await take();
    expect(aws.calls.count("eks", "DescribeCluster")).toBe(1);
    clock.advance(5 * 60_000);
    await give();
    expect(aws.calls.count("eks", "DescribeCluster")).toBe(2);
  });

  it("may be named by the policy, and EKS is not asked at all", async () => {
    const { aws, kubernetes, spec, wish, give } = await world();
    const { server, certificateAuthority } = kubernetes;
    const cluster = { ...spec.cluster, server, certificateAuthority };
    expect(await give(wish(0, { cluster }))).toEqual({ status: "held" });
    expect(aws.calls.count("eks")).toBe(0);
  });

  it("leads nowhere where the server is not the one that the authority vouches for", async () => {
    const { kubernetes, spec, wish, look, take, writes } = await world();
    const other = makeServerCertificate(Date.now()).certificateAuthority;
    const cluster = {
      ...spec.cluster,
      server: kubernetes.server,
      certificateAuthority: Buffer.from(other).toString("base64"),
    };
    await expect(look(wish(0, { cluster }))).rejects.toThrow(/cannot be read for now/);
    expect(await take(wish(0, { cluster }))).toMatchObject({ status: "unclear" });
    expect(writes()).toBe(0);
  });

  it("is tried with another token where the cluster does not take the first", async () => {
    const { aws, look } = await world();
    aws.faults.inject({ kind: "error", service: "sts", times: 1 });
    expect(await look()).toEqual({ seen: "absent" });
    expect(aws.calls.count("sts")).toBe(2);
  });

  it("is closed to a broker that the cluster does not know, and opens without delay", async () => {
    const { data, setData, roles, look, take } = await world();
    const before = data();
    setData({ ...before, mapRoles: roles().replace("role/latchkey-provision", "role/gone") });
    expect(await look()).toMatchObject({
      seen: "refused",
      code: "not-permitted",
      message: expect.stringContaining("does not know Latchkey"),
    });
    expect(await take()).toMatchObject({ status: "unclear" });
    setData(before);
    expect(await look()).toEqual({ seen: "absent" });
  });
});
