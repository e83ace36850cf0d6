// A local AWS with the people and places of the scenario, and real SDK clients to speak to it.

import { EKSClient } from "@aws-sdk/client-eks";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import { expect } from "@jest/globals";
import { type AwsOptions, type LocalAws, startAws } from "../../../local/aws/server.ts";

export const ACCOUNT = "111122223333";
export const GROUP = "iam-bttrm-web-ro-group";
export const USER = "iam-bttrm-web-user-1";
export const ROLE = "iam-bttrm-web-ro-role";
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/${ROLE}`;
export const USER_ARN = `arn:aws:iam::${ACCOUNT}:user/${USER}`;
export const CLUSTER = "bttrm-eks-dev-0";
export const START = Date.UTC(2026, 0, 2, 3, 4, 5);

const SCENARIO = {
  iam: {
    users: [{ name: USER }, { name: "iam-bttrm-web-user-2" }],
    groups: [
      {
        name: GROUP,
        path: "/jit/",
        attached: [`arn:aws:iam::${ACCOUNT}:policy/iam-bttrm-allow-assume-web-ro-role-policy`],
      },
    ],
    roles: [
      {
        name: ROLE,
        trust: {
          Statement: {
            Effect: "Allow",
            Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
            Action: "sts:AssumeRole",
          },
        },
        policies: [
          {
            Statement: {
              Effect: "Allow",
              Action: ["eks:DescribeCluster", "eks:ListClusters"],
              Resource: "*",
            },
          },
        ],
      },
    ],
    policies: [
      {
        name: "iam-bttrm-allow-assume-web-ro-role-policy",
        document: {
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Action: "sts:AssumeRole", Resource: ROLE_ARN },
        },
      },
    ],
  },
  identities: [
    { name: "admin", arn: `arn:aws:iam::${ACCOUNT}:user/admin`, allow: "admin" },
    { name: "developer", arn: USER_ARN },
    {
      name: "revoke",
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/latchkey-revoke/local`,
      allow: [
        "iam:GetGroup",
        {
          Effect: "Allow",
          Action: "iam:RemoveUserFromGroup",
          Resource: `arn:aws:iam::${ACCOUNT}:group/jit/${GROUP}`,
        },
      ],
    },
  ],
  clusters: [
    {
      name: CLUSTER,
      endpoint: "https://127.0.0.1:6443",
      certificateAuthorityData: "bm90IGEgY2VydGlmaWNhdGU=",
      authenticationMode: "API_AND_CONFIG_MAP",
      accessEntries: [
        { principalArn: `arn:aws:iam::${ACCOUNT}:role/a`, kubernetesGroups: ["viewers"] },
        { principalArn: `arn:aws:iam::${ACCOUNT}:role/b` },
        { principalArn: `arn:aws:iam::${ACCOUNT}:user/c` },
      ],
    },
    {
      name: "old-cluster",
      endpoint: "https://127.0.0.1:6444",
      certificateAuthorityData: "bm90IGEgY2VydGlmaWNhdGU=",
    },
  ],
} satisfies Partial<AwsOptions>;

export interface TestAws extends LocalAws {
  /** Moves the stack's time. */
  pass(ms: number): void;
  now(): number;
}

const started: LocalAws[] = [];

/** Starts the scenario's AWS, with whatever a test wants otherwise. */
export async function anAws(more: Partial<AwsOptions> = {}): Promise<TestAws> {
  let at = START;
  const now = () => at;
  const aws = await startAws({ now, ...SCENARIO, ...more });
  started.push(aws);
  const pass = (ms: number) => {
    at += ms;
  };
  return { ...aws, pass, now };
}

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(started.splice(0).map((aws) => aws.close()));
}

interface GivenCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Real SDK clients of a named identity, or of any credentials. They do not retry unless told to. */
export function clientsOf(aws: LocalAws, who: string | GivenCredentials, maxAttempts = 1) {
  const config = {
    endpoint: aws.url,
    region: aws.region,
    credentials: typeof who === "string" ? aws.credentials(who) : who,
    maxAttempts,
  };
  return {
    iam: new IAMClient(config),
    sts: new STSClient(config),
    eks: new EKSClient(config),
    lambda: new LambdaClient(config),
    ssm: new SSMClient(config),
  };
}

/** What an SDK error shows of the answer, for `toMatchObject`. */
export function anAwsError(name: string, httpStatusCode: number, message?: unknown) {
  const requestId: unknown = expect.stringMatching(/^request-LOCAL\d+$/);
  return {
    name,
    $metadata: { httpStatusCode, requestId },
    ...(message === undefined ? {} : { message }),
  };
}
