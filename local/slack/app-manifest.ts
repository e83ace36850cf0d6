// What Slack takes as an app's manifest: the fields and lengths of its schema, and what one part asks of another.
//
// Only the fields that Latchkey may use are here; any other counts as unknown. Sources:
// docs.slack.dev/reference/app-manifest and the schema at github.com/slackapi/manifest-schema
// (schemas/manifest.schema.2.0.0.json).

import {
  among,
  both,
  type Check,
  httpUrl,
  integer,
  listOf,
  matching,
  type Problem,
  shape,
  text,
  trueOrFalse,
} from "./block-kit-checks.ts";

/** A manifest that `manifestProblems` finds nothing wrong with: as much of it as is read here. */
export interface AppManifest {
  readonly display_information: { readonly name: string };
  readonly features?: {
    readonly app_home?: {
      readonly home_tab_enabled?: boolean;
      readonly messages_tab_enabled?: boolean;
      readonly messages_tab_read_only_enabled?: boolean;
    };
    readonly bot_user?: { readonly display_name: string };
    readonly shortcuts?: readonly { readonly callback_id: string; readonly type: string }[];
    readonly slash_commands?: readonly { readonly command: string; readonly url?: string }[];
  };
  readonly oauth_config?: { readonly scopes?: { readonly bot?: readonly string[] } };
  readonly settings?: {
    readonly event_subscriptions?: {
      readonly request_url?: string;
      readonly bot_events?: readonly string[];
    };
    readonly interactivity?: {
      readonly is_enabled: boolean;
      readonly request_url?: string;
      readonly message_menu_options_url?: string;
    };
    readonly socket_mode_enabled?: boolean;
  };
}

/** Everything because of which Slack would not take this manifest; empty where it would. */
export function manifestProblems(manifest: unknown): readonly Problem[] {
  return both(form, partsFit)(manifest, "");
}

// --- Fields and lengths

/** The schema would let `http:` pass; the reference says "full https URL". */
const address = both(httpUrl(3000), matching(/^https:/, "an https URL"));

const displayInformation = shape(
  { name: text(35) },
  {
    description: text(140),
    // The schema has 175 where the reference says 174.
    long_description: text(4000, 175),
    background_color: matching(/^#([0-9a-fA-F]{3}){1,2}$/, "a hex colour"),
  },
);

const shortcut = shape({
  name: text(24),
  type: among("global", "message"),
  callback_id: text(255),
  description: text(150),
});

const slashCommand = shape(
  {
    command: both(text(32, 2), matching(/^\/\S+$/, "a command with its slash")),
    description: text(2000),
  },
  { url: address, usage_hint: text(1000), should_escape: trueOrFalse },
);

const features = shape(
  {},
  {
    app_home: shape(
      {},
      {
        home_tab_enabled: trueOrFalse,
        messages_tab_enabled: trueOrFalse,
        messages_tab_read_only_enabled: trueOrFalse,
      },
    ),
    // The reference allows `a-z`, `0-9`, `-`, `_` and `.` alone, and breaks that in its own example; the schema does not ask for it.
    bot_user: shape({ display_name: text(80) }, { always_online: trueOrFalse }),
    // An empty list is refused: leave it out (github.com/gastownhall/gascity-packs/issues/63).
    shortcuts: listOf(shortcut, { max: 10 }),
    slash_commands: listOf(slashCommand, { max: 50 }),
  },
);

const names = (max: number): Check => both(listOf(text(50), { min: 0, max }), eachOnce);

const settings = shape(
  {},
  {
    event_subscriptions: shape({}, { request_url: address, bot_events: names(100) }),
    interactivity: shape(
      { is_enabled: trueOrFalse },
      { request_url: address, message_menu_options_url: address },
    ),
    org_deploy_enabled: trueOrFalse,
    socket_mode_enabled: trueOrFalse,
    token_rotation_enabled: trueOrFalse,
  },
);

const form = shape(
  { display_information: displayInformation },
  {
    _metadata: shape({}, { major_version: among(1, 2), minor_version: integer(0, 9) }),
    features,
    oauth_config: shape({}, { scopes: shape({}, { bot: names(255) }) }),
    settings,
  },
);

function eachOnce(value: unknown, pointer: string): readonly Problem[] {
  const all = value as readonly string[];
  return all.flatMap((one, index) =>
    all.indexOf(one) === index ? [] : [{ pointer: `${pointer}/${index}`, message: "is repeated" }],
  );
}

// --- What one part asks of another

/** The scope that each event needs: docs.slack.dev/reference/events. Of those that Latchkey might hear of. */
const SCOPE_OF_EVENT: Readonly<Record<string, string | undefined>> = {
  app_home_opened: undefined,
  app_mention: "app_mentions:read",
  app_uninstalled: undefined,
  "message.im": "im:history",
  subteam_members_changed: "usergroups:read",
  team_join: "users:read",
  tokens_revoked: undefined,
  user_change: "users:read",
};

/** In the words of apps.manifest.validate, where they are known. */
function partsFit(value: unknown): readonly Problem[] {
  const manifest = value as AppManifest;
  const { slash_commands: commands = [], shortcuts = [], bot_user } = manifest.features ?? {};
  const { event_subscriptions: subscribed, interactivity } = manifest.settings ?? {};
  const scopes = manifest.oauth_config?.scopes?.bot ?? [];
  const events = subscribed?.bot_events ?? [];
  const overHttp = manifest.settings?.socket_mode_enabled !== true;
  const lacksCommands = !scopes.includes("commands");
  return [
    ...problemIf(commands.length > 0 && lacksCommands, "/features/slash_commands", COMMANDS_SCOPE),
    ...problemIf(shortcuts.length > 0 && lacksCommands, "/features/shortcuts", COMMANDS_SCOPE),
    ...problemIf(
      shortcuts.length > 0 && interactivity?.is_enabled !== true,
      "/features/shortcuts",
      "Shortcuts require interactivity",
    ),
    ...commands.flatMap(({ url }, index) =>
      problemIf(
        overHttp && url === undefined,
        `/features/slash_commands/${index}`,
        "requires a url",
      ),
    ),
    ...problemIf(
      overHttp && events.length > 0 && subscribed?.request_url === undefined,
      "/settings/event_subscriptions",
      "Event Subscription requires either Request URL or Socket Mode Enabled",
    ),
    ...problemIf(
      overHttp && interactivity?.is_enabled === true && interactivity.request_url === undefined,
      "/settings/interactivity",
      "Interactivity requires a Request URL",
    ),
    ...problemIf(
      scopes.length + events.length > 0 && bot_user === undefined,
      "/features",
      "bot scopes and bot events require a bot_user",
    ),
    ...events.flatMap((event, index) =>
      eventProblems(event, scopes, `/settings/event_subscriptions/bot_events/${index}`),
    ),
  ];
}

const COMMANDS_SCOPE = "requires `commands` bot scope";

function eventProblems(
  event: string,
  scopes: readonly string[],
  pointer: string,
): readonly Problem[] {
  if (!Object.hasOwn(SCOPE_OF_EVENT, event)) return [{ pointer, message: "unknown event" }];
  const needed = SCOPE_OF_EVENT[event];
  const lacks = needed !== undefined && !scopes.includes(needed);
  return problemIf(lacks, pointer, `requires \`${needed}\` bot scope`);
}

function problemIf(isBroken: boolean, pointer: string, message: string): readonly Problem[] {
  return isBroken ? [{ pointer, message }] : [];
}
