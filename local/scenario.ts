// The scenario's AWS account: the users, the group and role of the "web" projects, and the people with access keys.

import type { AwsOptions } from "./aws/server.ts";

export const ACCOUNT = "111122223333";
export const REGION = "us-east-2";
export const CLUSTER = "bttrm-eks-dev-0";
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/iam-bttrm-web-ro-role`;
export const WEB_GROUP = "iam-bttrm-web-ro-group";
export const WEB_NAMESPACES = ["bttrm-web-proj-1-ns", "bttrm-web-proj-2-ns"] as const;

const ASSUME_POLICY = "iam-bttrm-allow-assume-web-ro-role-policy";

/** Users, groups, roles and policies as the account has them before anyone asks for anything. */
export const scenarioIam = {
  users: [{ name: "iam-bttrm-web-user-1" }, { name: "iam-bttrm-web-user-2" }],
  groups: [
    {
      name: WEB_GROUP,
      path: "/jit/",
      attached: [`arn:aws:iam::${ACCOUNT}:policy/${ASSUME_POLICY}`],
    },
    { name: "iam-bttrm-web-metrics-ro-group", path: "/jit/" },
    { name: "iam-bttrm-web-debug-group", path: "/jit/" },
  ],
  roles: [
    {
      name: "iam-bttrm-web-ro-role",
      // Trust in the account leaves it to IAM who may: whoever is in the group.
      trust: {
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
          Action: "sts:AssumeRole",
        },
      },
      policies: [
        {
          Version: "2012-10-17",
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
      name: ASSUME_POLICY,
      document: {
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Action: "sts:AssumeRole", Resource: ROLE_ARN },
      },
    },
  ],
} satisfies AwsOptions["iam"];

/** Who has an access key: an administrator, and the two developers, who may do nothing by themselves. */
export const scenarioIdentities = [
  { name: "admin", arn: `arn:aws:iam::${ACCOUNT}:user/admin`, allow: "admin" },
  { name: "ada", arn: `arn:aws:iam::${ACCOUNT}:user/iam-bttrm-web-user-1` },
  { name: "dee", arn: `arn:aws:iam::${ACCOUNT}:user/iam-bttrm-web-user-2` },
] satisfies AwsOptions["identities"];
