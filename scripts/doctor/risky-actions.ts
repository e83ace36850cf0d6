// What a group that is lent should not give: what outlives the loan, and what leads to more. Pure.
//
// Sources: Rhino Security Labs, "AWS IAM Privilege Escalation – Methods and Mitigation"
// (https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/) and its list at
// https://github.com/RhinoSecurityLabs/AWS-IAM-Privilege-Escalation; for what lets others in, the actions of
// access level "Permissions management" in AWS's Service Authorization Reference
// (https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html);
// and pathfinding.cloud of Datadog. All of test/deploy/power-grows-by.ts is here.

/** Something that a policy gives and a loan should not. */
export interface Risk {
  /** The actions as the policy writes them. */
  readonly actions: readonly string[];
  /** What they are good for. */
  readonly what: string;
}

/** Actions of one kind. IAM's own are told apart by what they begin with, see `isIamWrite`. */
interface Kind {
  readonly what: string;
  readonly actions: readonly string[];
}

const WRITES_IAM = "changes IAM: makes keys, members and policies that stay";
const EVERYTHING = "allows everything";
const BECOMES_ANYONE = "assumes any role that trusts the account";

const KINDS: readonly Kind[] = [
  {
    what: "runs code with another role's permissions",
    actions: [
      "apprunner:CreateService",
      "apprunner:UpdateService",
      "bedrock-agentcore:CreateCodeInterpreter",
      "bedrock-agentcore:StartCodeInterpreterSession",
      "cloudformation:CreateChangeSet",
      "cloudformation:CreateStack",
      "cloudformation:CreateStackSet",
      "cloudformation:ExecuteChangeSet",
      "cloudformation:UpdateStack",
      "cloudformation:UpdateStackSet",
      "codebuild:CreateProject",
      "codebuild:StartBuild",
      "codebuild:UpdateProject",
      "codestar:CreateProject",
      "datapipeline:CreatePipeline",
      "datapipeline:PutPipelineDefinition",
      "ec2:AssociateIamInstanceProfile",
      "ec2:CreateLaunchTemplateVersion",
      "ec2:ModifyInstanceAttribute",
      "ec2:ReplaceIamInstanceProfileAssociation",
      "ec2:RequestSpotInstances",
      "ec2:RunInstances",
      "ec2-instance-connect:SendSSHPublicKey",
      "ecs:CreateService",
      "ecs:ExecuteCommand",
      "ecs:RegisterTaskDefinition",
      "ecs:RunTask",
      "ecs:StartTask",
      "eks:CreatePodIdentityAssociation",
      "glue:CreateDevEndpoint",
      "glue:CreateJob",
      "glue:UpdateDevEndpoint",
      "glue:UpdateJob",
      "lambda:CreateEventSourceMapping",
      "lambda:CreateFunction",
      "lambda:PublishLayerVersion",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
      "sagemaker:CreateNotebookInstance",
      "sagemaker:CreatePresignedNotebookInstanceUrl",
      "sagemaker:CreateProcessingJob",
      "sagemaker:CreateTrainingJob",
      "sagemaker:UpdateNotebookInstance",
      "scheduler:CreateSchedule",
      "ssm:SendCommand",
      "ssm:StartAutomationExecution",
      "ssm:StartSession",
      "states:CreateStateMachine",
      "states:UpdateStateMachine",
    ],
  },
  {
    what: "makes credentials or doors that stay open after the loan",
    actions: [
      "dynamodb:PutResourcePolicy",
      "ecr:SetRepositoryPolicy",
      "eks:AssociateAccessPolicy",
      "eks:CreateAccessEntry",
      "eks:UpdateAccessEntry",
      "eks:UpdateClusterConfig",
      "events:PutTargets",
      "kms:CreateGrant",
      "kms:PutKeyPolicy",
      "lambda:AddLayerVersionPermission",
      "lambda:AddPermission",
      "lambda:CreateFunctionUrlConfig",
      "rolesanywhere:CreateProfile",
      "rolesanywhere:CreateTrustAnchor",
      "s3:PutAccessPointPolicy",
      "s3:PutBucketAcl",
      "s3:PutBucketPolicy",
      "secretsmanager:PutResourcePolicy",
      "sns:AddPermission",
      "sqs:AddPermission",
      "sqs:SetQueueAttributes",
      "sts:GetFederationToken",
    ],
  },
  {
    what: "hands out access in other accounts, or to other people",
    actions: [
      "identitystore:CreateGroupMembership",
      "identitystore:CreateUser",
      "organizations:AttachPolicy",
      "organizations:CreateAccount",
      "organizations:DetachPolicy",
      "organizations:InviteAccountToOrganization",
      "ram:CreateResourceShare",
      "sso:AttachManagedPolicyToPermissionSet",
      "sso:CreateAccountAssignment",
      "sso:PutInlinePolicyToPermissionSet",
    ],
  },
];

