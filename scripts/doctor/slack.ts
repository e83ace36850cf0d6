// The Slack app by its bot token: whether Slack takes it, in which workspace it is, and what it may do.

import type { AuthTestResponse, WebClient } from "@slack/web-api";
import type { Policy } from "../../lib/policy/policy.ts";
import { slackManifest } from "../../lib/slack/manifest.ts";
import { slackProblem } from "../../lib/slack/web-client.ts";
import { about, type Finding } from "./finding.ts";
import { addressOf, type Patient } from "./patient.ts";
import { usergroupsIn } from "./read-usergroups.ts";
import { overwriteSecret } from "./secret.ts";
import { examineApp, settingsOf } from "./slack-app.ts";

export interface SeenSlack {
  readonly findings: readonly Finding[];
  /** Whether Slack takes the token, so that there is a point in asking more. */
  readonly isLetIn: boolean;
}

export async function examineSlack(patient: Patient, client: WebClient): Promise<SeenSlack> {
  const { policy, place } = patient;
  const it = about("slack-app", "bot token");
  let answer: AuthTestResponse;
  try {
    answer = await client.auth.test();
  } catch (error) {
    const { code } = slackProblem(error);
    const isRefused = code in REFUSALS;
    const trouble = {
      code: isRefused ? "token-refused" : "no-answer",
      what: isRefused
        ? `Slack does not take it: ${REFUSALS[code]}`
        : `Slack gave no answer (${code})`,
      why: isRefused
        ? "Nobody is told anything, and no form opens. Access that is lent ends all the same."
        : "What the app may do is not known.",
      mend: isRefused
        ? `Install the app again at ${settingsOf(policy.slack.app)}, and store its new token: ${overwriteSecret(place)}`
        : "Run the doctor again.",
    };
    return { findings: [isRefused ? it.problem(trouble) : it.unknown(trouble)], isLetIn: false };
  }
  const scopes = answer.response_metadata?.scopes;
  const app = await examineApp(patient, client, answer);
  const findings = [
    ...examineTeam(policy, answer),
    app.finding,
    ...examineScopes(patient, scopes, settingsOf(app.id)),
  ];
  return { findings, isLetIn: true };
}

/** https://docs.slack.dev/reference/methods/auth.test, "Errors" */
const REFUSALS: Readonly<Record<string, string>> = {
  invalid_auth: "it is no token of an app",
  not_authed: "it is empty",
  account_inactive: "the app was uninstalled, or its workspace is gone",
  token_revoked: "it was revoked",
  token_expired: "it has expired",
  access_denied: "the workspace denies it",
  ekm_access_denied: "the organisation denies it",
  org_login_required: "the workspace is moving into an organisation",
  team_access_not_granted: "the app is not granted this workspace",
};

function examineTeam({ slack }: Policy, answer: AuthTestResponse): readonly Finding[] {
  const { team = "", team_id = "", enterprise_id, bot_id = "", user = "", url = "" } = answer;
  const it = about("slack-app", "workspace");
  if (slack.team === team_id || slack.team === enterprise_id) {
    return [it.ok(`${slack.team} (${team}), as ${user} (${bot_id})`)];
  }
  return [
    it.problem({
      code: "wrong-team",
      what: `the app is installed in ${team_id} (${team}, ${url}), access.yml says ${slack.team}`,
      why: "Every request from there is refused: it is not the workspace that may speak to the broker.",
      mend: `Write \`team: ${team_id}\` in access.yml and deploy it, or install the app in ${slack.team} and store its token.`,
    }),
  ];
}

/** `settings`: where the app is set up. */
function examineScopes(
  { place, policy }: Patient,
  scopes: readonly string[] | undefined,
  settings: string,
): readonly Finding[] {
  const it = about("slack-app", "scopes");
  if (scopes === undefined) {
    return [
      it.unknown({
        code: "scopes-not-told",
        what: "Slack did not say what the token may do",
        why: "A scope that is missing shows when somebody asks for access.",
        mend: "Run the doctor again.",
      }),
    ];
  }
  const asked: readonly string[] = slackManifest("https://x").oauth_config.scopes.bot;
  // Without a user group in access.yml there is nothing to read.
  const needed = asked.filter(
    (scope) => scope !== "usergroups:read" || usergroupsIn(policy).length > 0,
  );
  const missing = needed.filter((scope) => !scopes.includes(scope));
  const extra = scopes.filter((scope) => !asked.includes(scope));
  const mend = `npm run --silent manifest -- --url "$(${addressOf(place)})"    # paste it under App Manifest at ${settings}, and install the app again`;
  const found: Finding[] = [];
  if (missing.length > 0) {
    found.push(
      it.problem({
        code: "scope-missing",
        what: `the token lacks ${missing.join(", ")}`,
        why: "Without users:read nobody counts as a full member, without chat:write nobody is told; user groups that cannot be read are empty.",
        mend,
      }),
    );
  }
  if (extra.length > 0) {
    found.push(
      it.warning({
        code: "scope-extra",
        what: `the token may more than Latchkey asks for: ${extra.join(", ")}`,
        why: "Whoever gets hold of it gets that too.",
        mend,
      }),
    );
  }
  return found.length > 0 ? found : [it.ok(needed.join(", "))];
}
