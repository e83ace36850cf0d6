// What access.yml may hold: one definition for the validation, the types and the editors' JSON Schema.

import { z } from "zod";
import { DURATION_PATTERN, parseDuration } from "./duration.ts";

/** The path that IAM groups are lent in where access.yml names no other. */
export const GROUP_PATH = "/jit/";

// The characters of IAM's own rules for paths and names. NB. But for `*`, `?` and `$`: IAM allows them in a
// path, and in a role's policy they would stand for more than one.
const IN_PATH = "[!-#%-)+-.0->@-~]+/";
const ARN_OF = (kind: string, longest: number) =>
  new RegExp(
    `^arn:aws[a-z-]*:iam::[0-9]{12}:${kind}/(?:${IN_PATH})*[A-Za-z0-9_+=,.@-]{1,${longest}}$`,
  );
const ROLE_ARN = ARN_OF("role", 64);
const NAME = /^[a-z][a-z0-9-]{0,62}$/;
const ACCOUNT_ID = /^[0-9]{12}$/;

/**
 * Text of one shape. The error says what the text is not; what to write instead is told by the
 * field's description and examples, of which hints are made.
 */
function text(shape: RegExp, wrong: string, examples: readonly string[] = []) {
  return z
    .string()
    .refine((value) => shape.test(value), { error: wrong })
    .meta({ pattern: shape.source, ...(examples.length === 0 ? {} : { examples }) });
}

/** A mapping by names of one shape. A bad name is reported beside, not instead of, what it names. */
function named<Value extends z.ZodType>(shape: RegExp, wrong: string, value: Value) {
  return z
    .record(z.string(), value)
    .superRefine(
      (entries, context) => {
        if (typeof entries !== "object" || entries === null || Array.isArray(entries)) return;
        for (const name of Object.keys(entries).filter((name) => !shape.test(name))) {
          context.addIssue({ code: "custom", message: wrong, path: [name], params: { key: true } });
        }
      },
      { when: () => true },
    )
    .meta({ propertyNames: { pattern: shape.source } });
}

function sentence(longest: number) {
  return z
    .string()
    .refine((value) => value.trim() !== "", { error: "is blank" })
    .max(longest, `is longer than ${longest} characters`);
}

const slackUser = text(/^[UW][A-Z0-9]{2,}$/, "is no Slack member id (U… or W…)", [
  "U0ADA",
]).describe("A Slack member id. In Slack: the person's profile, ⋮, Copy member ID.");

const channel = text(/^[CG][A-Z0-9]{2,}$/, "is no Slack channel id (C… or G…)", ["C0ACCESS"]);
const WHERE_CHANNEL = "In Slack: the channel's details, at the bottom.";

const accountId = text(ACCOUNT_ID, "is no AWS account id (12 digits in quotes)", ["111122223333"]);

const roleArn = text(ROLE_ARN, "is no IAM role ARN", [
  "arn:aws:iam::444455556666:role/latchkey-broker",
]);

const duration = z
  .string()
  .superRefine((value, context) => {
    try {
      parseDuration(value);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: "custom", message: why, params: { whole: true } });
    }
  })
  .meta({ pattern: DURATION_PATTERN.source, examples: ["30m", "4h", "1h30m", "2d"] });

const groupNames = z.array(z.string());

const slack = z.strictObject({
  team: text(/^[TE][A-Z0-9]{2,}$/, "is no Slack workspace id (T… or E…)", ["T0ACME"]).describe(
    "The only workspace (T…) or Enterprise organisation (E…) that may speak to the broker. In Slack in a browser: the T… or E… in the address, app.slack.com/client/T….",
  ),
  app: text(/^A[A-Z0-9]{2,}$/, "is no id of a Slack app (A…)", ["A0LATCHKEY"])
    .describe(
      "Id of the Slack app: requests of any other are refused. Left out, the signature alone tells whose a request is. There is one as soon as the app is created: at https://api.slack.com/apps, Basic Information, App ID.",
    )
    .optional(),
  channel: channel.describe(
    `Id of the channel that request cards go to; an entitlement may name its own. ${WHERE_CHANNEL}`,
  ),
  admins: z
    .array(slackUser)
    .min(1, "is empty: nobody would be told of failures")
    .describe("Member ids of those who are told of failures and may end any grant."),
});

const person = z.strictObject({
  iamUser: text(ARN_OF("user", 64), "is no IAM user ARN", [
    "arn:aws:iam::111122223333:user/iam-bttrm-web-user-1",
  ]).describe("ARN of the IAM user that this person is, path included."),
  uniqueId: text(/^AIDA[A-Z0-9]{12,124}$/, "is no unique id of an IAM user (AIDA…)")
    .describe("The IAM user's unique id (AIDA…). Left out, it is pinned at first use.")
    .optional(),
});

