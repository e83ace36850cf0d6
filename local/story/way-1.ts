// Way 1 of the scenario: an IAM group lends the right to assume a role that the cluster knows for good.

import type { Credentials } from "../../lib/targets/aws-auth/token.ts";
import { assumeRole, clusterUser } from "../developer.ts";
import { ROLE_ARN, WEB_GROUP, WEB_NAMESPACES } from "../scenario.ts";
import type { Stack } from "../stack.ts";
import { actorsIn } from "./actors.ts";
import { askCluster } from "./ask-cluster.ts";
import type { Teller } from "./teller.ts";

const [WEB] = WEB_NAMESPACES;
const ASSUME = `aws sts assume-role --role-arn ${ROLE_ARN} …`;

/** Plays the chapter; every step of it is checked. */
export async function tellWay1(stack: Stack, teller: Teller): Promise<void> {
  const actors = actorsIn(stack, teller);
  teller.chapter(
    "Way 1: a group whose members may assume a role",
    "Ada Byrne develops the web projects. Their pods can be read with the role iam-bttrm-web-ro-role, " +
      `which only members of the IAM group ${WEB_GROUP} may assume. Nobody is in it.`,
  );

  teller.step(stack.now(), "Before: Ada tries, with her own access keys.");
  teller.check((await tryToAssume(stack, teller)) === undefined, "she may not assume the role");

  await actors.ask("/access web-pods-read 1h OPS-12 checkout pods restart");
  await actors.approve();
  teller.check(
    stack.aws.iam.members(WEB_GROUP).join() === "iam-bttrm-web-user-1",
    `in IAM, ${WEB_GROUP} has one member: iam-bttrm-web-user-1`,
  );
  actors.tellAda("Active");

  await whileItLasts(stack, teller);

  stack.advance(3_600_000);
  teller.step(stack.now(), "An hour later the window is over, and the minute schedule runs.");
  await stack.passes();
  teller.check(stack.aws.iam.members(WEB_GROUP).length === 0, `in IAM, ${WEB_GROUP} is empty`);
  teller.check(actors.shows("Expired"), "the card in the channel says Expired");
  teller.check((await tryToAssume(stack, teller)) === undefined, "she may not assume the role");
  actors.tellAda("Expired");
}

async function whileItLasts(stack: Stack, teller: Teller): Promise<void> {
  teller.step(stack.now(), "During: Ada assumes the role and looks at the pods.");
  const session = await tryToAssume(stack, teller);
  teller.check(session !== undefined, "she has a session of the role");
  if (session === undefined) return;
  const role = await clusterUser(stack.cluster, session, stack.now());
  const pods = await role.podsIn(WEB);
  const answer =
    "got" in pods
      ? pods.got.map((pod) => `pod/${pod}`).join("\n")
      : `Error from server: ${pods.message}`;
  teller.shell(`kubectl get pods -n ${WEB} -o name`, answer);
  teller.check("got" in pods && pods.got.length === 4, "she sees the four pods there");
  await askCluster(teller, role, [
    { verb: "list", resource: "pods", namespace: WEB, expected: "yes" },
    { verb: "list", resource: "pods", namespace: "default", expected: "no" },
    { verb: "create", resource: "pods", namespace: WEB, expected: "no" },
    { verb: "list", resource: "nodes", expected: "no" },
  ]);
}

/** `aws sts assume-role` with Ada's keys; undefined where AWS says no. */
async function tryToAssume(stack: Stack, teller: Teller): Promise<Credentials | undefined> {
  const tried = await assumeRole(stack.iamUrl, stack.aws.credentials("ada"), ROLE_ARN);
  if ("credentials" in tried) {
    teller.shell(ASSUME, `AccessKeyId: ${tried.credentials.accessKeyId} …`);
    return tried.credentials;
  }
  teller.shell(ASSUME, `${tried.refused}: ${tried.message}`);
  return undefined;
}
