// Least power, held against the packaged template: an IAM policy simulator says what each function may do.

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { FUNCTION_NAMES, type FunctionName, roles } from "../../deploy/roles.ts";
import { loadAccessFile } from "../../lib/policy/load-access-file.ts";
import { documentedPermissions, type Stack } from "./documented-permissions.ts";
import {
  actionsOf,
  allowedTo,
  EVERYBODY_S,
  type Holder,
  holdersOf,
  may,
  type Permission,
  permission,
  statedBy,
} from "./permissions.ts";
import { POWER_GROWS_BY } from "./power-grows-by.ts";
import { copyProject, type Template } from "./project-copy.ts";

const DOCS = "docs/security.md";
const ACCESS_FILE = "test/deploy/access-elsewhere.yml";
const PLACE = { partition: "aws", region: "us-east-2", account: "111122223333" };
const IAM = "arn:aws:iam::111122223333";

/** The services that Latchkey has to do with, and those from which it must keep away above all. */
const SERVICES = [
  ...["iam", "sts", "eks", "dynamodb", "lambda", "ssm", "secretsmanager", "logs", "sqs", "xray"],
  ...["s3", "ec2", "kms", "organizations", "events", "cloudformation", "cloudwatch", "sso"],
];

/** What the words of the docs come to for the access.yml that is packaged here. */
const STACK: Stack = {
  functions: FUNCTION_NAMES,
  common: {
    region: "us-east-2",
    account: "111122223333",
    stack: "latchkey-dev",
    groupPath: "/jit/",
  },
  each: [
    [{ iamUser: `${IAM}:user/people/ada` }],
    [
      { iamGroup: `${IAM}:group/jit/readers` },
      { iamGroup: `${IAM}:group/everybody` },
      { iamGroup: `${IAM}:group/teams/web` },
    ],
    [
      { "shared iamGroup": `${IAM}:group/everybody` },
      { "shared iamGroup": `${IAM}:group/teams/web` },
    ],
    [{ "name of cluster": "dev-0", "region of cluster": "us-east-2" }],
    [{ role: "arn:aws:iam::444455556666:role/latchkey-broker" }],
  ],
};

/**
 * AWS's data says of this action that its resource is an entry; where a principal has none, EKS asks about the
 * cluster (deploy/roles.ts). The simulator goes by the data, so that it cannot be asked about this one.
 */
const BEYOND_THE_DATA = [
  permission(
    "provision",
    "eks:DescribeAccessEntry",
    "arn:aws:eks:us-east-2:111122223333:cluster/dev-0",
  ),
];

const project = copyProject();
let template: Template;
let holders: readonly Holder[];

beforeAll(() => {
  const run = project.npmRunPackage(ACCESS_FILE);
  if (run.status !== 0) throw new Error(`${run.stdout}${run.stderr}`);
  template = project.template();
  holders = holdersOf(template, PLACE);
}, 120_000);

afterAll(() => project.remove());

const of = (name: FunctionName): Holder => {
  const holder = holders.find((each) => each.name === name);
  if (holder === undefined) throw new Error(`the template has no function ${name}`);
  return holder;
};

describe("what each function may do", () => {
  it("is what docs/security.md says, and nothing else", async () => {
    expect(await differences(template, documentedPermissions(DOCS, STACK))).toEqual([]);
  });

  // Each is asked of one who may do on everything what any function may do on something: what is denied then,
  // no function may.
  it("is that, of all the actions that AWS has", async () => {
    const all = await actionsOf();
    expect(all.length).toBeGreaterThan(20_000);
    const named = new Set(holders.flatMap(statedBy).map(actionIn));
    const Statement = [{ Effect: "Allow", Action: [...named], Resource: ["*"] }];
    const anyOne = {
      name: "any",
      role: of("slack").role,
      policies: [{ Version: "2012-10-17", Statement }],
    };
    const documented = documentedPermissions(DOCS, STACK).map(actionIn);
    expect(new Set((await allowedTo(anyOne, all)).map(actionIn))).toEqual(
      new Set([...documented, EVERYBODY_S]),
    );
  }, 60_000);

  it("grows by writing traces, where they are wanted, and by nothing else", async () => {
    const documented = documentedPermissions(DOCS, STACK, true);
    expect(await differences(withRoles({ isTraced: true }), documented, ["xray"])).toEqual([]);
  });

  it("can be looked up by the words of the table alone", () => {
    const documented = documentedPermissions(DOCS, STACK);
    expect(new Set(documented).size).toBe(documented.length);
    for (const each of documented) expect(each).toMatch(/^\w+: \w+:\w+ on arn:[^<>]+$/);
  });
});