const group = z.strictObject({
  users: z.array(slackUser).describe("Member ids.").optional(),
  usergroup: text(/^S[A-Z0-9]{2,}$/, "is no id of a Slack user group (S…)", ["S0LEADS"])
    .describe(
      "Id of a Slack user group. Its members at the moment of a decision count; of one that cannot be read, nobody does.",
    )
    .optional(),
});

const accountAccess = z.strictObject({
  role: roleArn.describe("ARN of the role in that account that the broker assumes."),
  externalId: text(/^[\w+=,.@:/-]{2,1224}$/, "is no external id as STS takes it")
    .describe("The external id that the role's trust policy asks for.")
    .optional(),
});

const cluster = z.strictObject({
  region: text(/^[a-z]{2}(-[a-z]+)+-[0-9]$/, "is no AWS region", ["us-east-2"]).describe(
    "The cluster's region.",
  ),
  name: text(/^[0-9A-Za-z][\w-]{0,99}$/, "is no name of an EKS cluster")
    .describe("The cluster's name in EKS, where it is not the name that it has here.")
    .optional(),
  account: accountId
    .describe("The cluster's account, one of `accounts`, where it is not the broker's own.")
    .optional(),
  server: text(/^https:\/\/[^\s/]+\S*$/, "is no https:// address", [
    "https://0123456789.gr7.us-east-2.eks.amazonaws.com",
  ])
    .describe("The API server's address. Left out, it is asked of eks:DescribeCluster.")
    .optional(),
  certificateAuthority: z
    .string()
    .refine(isPemInBase64, { error: "is no PEM certificate in base64" })
    .describe("The API server's CA, a PEM in base64 as a kubeconfig has it; goes with `server`.")
    .optional(),
});

const iamGroup = z.strictObject({
  arn: text(ARN_OF("group", 128), "is no IAM group ARN", [
    "arn:aws:iam::111122223333:group/jit/iam-bttrm-web-ro-group",
  ]).describe("ARN of the IAM group that the requester joins, path included."),
  acceptShared: z
    .boolean("must be true or false")
    .describe(
      "Says that you know that others use this group too. Needed for a group that is not in `groupPath`.",
    )
    .optional(),
});

