// Which Slack app the bot token is of, and whether it is the one that access.yml names.

import type { AuthTestResponse, WebClient } from "@slack/web-api";
import { slackProblem } from "../../lib/slack/web-client.ts";
import { about, type Finding } from "./finding.ts";
import type { Patient } from "./patient.ts";
import { overwriteSecret } from "./secret.ts";

export interface SeenApp {
  readonly finding: Finding;
  /** The app's id, as far as somebody says it: Slack, else access.yml. */
  readonly id: string | undefined;
}

/** Where an app is set up; of none in particular, the list of all. */
export function settingsOf(app: string | undefined): string {
  return `https://api.slack.com/apps${app === undefined ? "" : `/${app}`}`;
}

/** Asks whose the bot is that the token speaks for: `auth.test` itself does not say. */
export async function examineApp(
  { policy, place }: Patient,
  client: WebClient,
  { bot_id = "" }: AuthTestResponse,
): Promise<SeenApp> {
  const it = about("slack-app", "app");
  const { app } = policy.slack;
  const told = await askAbout(client, bot_id);
  if ("problem" in told) {
    const finding = it.unknown({
      code: "app-not-told",
      what: `Slack did not say which app the token is of (${told.problem})`,
      why: "Where requests come from one app and the token is another's, no form opens.",
      mend:
        told.problem === "missing_scope"
          ? "Give the app users:read, as it says under scopes."
          : "Run the doctor again.",
    });
    return { finding, id: app };
  }
  const { id, name } = told;
  const asWhom = `${id}, as ${name} (${bot_id})`;
  if (app === undefined) {
    const hint = `\`app: ${id}\` under \`slack:\` in access.yml would have requests of any other refused`;
    return { finding: it.ok(`${asWhom}; ${hint}`), id };
  }
  if (app === id) return { finding: it.ok(asWhom), id };
  const finding = it.problem({
    code: "wrong-app",
    what: `the token is of ${asWhom}, access.yml says ${app}`,
    why: `Requests of ${app} alone are taken, and answered as ${id}: no form opens, and no click on a card is heard.`,
    mend: `Store the secrets of ${app} (${settingsOf(app)}): ${overwriteSecret(place)}    # or, if ${id} is meant, write \`app: ${id}\` in access.yml and deploy it`,
  });
  return { finding, id };
}

type Told = { readonly id: string; readonly name: string } | { readonly problem: string };

/** https://docs.slack.dev/reference/methods/bots.info; a bot that is no app's has no `app_id`. */
async function askAbout(client: WebClient, botId: string): Promise<Told> {
  try {
    const { bot } = await client.bots.info({ bot: botId });
    const { app_id: id, name = "" } = bot ?? {};
    return id ? { id, name } : { problem: "no app_id" };
  } catch (error) {
    return { problem: slackProblem(error).code };
  }
}
