// What lets an app answer a person of the emulated workspace: trigger_ids and response_urls, both short-lived.

import { createHash } from "node:crypto";
import { SlackRefusal, type WorkspaceCore } from "./workspace-core.ts";
import type { ResponseHook, Trigger } from "./workspace-state.ts";

const TRIGGER_LIFE_MS = 3_000;
const HOOK_LIFE_MS = 30 * 60_000;
const HOOK_USES = 5;

/** How long spent and expired ones are remembered, so that the refusal can say which they are. */
const MEMORY_MS = 2 * HOOK_LIFE_MS;

export function triggersOf({ state, now, realNow, nextId }: WorkspaceCore) {
  const issueTrigger = (userId: string, view?: string): string => {
    forget(state.triggers, realNow() - MEMORY_MS);
    const id = nextId("");
    // Of this app in this workspace alone: another's has another name, and is not known here.
    const owner = createHash("sha256").update([state.team.id, state.app.id, id].join(" "));
    const name = `${Number.parseInt(id, 36)}.${realNow()}.${owner.digest("hex").slice(0, 32)}`;
    state.triggers[name] = {
      user: userId,
      issuedAt: realNow(),
      exchanged: false,
      ...(view !== undefined && { view }),
    };
    return name;
  };

  /** Spends a trigger on what `open` does: each opens one view, within three seconds. */
  const exchangeTrigger = <T>(name: string, open: (trigger: Trigger) => T): T => {
    const trigger = Object.hasOwn(state.triggers, name) ? state.triggers[name] : undefined;
    if (trigger === undefined) throw new SlackRefusal("invalid_trigger_id");
    if (trigger.exchanged) throw new SlackRefusal("exchanged_trigger_id");
    if (realNow() - trigger.issuedAt > TRIGGER_LIFE_MS) {
      throw new SlackRefusal("expired_trigger_id");
    }
    const opened = open(trigger);
    state.triggers[name] = { ...trigger, exchanged: true };
    return opened;
  };

  const issueHook = (hook: Pick<ResponseHook, "user" | "channel" | "message">): string => {
    forget(state.hooks, now() - MEMORY_MS);
    const id = nextId("H");
    state.hooks[id] = { ...hook, issuedAt: now(), uses: 0 };
    return id;
  };

  /** Counts a use of a response_url: five, within half an hour. */
  const takeHook = (id: string): ResponseHook => {
    const hook = Object.hasOwn(state.hooks, id) ? state.hooks[id] : undefined;
    if (hook === undefined) throw new SlackRefusal("invalid_url");
    if (now() - hook.issuedAt > HOOK_LIFE_MS) throw new SlackRefusal("expired_url");
    if (hook.uses >= HOOK_USES) throw new SlackRefusal("used_url");
    state.hooks[id] = { ...hook, uses: hook.uses + 1 };
    return hook;
  };

  return { issueTrigger, exchangeTrigger, issueHook, takeHook };
}

function forget(all: Record<string, { readonly issuedAt: number }>, before: number): void {
  for (const [name, { issuedAt }] of Object.entries(all)) if (issuedAt < before) delete all[name];
}