describe("a function", () => {
  it("holds no action by which power is known to grow, but for adding to the groups that are lent", async () => {
    const grown = await Promise.all(holders.map((holder) => allowedTo(holder, POWER_GROWS_BY)));
    expect(grown.flat().sort()).toEqual(
      ["everybody", "jit/readers", "teams/web"].map((group) =>
        permission("provision", "iam:AddUserToGroup", `${IAM}:group/${group}`),
      ),
    );
  });

  it("becomes no role but those that access.yml names in other accounts", async () => {
    for (const holder of holders) {
      const assumed = await allowedTo(holder, ["sts:AssumeRole"]);
      expect(assumed).toEqual(
        ["provision", "revoke", "watch"].includes(holder.name)
          ? [
              permission(
                holder.name,
                "sts:AssumeRole",
                "arn:aws:iam::444455556666:role/latchkey-broker",
              ),
            ]
          : [],
      );
    }
  });

  it.each<[name: FunctionName, action: string, resource: string, words: string]>([
    ["provision", "iam:AddUserToGroup", `${IAM}:group/jit/others`, "a group beside those lent"],
    ["provision", "iam:AddUserToGroup", `${IAM}:group/readers`, "a group of that name elsewhere"],
    ["provision", "iam:RemoveUserFromGroup", `${IAM}:group/jit/readers`, "what it gives"],
    [
      "provision",
      "iam:GetUser",
      `${IAM}:user/people/eve`,
      "somebody whom access.yml does not name",
    ],
    ["revoke", "iam:AddUserToGroup", `${IAM}:group/jit/readers`, "what it takes"],
    ["revoke", "iam:RemoveUserFromGroup", `${IAM}:group/admins`, "a group of nobody's path"],
    ["revoke", "iam:RemoveUserFromGroup", `${IAM}:group/jitter/ops`, "a path that begins alike"],
    ["revoke", "iam:RemoveUserFromGroup", `${IAM}:group/teams/ops`, "a group beside a shared one"],
    ["watch", "iam:RemoveUserFromGroup", `${IAM}:group/jit/readers`, "what it watches"],
    [
      "watch",
      "dynamodb:UpdateItem",
      "arn:aws:dynamodb:us-east-2:111122223333:table/latchkey-dev",
      "the table",
    ],
    ["slack", "iam:GetGroup", `${IAM}:group/jit/readers`, "what is lent"],
    [
      "slack",
      "dynamodb:GetItem",
      "arn:aws:dynamodb:us-east-2:111122223333:table/others",
      "another table",
    ],
    [
      "slack",
      "dynamodb:DeleteItem",
      "arn:aws:dynamodb:us-east-2:111122223333:table/latchkey-dev",
      "the table",
    ],
    [
      "slack",
      "dynamodb:GetItem",
      "arn:aws:dynamodb:us-east-1:111122223333:table/latchkey-dev",
      "the table of another region",
    ],
    [
      "slack",
      "ssm:GetParameter",
      "arn:aws:ssm:us-east-2:111122223333:parameter/others",
      "another parameter",
    ],
    [
      "announce",
      "lambda:InvokeFunction",
      "arn:aws:lambda:us-east-2:111122223333:function:others",
      "another function",
    ],
    [
      "revoke",
      "logs:PutLogEvents",
      "arn:aws:logs:us-east-2:111122223333:log-group:/aws/lambda/latchkey-dev-slack:log-stream:x",
      "another function's log",
    ],
  ])("%s may not do %s to %s: %s", async (name, action, resource) => {
    expect(await may(of(name), action, resource)).toBe(false);
  });

  it.each<[name: FunctionName, action: string, resource: string, words: string]>([
    ["provision", "iam:AddUserToGroup", `${IAM}:group/jit/readers`, "give what is lent"],
    [
      "provision",
      "eks:DescribeAccessEntry",
      "arn:aws:eks:us-east-2:111122223333:access-entry/dev-0/user/111122223333/ada/1",
      "ask about an entry",
    ],
    [
      "revoke",
      "iam:RemoveUserFromGroup",
      `${IAM}:group/jit/left-access-yml`,
      "take what was lent before",
    ],
    [
      "revoke",
      "eks:DescribeCluster",
      "arn:aws:eks:eu-west-1:111122223333:cluster/left-access-yml",
      "find where it was lent",
    ],
  ])("%s may do %s to %s: %s", async (name, action, resource) => {
    expect(await may(of(name), action, resource)).toBe(true);
  });
});

