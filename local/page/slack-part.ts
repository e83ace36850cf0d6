// The page's Slack: the emulated workspace as it is now, what its app offers by its manifest, and whom a visitor can play.

import type { slackManifest } from "../../lib/slack/manifest.ts";
import type { Workspace } from "../slack/workspace.ts";
import type { Role, SlackPart } from "./protocol.ts";

/** Whom a visitor can play, and what there is to try as them under the example access.yml. */
export const CAST: readonly Role[] = [
  {
    user: "U0ADA",
    role: "Developer",
    tryThis:
      "Ask for access: send `/access` for the form, or `/access web-pods-read 1h OPS-12 checkout pods restart`.",
  },
  {
    user: "U0BOB",
    role: "Approver",
    tryThis: "Approve or deny what Ada asks for, on its card in #access-requests.",
  },
  {
    user: "U0LEE",
    role: "Approver",
    tryThis: "Approve beside Bob: `web-release-debug` needs two different people.",
  },
  {
    user: "U0CAT",
    role: "Admin",
    tryThis: "End anybody's access early, or deny any request; approve only `web-release-debug`.",
  },
  {
    user: "U0DEE",
    role: "Developer",
    tryThis:
      "Ask for `web-metrics-read`, which nobody has to approve; or try to approve your own request for something else.",
  },
  {
    user: "U0GUS",
    role: "Guest",
    tryThis:
      "Send `/access web-pods-read 1h a look at the pods`: a guest is refused, and told why.",
  },
  {
    user: "U0EVE",
    role: "Another workspace",
    tryThis:
      "Send `/access`: Latchkey serves Acme alone, and refuses whoever comes from elsewhere.",
  },
];

/** The part as it is now; what changes later does not change it. */
export function slackPart(
  { state }: Pick<Workspace, "state">,
  { display_information, features }: ReturnType<typeof slackManifest>,
): SlackPart {
  return {
    team: { id: state.team.id, name: state.team.name },
    app: {
      botUser: state.app.botUser,
      name: display_information.name,
      commands: features.slash_commands.map(({ command, description, usage_hint }) => ({
        command,
        description,
        hint: usage_hint,
      })),
      shortcuts: features.shortcuts.map(({ callback_id, name, description }) => ({
        callbackId: callback_id,
        name,
        description,
      })),
    },
    users: [...state.users],
    cast: CAST.filter(({ user }) => state.users.some(({ id }) => id === user)),
    usergroups: [...state.usergroups],
    channels: [...state.channels],
    messages: [...state.messages],
    homes: { ...state.homes },
    modals: { ...state.modals },
  };
}
