// The stage of the page: the clock, its speed and the next end, and the faults that are switched on.

import { randomUUID } from "node:crypto";
import type { Worker } from "../../lib/broker/ports.ts";
import { type Grant, wantsAccess } from "../../lib/grant/grant.ts";
import { createDynamoStore } from "../../lib/store/dynamo-store.ts";
import { dynamodbClient } from "../dynamodb.ts";
import type { Stack } from "../stack.ts";
import { createFaultSwitches } from "./faults.ts";
import type { ActAnswer, StageAct, StagePart } from "./protocol.ts";

export interface Stage {
  part(): Promise<StagePart>;
  /** Does at once what a visitor wants; where that cannot be, the answer says why. */
  act(act: StageAct): Promise<ActAnswer>;
}

export interface StageOptions {
  readonly stack: Stack;
  /** All grants, as they are now. */
  readonly grants: () => readonly Grant[] | Promise<readonly Grant[]>;
  /** Called where the part has changed: by an act, or because a fault has ended by itself. */
  readonly onChange: () => void;
}

/** How far behind an end the clock is moved: what is seen there is the end, and not that it is near. */
const JUST_AFTER_MS = 1_000;

export function createStage({ stack, grants, onChange }: StageOptions): Stage {
  const faults = createFaultSwitches(stack, onChange);
  const nextEndAt = async () => nextEndOf(await grants(), stack.now());

  async function jump(): Promise<ActAnswer> {
    const at = await nextEndAt();
    if (at === undefined) return { trouble: "Nothing is lent now, so there is no end to jump to." };
    await notePasses(stack.table, at);
    stack.advance(Math.max(0, at + JUST_AFTER_MS - stack.now()));
    void stack.schedule.tick();
    return {};
  }

  async function carryOut(act: StageAct): Promise<ActAnswer> {
    switch (act.do) {
      case "jump":
        return jump();
      case "speed":
        stack.setSpeed(act.speed);
        return {};
      case "fault":
        faults.turn(act.name, act.isOn);
        return {};
      default:
        throw new TypeError(`unknown act ${JSON.stringify(act satisfies never)}`);
    }
  }

  return {
    async part() {
      const at = await nextEndAt();
      return {
        now: stack.now(),
        speed: stack.speed(),
        ...(at !== undefined && { nextEndAt: at }),
        faults: faults.all(),
      };
    },
    async act(act) {
      const answer = await carryOut(act);
      if (answer.trouble === undefined) onChange();
      return answer;
    },
  };
}

/**
 * Notes of the time until `at` that every sweep was there: its passes are skipped, in which nothing would have
 * ended. Without a word of them watch would tell the admins that the sweeps had stopped.
 */
async function notePasses({ url, name }: Stack["table"], at: number): Promise<void> {
  const client = dynamodbClient(url);
  const store = createDynamoStore({ client, tableName: name, newId: randomUUID });
  const sweeps: readonly Worker[] = ["provision", "revoke", "announce"];
  const noted = Promise.all(sweeps.map((sweep) => store.noteFullPass(sweep, at)));
  await noted.finally(() => client.destroy());
}

/** The first end that is still to come of what is lent. */
function nextEndOf(grants: readonly Grant[], now: number): number | undefined {
  const ends = grants.flatMap((grant) => (wantsAccess(grant, now) ? [grant.window.expiresAt] : []));
  return ends.length === 0 ? undefined : Math.min(...ends);
}
