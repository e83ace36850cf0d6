// A Slack workspace in memory: its people and channels, and with them messages, modals, home tabs and triggers.

import { type Installation, installationOf } from "./installation.ts";
import {
  replace,
  SlackRefusal,
  type WorkspaceCore,
  type WorkspaceEvent,
} from "./workspace-core.ts";
import { messagesOf } from "./workspace-messages.ts";
import {
  acmeWorkspace,
  type SlackChannel,
  type SlackUser,
  type SlackUsergroup,
  type WorkspaceState,
} from "./workspace-state.ts";
import { triggersOf } from "./workspace-triggers.ts";
import { viewsOf } from "./workspace-views.ts";

export type Workspace = ReturnType<typeof createWorkspace>;

/**
 * Makes a workspace, by default that of the scenario.
 *
 * @param options.now the workspace's clock, epoch milliseconds: message times, signatures, edit marks
 * @param options.realNow the clock that people's patience and triggers run by, where `now` is made to run faster
 * @param options.state a state saved before; it is changed in place
 * @param options.manifest the app is installed from it; without, it may do and offers whatever it tries
 */
export function createWorkspace(options: {
  readonly now: () => number;
  readonly realNow?: () => number;
  readonly state?: WorkspaceState;
  readonly manifest?: object;
}) {
  const { now, realNow = now, state = acmeWorkspace() } = options;
  const listeners = new Set<(event: WorkspaceEvent) => void>();
  const core: WorkspaceCore = {
    state,
    now,
    realNow,
    emit: (event) => {
      for (const listener of listeners) listener(event);
    },
    nextId: (prefix) => {
      state.counters.id += 1;
      return `${prefix}${state.counters.id.toString(36).toUpperCase().padStart(8, "0")}`;
    },
    nextTs: () => {
      state.counters.ts = Math.max(Math.floor(now() * 1000), state.counters.ts + 1);
      const digits = String(state.counters.ts);
      return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
    },
  };
  const { install } = appOf(core);
  if (options.manifest !== undefined) install(options.manifest);
  return {
    ...core,
    team: state.team,
    app: state.app,
    install,
    ...directoryOf(core),
    ...messagesOf(core),
    ...triggersOf(core),
    ...viewsOf(core),
    /** Calls `listener` at every change, until the function that it returns is called. */
    subscribe(listener: (event: WorkspaceEvent) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The app and its bot. */
function appOf({ state }: WorkspaceCore) {
  return {
    /**
     * Installs the app from its manifest, again if it is installed: what it may do and offers is what the
     * manifest says, and nothing else.
     *
     * @throws Error with every problem that Slack has with the manifest
     */
    install(manifest: object): Installation {
      const installation = installationOf(manifest);
      state.app.installation = installation;
      replace(
        state.users,
        (one) => one.id === state.app.botUser,
        (bot) => ({ ...bot, real_name: installation.botName }),
      );
      return installation;
    },
  };
}

/** Who and where: people, channels, user groups, and the bot's direct messages. */
function directoryOf({ state }: WorkspaceCore) {
  const user = (id: string): SlackUser | undefined => state.users.find((one) => one.id === id);
  const channel = (id: string): SlackChannel | undefined =>
    state.channels.find((one) => one.id === id);
  const usergroup = (id: string): SlackUsergroup | undefined =>
    state.usergroups.find((one) => one.id === id);

  const changeUser = (id: string, changes: Partial<Omit<SlackUser, "id">>) => {
    replace(
      state.users,
      (one) => one.id === id,
      (one) => ({ ...one, ...changes }),
    );
  };
  const changeUsergroup = (id: string, users: readonly string[]) => {
    replace(
      state.usergroups,
      (one) => one.id === id,
      (one) => ({ ...one, users }),
    );
  };
  const changeChannel = (id: string, changes: Partial<Omit<SlackChannel, "id">>) => {
    replace(
      state.channels,
      (one) => one.id === id,
      (one) => ({ ...one, ...changes }),
    );
  };

  /** The bot's direct message with someone, where there has been one. */
  const openedMessage = (userId: string): SlackChannel | undefined =>
    channel(`D${userId.slice(1)}`);

  /** The bot's direct message with someone, opened if need be. */
  const directMessage = (userId: string): SlackChannel => {
    const person = user(userId);
    if (person === undefined) throw new SlackRefusal("user_not_found");
    if (person.deleted) throw new SlackRefusal("user_disabled");
    if (person.is_bot) throw new SlackRefusal("cannot_dm_bot");
    const open = openedMessage(userId);
    if (open !== undefined) return open;
    const id = `D${userId.slice(1)}`;
    const members = [state.app.botUser, userId];
    const opened: SlackChannel = { id, name: "directmessage", members, im_user: userId };
    state.channels.push(opened);
    return opened;
  };

  return {
    user,
    channel,
    usergroup,
    changeUser,
    changeChannel,
    changeUsergroup,
    openedMessage,
    directMessage,
  };
}
