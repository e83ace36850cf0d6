// What the doctor looks at: a deployment by its names, the access.yml it was made from, and the ways to reach it.

import type { KubeConfig } from "@kubernetes/client-node";
import type { Policy } from "../../lib/policy/policy.ts";
import { describeFault, isDenied } from "../../lib/targets/aws-fault.ts";
import type { Caller, Clients } from "./clients.ts";
import { about, type Check, type Finding } from "./finding.ts";

/** The names that a deployment has in AWS. */
export interface Place {
  /** On AWS, or the embedded stack of `npm start`. */
  readonly kind: "aws" | "embedded";
  readonly stage: string;
  readonly region: string;
  /** What names begin with: `latchkey-prod`. */
  readonly prefix: string;
  readonly tableName: string;
  readonly secretsParameter: string;
  /** Ends in `/api/`. */
  readonly slackApiUrl: string;
}

export interface Patient {
  readonly place: Place;
  readonly policy: Policy;
  readonly clients: Clients;
  readonly caller: Caller;
  /** AWS's time, by which the deployment lives (epoch ms). */
  readonly now: number;
  /** As kubectl has it, where there is one. */
  readonly kubeconfig: KubeConfig | undefined;
  /** Undefined: nobody said where Slack calls. */
  readonly address: Address | undefined;
}

/** Where Slack calls. */
export interface Address {
  readonly url: string;
  /** Posts what Slack has not signed, and gives the status of the answer. */
  knock(): Promise<number>;
}

/** The functions that clusters know. */
export const CLUSTER_FUNCTIONS = ["provision", "revoke", "watch"] as const;
export type ClusterFunction = (typeof CLUSTER_FUNCTIONS)[number];

/** What a stage of the deployment on AWS is called: `deploy/roles.ts` and serverless.yml. */
export function placeOnAws(stage: string, region: string, secretsParameter: string): Place {
  const prefix = `latchkey-${stage}`;
  const slackApiUrl = "https://slack.com/api/";
  return {
    kind: "aws",
    stage,
    region,
    prefix,
    tableName: prefix,
    secretsParameter,
    slackApiUrl,
  };
}

/** What the SSM parameter is called unless serverless.yml is told otherwise. */
export const USUAL_SECRETS_PARAMETER = "/latchkey/slack";

/** The role of a function. */
export function roleArn({ place, caller }: Patient, name: ClusterFunction): string {
  const region = place.kind === "aws" ? `-${place.region}` : "";
  return `arn:${caller.partition}:iam::${caller.account}:role/${place.prefix}-${name}${region}`;
}

/** Where a function's log is followed. */
export function tailLog({ place }: Patient, name: string): string {
  return `aws logs tail /aws/lambda/${place.prefix}-${name} --since 15m --region ${place.region}`;
}

/** The command that prints where Slack calls. */
export function addressOf({ prefix, region }: Place): string {
  return `aws cloudformation describe-stacks --stack-name ${prefix} --region ${region} --output text --query "Stacks[0].Outputs[?OutputKey=='SlackRequestUrl'].OutputValue"`;
}

/** That something could not be looked at, in AWS's words, and what would help. */
export function notSeen(check: Check, subject: string, error: unknown): Finding {
  const isRefusal = isDenied(error);
  return about(check, subject).unknown({
    code: isRefusal ? "not-permitted" : "no-answer",
    what: `could not be looked at: ${describeFault(error)}`,
    why: "What nobody has looked at may be wrong.",
    mend: isRefusal
      ? "Run the doctor with credentials that may read it (docs/validate-and-doctor.md lists what it reads)."
      : "Run the doctor again.",
  });
}