const awsAuth = z.strictObject({
  cluster: z.string().describe("The name of one of `clusters`."),
  groups: z
    .array(
      // Printable ASCII, no blank at either end, and no `{{`: the authenticator fills in templates.
      text(/^(?!.*\{\{)[!-~](?:[ -~]{0,251}[!-~])?$/, "is no name of a Kubernetes group", [
        "rbac-bttrm-web-ro-group",
      ]),
    )
    .min(1, "is empty: the mapping would give nothing")
    .describe("Kubernetes groups that the requester is put in."),
  role: roleArn
    .describe(
      "ARN, without a path, of a role to map (mapRoles). Left out, the requester's IAM user is mapped (mapUsers).",
    )
    .optional(),
  acknowledge: z
    .literal("cluster-admin")
    .describe("Says that you know what you lend. Needed for the group `system:masters`.")
    .optional(),
});

const target = z
  .strictObject({
    iamGroup: iamGroup.describe("Makes the requester a member of an IAM group.").optional(),
    awsAuth: awsAuth.describe("Adds an entry to a cluster's aws-auth ConfigMap.").optional(),
  })
  .meta({ minProperties: 1, maxProperties: 1 })
  .describe("A place that access is written to: `iamGroup` or `awsAuth`.");

const approval = z
  .union([
    z.literal("automatic"),
    z.strictObject({
      by: groupNames
        .min(1, "is empty: nobody can approve")
        .describe("Names of the `groups` whose members may approve; never the requester."),
      count: z
        .int("must be a whole number")
        .min(1, "must be at least 1; write `approval: automatic` where nobody needs to approve")
        .max(20, "must be at most 20")
        .default(1)
        .describe("How many different people must approve."),
      notify: z
        .enum(["channel", "direct", "none"])
        .default("channel")
        .describe(
          "How approvers learn of a request: `channel` mentions them in its card, `direct` sends each a message, `none` leaves it at the card.",
        ),
    }),
  ])
  .describe("`automatic`, or `{ by: [a-group], count: 1 }`.");

const entitlement = z.strictObject({
  title: sentence(75).describe("What people pick in Slack, at most 75 characters."),
  description: sentence(500).describe("What the access is good for, for people.").optional(),
  requesters: groupNames
    .min(1, "is empty: nobody may ask")
    .describe("Names of the `groups` whose members may ask."),
  approval,
  duration: z
    .strictObject({
      default: duration.describe("How long access lasts where the request does not say."),
      max: duration.describe("The longest that may be asked for, at most 30d."),
    })
    .describe(
      "`{ default: 1h, max: 4h }`; days, hours, minutes. Counted from when the access is there.",
    ),
  extend: z
    .strictObject({
      max: z
        .int("must be a whole number")
        .min(1, "must be at least 1; leave `extend` out where no end may be put off")
        .max(20, "must be at most 20")
        .describe("How often one grant may be extended, each time by as long as was asked for."),
      by: z
        .enum(["approval", "self"])
        .default("approval")
        .describe("`approval` asks the approvers again; `self` lets the requester decide alone."),
    })
    .describe("`{ max: 2, by: approval }`: lets the requester put the end off before it comes.")
    .optional(),
  reason: z
    .enum(["required", "optional"])
    .default("optional")
    .describe("`required` or `optional`: whether the request must say why."),
  ticket: z
    .strictObject({
      pattern: z
        .string()
        .max(200, "is longer than 200 characters")
        .superRefine((value, context) => {
          try {
            new RegExp(value);
          } catch (error) {
            const why = error instanceof Error ? error.message : String(error);
            context.addIssue({ code: "custom", message: why, params: { whole: true } });
          }
        })
        .meta({ examples: ["^OPS-[0-9]+$"] })
        .describe("Regular expression (JavaScript) that a ticket matches; anchor it with ^ and $."),
      required: z.boolean().default(true).describe("Whether a request must name a ticket."),
    })
    .describe("Asks for a ticket's number.")
    .optional(),
  targets: z
    .array(target)
    .min(1, "is empty: there is nothing to give")
    .describe("The places that access is written to, all of them together or none."),
  instructions: sentence(2000)
    .describe(
      "Sent to the requester once access is active: the commands to paste. Filled in: `{{user}}` the IAM user's name, `{{account}}` its account, `{{grant}}` the grant's id, `{{until}}` the end (UTC), `{{cluster}}` and `{{region}}` of the first cluster; anything else in braces stays as it is.",
    )
    .optional(),
  channel: channel
    .describe(
      `Id of the channel for this entitlement's cards, where it has its own. ${WHERE_CHANNEL}`,
    )
    .optional(),
  lapse: duration
    .default("24h")
    .describe("How long a request waits for a decision before it lapses."),
});

/** The whole of access.yml. Strict: an unknown key is an error. References are checked elsewhere. */
export const accessFile = z
  .strictObject({
    account: accountId
      .describe(
        "The broker's own AWS account. Left out: the one that the people's IAM users are in. Everything in another account needs an entry in `accounts`.",
      )
      .optional(),
    groupPath: text(new RegExp(`^/(?:${IN_PATH})+$`), "is no path of IAM groups, such as /jit/", [
      "/jit/",
    ])
      .describe(
        "The path of the IAM groups that only this broker uses: revoke's role may remove members of every group in it, and below it. A group elsewhere needs `acceptShared`.",
      )
      .default(GROUP_PATH),
    slack: slack.describe("The workspace that may speak to the broker."),
    people: named(/^[UW][A-Z0-9]{2,}$/, "is no Slack member id (U… or W…)", person)
      .describe(
        "Whom a Slack user is in AWS, by Slack member id. Who is not here can approve, but has nothing to receive access with.",
      )
      .default({}),
    groups: named(NAME, "is no name (a-z, 0-9 and -, at most 63)", group)
      .describe("Named sets of Slack users: a list, a Slack user group, or both together.")
      .default({}),
    accounts: named(ACCOUNT_ID, "is no AWS account id (12 digits in quotes)", accountAccess)
      .describe("Other accounts that the broker reaches, by account id in quotes.")
      .default({}),
    clusters: named(/^[0-9A-Za-z][\w-]{0,99}$/, "is no name of a cluster", cluster)
      .describe(
        "EKS clusters whose aws-auth the broker writes, by the name that targets call them by.",
      )
      .default({}),
    entitlements: named(NAME, "is no name (a-z, 0-9 and -, at most 63)", entitlement).describe(
      "What can be asked for, by the name that people type: /access <name>.",
    ),
  })
  .meta({ title: "access.yml of Latchkey" })
  .describe("Who may borrow which access, who approves it, and for how long.");

/** What access.yml says, defaults filled in. */
export type AccessFile = z.output<typeof accessFile>;
/** What is written in access.yml. */
export type WrittenAccessFile = z.input<typeof accessFile>;

/** The JSON Schema of access.yml, for editors: draft 7, which the YAML language server knows best. */
export function accessFileJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(accessFile, { io: "input", target: "draft-7" });
}

function isPemInBase64(value: string): boolean {
  try {
    return atob(value).trimStart().startsWith("-----BEGIN CERTIFICATE-----");
  } catch {
    return false;
  }
}