type OneOrMore = string | readonly string[];

/** The parts of a policy's statement that are looked at. */
interface Statement {
  readonly Effect?: string;
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly NotResource?: OneOrMore;
}

/**
 * What the policy with this text, JSON as IAM has it, gives and should not. What another statement denies, a
 * condition or a permissions boundary takes away again is not reckoned with: better a warning too many.
 * @throws SyntaxError where the text is no JSON.
 */
export function risksIn(document: string): readonly Risk[] {
  const found = new Map<string, Set<string>>();
  for (const statement of statementsOf(document)) {
    for (const [what, action] of risksOf(statement)) {
      found.set(what, (found.get(what) ?? new Set()).add(action));
    }
  }
  return [...found].map(([what, actions]) => ({ what, actions: [...actions] }));
}

function statementsOf(document: string): readonly Statement[] {
  const { Statement } = JSON.parse(document) as { Statement?: Statement | Statement[] };
  return [Statement ?? []].flat();
}

function risksOf(statement: Statement): readonly (readonly [what: string, action: string])[] {
  if (statement.Effect !== "Allow") return [];
  if (statement.NotAction !== undefined) {
    return [[EVERYTHING, `everything but ${listOf(statement.NotAction).join(", ")}`]];
  }
  return listOf(statement.Action).flatMap((action) => {
    // `*`, `*:*`, `i*:…`: whatever the service is.
    if (/[*?]/.test(action.split(":")[0] ?? "")) return [[EVERYTHING, action] as const];
    if (isIamWrite(action)) return [[WRITES_IAM, action] as const];
    if (covers(action, "sts:AssumeRole") && isAnyRole(statement)) {
      return [[BECOMES_ANYONE, action] as const];
    }
    return KINDS.filter(({ actions }) => actions.some((one) => covers(action, one))).map(
      ({ what }) => [what, action] as const,
    );
  });
}

/**
 * The roles that a policy's statements let somebody assume by their ARNs, wildcards in them included; of
 * those that name no role in particular `risksIn` tells. @throws SyntaxError where the text is no JSON.
 */
export function rolesIn(document: string): readonly string[] {
  const roles = statementsOf(document)
    .filter(({ Effect, Action }) => {
      const actions = listOf(Action).filter((action) => !/[*?]/.test(action.split(":")[0] ?? ""));
      return Effect === "Allow" && actions.some((action) => covers(action, "sts:AssumeRole"));
    })
    .filter((statement) => !isAnyRole(statement))
    .flatMap(({ Resource }) => listOf(Resource));
  return [...new Set(roles)];
}

/**
 * Whether an action of IAM, or a pattern of them, is or may be one that writes: the actions that only read
 * or try out begin with Get, List, Generate and Simulate. (A person changing their own password does not count.)
 */
function isIamWrite(action: string): boolean {
  const [service, name = ""] = action.toLowerCase().split(":");
  if (service !== "iam" || name === "changepassword") return false;
  return !/^(?:get|list|generate|simulate)/.test(name);
}

/** Whether a statement's resources name no role in particular. */
function isAnyRole({ Resource, NotResource }: Statement): boolean {
  if (NotResource !== undefined) return true;
  return listOf(Resource).some((arn) => {
    const name = arn.slice(arn.lastIndexOf("/") + 1);
    return /^[*?]+$/.test(name);
  });
}

/** Whether `pattern`, an action as policies write them, covers `action`. Names know no case. */
function covers(pattern: string, action: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "i").test(action);
}

function listOf(values: OneOrMore | undefined): readonly string[] {
  return values === undefined ? [] : [values].flat();
}
