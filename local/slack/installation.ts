// An app as a workspace has it installed: what its token may do, and what it offers people, all by its manifest.

import { type AppManifest, manifestProblems } from "./app-manifest.ts";

/** Plain data, part of the workspace's state. */
export interface Installation {
  /** What the bot is called. */
  readonly botName: string;
  /** What the bot token may do. */
  readonly scopes: readonly string[];
  /** Slash commands that people can type. */
  readonly commands: readonly string[];
  /** Global shortcuts, by callback_id. */
  readonly shortcuts: readonly string[];
  /** Events that the app is told of. */
  readonly events: readonly string[];
  readonly hasHomeTab: boolean;
  /** Whether the bot can write to people, and they to it. */
  readonly hasMessagesTab: boolean;
  readonly isMessagesTabReadOnly: boolean;
  /** Whether clicks and submissions go anywhere, and what is typed in an `external_select`. */
  readonly takesClicks: boolean;
  readonly loadsOptions: boolean;
}

/** Installs an app from its manifest. @throws Error with every problem that Slack has with it */
export function installationOf(manifest: unknown): Installation {
  const problems = manifestProblems(manifest);
  if (problems.length > 0) {
    const list = problems.map(({ pointer, message }) => `${pointer || "/"}: ${message}`);
    throw new Error(`Slack does not take this manifest:\n${list.join("\n")}`);
  }
  const { display_information, features = {}, oauth_config, settings } = manifest as AppManifest;
  const { app_home: home, shortcuts = [], slash_commands: commands = [] } = features;
  const interactivity = settings?.interactivity;
  const takesClicks = interactivity?.is_enabled === true;
  return {
    botName: features.bot_user?.display_name ?? display_information.name,
    scopes: oauth_config?.scopes?.bot ?? [],
    commands: commands.map(({ command }) => command),
    shortcuts: shortcuts.flatMap((one) => (one.type === "global" ? [one.callback_id] : [])),
    events: settings?.event_subscriptions?.bot_events ?? [],
    hasHomeTab: home?.home_tab_enabled === true,
    hasMessagesTab: home?.messages_tab_enabled === true,
    isMessagesTabReadOnly: home?.messages_tab_read_only_enabled === true,
    takesClicks,
    loadsOptions: takesClicks && interactivity.message_menu_options_url !== undefined,
  };
}
