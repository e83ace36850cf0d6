// The faults at a switch: each can be on beside the others, and switching it off leaves the others on.

import { type FunctionName, functionNamed, lambdaName } from "../functions.ts";
import type { FaultedRequest } from "../kubernetes/faults.ts";
import type { Sender } from "../lambda/sender.ts";
import type { Stack } from "../stack.ts";
import { FAULTS, type FaultName, type FaultSwitch } from "./protocol.ts";

export interface FaultSwitches {
  /** In the order in which they are shown. */
  all(): readonly FaultSwitch[];
  /** Where it is on, or off, already, nothing happens. */
  turn(name: FaultName, isOn: boolean): void;
}

type FaultyStack = Pick<Stack, "aws" | "cluster" | "slackApi" | "kill">;

/** Begins a fault; gives what ends it. `onOver`: it has ended by itself. */
type Begin = (stack: FaultyStack, onOver: () => void) => () => void;

const SWITCHES: Readonly<Record<FaultName, Words & { readonly begin: Begin }>> = {
  "slack-down": {
    title: "Slack is down",
    says:
      "Slack answers 503 to everything that Latchkey asks of it. Jump to an end now: access ends on time, and " +
      "only the card stays behind, until Slack is back. Nobody can approve meanwhile: whether they still belong " +
      "here cannot be asked, and unknown means no.",
    begin: loseSlack,
  },
  "iam-throttled": {
    title: "IAM is throttled",
    says:
      "IAM answers “Rate exceeded” to Latchkey. Approve something now: Latchkey tries again for five minutes " +
      "before it gives up, and gives the access as soon as this is off. What is to end is tried for as long as " +
      "it takes.",
    begin: throttleIam,
  },
  "cluster-unreachable": {
    title: "The cluster is unreachable",
    says:
      "Every connection to the cluster is cut, Latchkey's and kubectl's alike. Approve web-pods-mapping now: " +
      "Latchkey tries again for five minutes before it gives up. A mapping whose time is over goes as soon as " +
      "the cluster is back, however long that takes.",
    begin: loseCluster,
  },
  "worker-killed": {
    title: "A worker is killed in the middle",
    says:
      "The function that writes next is killed once the write has happened, before it can note that down. Approve " +
      "something now: the access is there, and the card does not know it yet. A later pass finishes the job when " +
      "the dead one's hold on it has run out, after some two minutes: 60× makes that short. It strikes once.",
    begin: killNextWriter,
  },
};

interface Words {
  readonly title: string;
  readonly says: string;
}

/** All off. `onChange` is called where one goes off by itself. */
export function createFaultSwitches(stack: FaultyStack, onChange: () => void): FaultSwitches {
  const ends = new Map<FaultName, () => void>();
  return {
    all: () =>
      FAULTS.map((name) => {
        const { title, says } = SWITCHES[name];
        return { name, title, says, isOn: ends.has(name) };
      }),
    turn(name, isOn) {
      if (isOn === ends.has(name)) return;
      if (!isOn) {
        ends.get(name)?.();
        ends.delete(name);
        return;
      }
      const end = SWITCHES[name].begin(stack, () => {
        ends.delete(name);
        onChange();
      });
      ends.set(name, end);
    },
  };
}

function loseSlack({ slackApi }: FaultyStack): () => void {
  slackApi.faults.slackIsDown(true);
  return () => slackApi.faults.slackIsDown(false);
}

/** NB. Only for the functions: the page looks at IAM too, and so does who tries the access out. */
function throttleIam({ aws }: FaultyStack): () => void {
  const atIam: readonly FunctionName[] = ["provision", "revoke", "watch"];
  return all(
    atIam.map((name) =>
      aws.faults.inject({ kind: "throttled", service: "iam", identity: lambdaName(name) }),
    ),
  );
}

function loseCluster({ cluster }: FaultyStack): () => void {
  return cluster.faults.inject({ kind: "unreachable" }, { times: Number.POSITIVE_INFINITY });
}

/** The first write of access takes effect; then its writer is ended, and nothing is wrong any more. */
function killNextWriter({ aws, cluster, kill }: FaultyStack, onOver: () => void): () => void {
  let waiting: readonly (() => void)[] = [];
  const disarm = () => all(waiting)();
  const onHit = ({ from }: { readonly from?: Sender }) => {
    disarm();
    if (from !== undefined) void kill(functionNamed(from.functionName), from.requestId);
    onOver();
  };
  const inIam = (writer: FunctionName, action: string) => {
    const identity = lambdaName(writer);
    return aws.faults.inject({ kind: "lost", service: "iam", action, identity, onHit });
  };
  waiting = [
    inIam("provision", "AddUserToGroup"),
    inIam("revoke", "RemoveUserFromGroup"),
    cluster.faults.inject({ kind: "lostAnswer", onHit }, { when: isAccessWritten }),
  ];
  return disarm;
}

/** A function changes `aws-auth`, as only provision and revoke do. */
function isAccessWritten({ method, path, from }: FaultedRequest): boolean {
  return method === "PATCH" && /\/configmaps\/aws-auth(\?|$)/.test(path) && from !== undefined;
}

function all(ends: readonly (() => void)[]): () => void {
  return () => {
    for (const end of ends) end();
  };
}
