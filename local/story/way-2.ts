// Way 2 of the scenario: a temporary entry in aws-auth lets a developer's own IAM user into the cluster.

import { isDeepStrictEqual } from "node:util";
import { clusterUser } from "../developer.ts";
import { WEB_NAMESPACES } from "../scenario.ts";
import type { Stack } from "../stack.ts";
import { actorsIn } from "./actors.ts";
import { askCluster } from "./ask-cluster.ts";
import { lineDiff } from "./line-diff.ts";
import type { Teller } from "./teller.ts";

const [WEB] = WEB_NAMESPACES;
const LIST_PODS = { verb: "list", resource: "pods", namespace: WEB } as const;
const ANYTHING = { verb: "*", resource: "*" } as const;

/** Plays the chapter; every step of it is checked. */
export async function tellWay2(stack: Stack, teller: Teller): Promise<void> {
  const actors = actorsIn(stack, teller);
  const ada = () => clusterUser(stack.cluster, stack.aws.credentials("ada"), stack.now());
  teller.chapter(
    "Way 2: a mapping that comes and goes",
    "This time Ada needs the pods for a tool that cannot assume roles. Latchkey maps her own IAM user " +
      "in the cluster's ConfigMap aws-auth, where the nodes' and the administrators' entries are too.",
  );

  teller.step(stack.now(), "Before: Ada asks the cluster, with a token made of her own keys.");
  const before = awsAuth(stack);
  await askCluster(teller, await ada(), [{ ...LIST_PODS, expected: "unknown" }]);

  await actors.ask("/access web-pods-mapping 30m port-forward tool");
  await actors.approve();

  teller.step(stack.now(), "During: what has changed in aws-auth, and what Ada can do now.");
  const during = awsAuth(stack);
  teller.note("ConfigMap kube-system/aws-auth, before and now:");
  teller.diff(lineDiff(laidOut(before), laidOut(during)));
  teller.check(addsOnly(before, during), "her entry was added, and no other line has changed");
  await askCluster(teller, await ada(), [
    { ...LIST_PODS, expected: "yes" },
    { ...ANYTHING, expected: "no" },
  ]);

  stack.advance(1_800_000);
  teller.step(stack.now(), "Half an hour later the window is over, and the minute schedule runs.");
  await stack.passes();
  const after = awsAuth(stack);
  teller.note("ConfigMap kube-system/aws-auth, a moment ago and now:");
  teller.diff(lineDiff(laidOut(during), laidOut(after)));
  teller.check(isDeepStrictEqual(after, before), "it is byte for byte what it was before");
  teller.check(actors.shows("Expired"), "the card in the channel says Expired");
  await askCluster(teller, await ada(), [{ ...LIST_PODS, expected: "unknown" }]);
}

type AwsAuth = Readonly<Record<string, string>>;

function awsAuth({ cluster }: Stack): AwsAuth {
  return cluster.get("ConfigMap", "kube-system", "aws-auth")?.["data"] as AwsAuth;
}

/** The ConfigMap's texts as `kubectl get -o yaml` lays them out. */
function laidOut(data: AwsAuth): string {
  return Object.entries(data)
    .map(([key, text]) => `${key}: |\n${text.trimEnd().replace(/^(?=.)/gm, "  ")}`)
    .join("\n");
}

function addsOnly(before: AwsAuth, after: AwsAuth): boolean {
  const diff = lineDiff(laidOut(before), laidOut(after));
  return diff.some(({ kind }) => kind === "added") && diff.every(({ kind }) => kind !== "removed");
}