// A check that finds nothing proves nothing unless it finds what is known to be wrong.
describe("the check", () => {
  it.each<[what: string, statement: object, found: RegExp]>([
    [
      "one more action",
      { Action: ["iam:CreateAccessKey"], Resource: [`${IAM}:user/people/ada`] },
      /^revoke: iam:CreateAccessKey on .*ada is not documented$/,
    ],
    [
      "a resource that is everything",
      { Action: ["iam:RemoveUserFromGroup"], Resource: ["*"] },
      /^revoke: iam:RemoveUserFromGroup on \* is not documented$/,
    ],
    [
      "a resource that is a little wider",
      { Action: ["iam:GetGroup"], Resource: [`${IAM}:group/jit*`] },
      /^revoke: iam:GetGroup on .*group\/jit\* is not documented$/,
    ],
    [
      "an action that is several",
      { Action: ["iam:Put*Policy"], Resource: [`${IAM}:group/jit/readers`] },
      /^revoke: iam:PutGroupPolicy on .*readers is not documented$/,
    ],
    [
      "what is not named, by what is",
      { NotAction: ["s3:*"], Resource: ["*"] },
      /^revoke: iam:CreateUser on \* is not documented$/,
    ],
    [
      "one under a condition",
      {
        Action: ["iam:CreateUser"],
        Resource: ["*"],
        Condition: { Bool: { "aws:SecureTransport": "true" } },
      },
      /^revoke: iam:CreateUser on \* is not documented$/,
    ],
    [
      "a name that is filled in at the request",
      { Action: ["iam:GetUser"], Resource: [`${IAM}:user/\${aws:username}`] },
      /^revoke: iam:GetUser on .* is not documented$/,
    ],
  ])("finds %s", async (_, statement, found) => {
    const wider = withStatement("Revoke", { Effect: "Allow", ...statement });
    const all = await differences(wider, documentedPermissions(DOCS, STACK), ["iam"]);
    expect(all).toContainEqual(expect.stringMatching(found));
  });

  it("finds what the docs say and the template does not", async () => {
    const documented = documentedPermissions(DOCS, STACK);
    const more = permission(
      "slack",
      "dynamodb:DeleteItem",
      "arn:aws:dynamodb:::table/latchkey-dev",
    );
    expect(await differences(template, [...documented, more], ["iam"])).toEqual([
      `${more} is not there`,
    ]);
  });

  it("finds rights that are given beside the roles", () => {
    const { Resources } = template;
    const beside = { Type: "AWS::IAM::Policy", Properties: {} };
    const managed = structuredClone(Resources["RevokeRole"]) as {
      Type: string;
      Properties: object;
    };
    Object.assign(managed.Properties, {
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    });
    for (const more of [{ Beside: beside }, { RevokeRole: managed }]) {
      const changed = { ...template, Resources: { ...Resources, ...more } };
      expect(() => holdersOf(changed, PLACE)).toThrow(/rights are written into the role/);
    }
  });
});

/**
 * What is allowed and not documented, and the other way round; allowed is what the policies say to the letter
 * and what the simulator makes of them for every action of the services.
 */
async function differences(
  subject: Template,
  documented: readonly Permission[],
  services: readonly string[] = SERVICES,
): Promise<readonly string[]> {
  const expected = new Set(documented);
  const actions = await actionsOf(services);
  const inHand = holdersOf(subject, PLACE);
  const simulated = await Promise.all(inHand.map((holder) => allowedTo(holder, actions)));
  const stated = new Set(inHand.flatMap(statedBy));
  const allowed = new Set(simulated.flat().filter((each) => actionIn(each) !== EVERYBODY_S));

  const extra = [...allowed, ...stated].filter((each) => !expected.has(each));
  const asked = new Set(actions);
  const missing = [...expected].filter(
    (each) =>
      !stated.has(each) ||
      (asked.has(actionIn(each)) && !allowed.has(each) && !BEYOND_THE_DATA.includes(each)),
  );
  return [
    ...new Set([
      ...extra.map((each) => `${each} is not documented`),
      ...missing.map((each) => `${each} is not there`),
    ]),
  ];
}

function actionIn(each: Permission): string {
  return each.split(" ")[1] ?? "";
}

/** The template with one more statement in a role. */
function withStatement(role: string, statement: object): Template {
  const changed = structuredClone(template) as Template;
  changed.Resources[`${role}Role`]?.Properties.Policies[0].PolicyDocument.Statement.push(statement);
  return changed;
}

/** The template with the roles that another parameter comes to. */
function withRoles(more: { readonly isTraced: boolean }): Template {
  const made = roles(loadAccessFile(ACCESS_FILE), {
    prefix: "latchkey-dev",
    tableName: "latchkey-dev",
    slackSecretsParameter: "/latchkey/slack",
    ...more,
  });
  const named = Object.entries(made).map(([name, role]) => [
    `${name.charAt(0).toUpperCase()}${name.slice(1)}Role`,
    role,
  ]);
  return { ...template, Resources: { ...template.Resources, ...Object.fromEntries(named) } };
}
