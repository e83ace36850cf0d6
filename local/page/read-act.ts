// What a browser may ask for: an `Act` of the protocol, read from JSON, and nothing else.

import { z } from "zod";
import { type Act, FAULTS, SPEEDS } from "./protocol.ts";

/** What came is no act; the message says what is wrong with it. */
export class NoSuchAct extends Error {
  override readonly name = "NoSuchAct";
}

const plainText = z.strictObject({
  type: z.literal("plain_text"),
  text: z.string(),
  emoji: z.boolean().exactOptional(),
});

const option = z.strictObject({
  text: plainText,
  value: z.string().exactOptional(),
  url: z.string().exactOptional(),
  description: plainText.exactOptional(),
});

const entry = z.union([z.string(), z.number(), z.array(z.string()).readonly(), option, z.null()]);

const element = {
  place: z.union([
    z.strictObject({ channel: z.string(), ts: z.string() }),
    z.strictObject({ view: z.string() }),
  ]),
  blockId: z.string(),
  actionId: z.string(),
};

const person = { as: z.string() };

const ACT = z.discriminatedUnion("do", [
  z.strictObject({
    ...person,
    do: z.literal("command"),
    channel: z.string(),
    text: z.string().startsWith("/"),
  }),
  z.strictObject({
    ...person,
    do: z.literal("say"),
    channel: z.string(),
    text: z.string(),
    thread: z.string().exactOptional(),
  }),
  z.strictObject({ ...person, do: z.literal("shortcut"), callbackId: z.string() }),
  z.strictObject({ ...person, do: z.literal("open-home") }),
  z.strictObject({ ...person, do: z.literal("open-messages") }),
  z.strictObject({ ...person, ...element, do: z.literal("click") }),
  z.strictObject({ ...person, ...element, do: z.literal("choose"), entry }),
  z.strictObject({ ...person, ...element, do: z.literal("suggest"), query: z.string() }),
  z.strictObject({
    ...person,
    do: z.literal("submit"),
    view: z.string(),
    entries: z.record(z.string(), z.record(z.string(), entry)),
  }),
  z.strictObject({ ...person, do: z.literal("close"), view: z.string() }),
  z.strictObject({ do: z.literal("jump") }),
  z.strictObject({ do: z.literal("speed"), speed: z.literal(SPEEDS) }),
  z.strictObject({ do: z.literal("fault"), name: z.literal(FAULTS), isOn: z.boolean() }),
]);

/** `A`, where the two are the same; a compile error where they are not. */
type Same<A extends B, B extends C, C> = A;

/** The act that a request's body is. @throws NoSuchAct where it is none */
export function readAct(body: string): Same<Act, z.infer<typeof ACT>, Act> {
  const read = ACT.safeParse(parsed(body));
  if (read.success) return read.data;
  throw new NoSuchAct(`There is no such thing to do here.\n${z.prettifyError(read.error)}`);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new NoSuchAct("This is no JSON.", { cause });
  }
}
