import { describe, expect, it } from "@jest/globals";
import {
  actOf,
  commandIn,
  commandsFor,
  completed,
} from "../../../local/page/app/workspace/completion.ts";
import { ACCESS_COMMAND } from "./a-slack.ts";

const COMMANDS = [ACCESS_COMMAND, { command: "/other", description: "Another", hint: "" }];
const IN_ACCESS = { channel: "C0ACCESS" };

describe("commandsFor", () => {
  it("has all commands for a slash, and those that begin with more", () => {
    expect(commandsFor("/", COMMANDS)).toEqual(COMMANDS);
    expect(commandsFor("/AC", COMMANDS)).toEqual([ACCESS_COMMAND]);
    expect(commandsFor("/access", COMMANDS)).toEqual([ACCESS_COMMAND]);
  });

  it.each(["", "access", " /", "/access ", "/nothing", "a /access"])("has none for %j", (text) => {
    expect(commandsFor(text, COMMANDS)).toEqual([]);
  });
});

describe("commandIn", () => {
  it("is the command behind which somebody types, from the space on", () => {
    expect(commandIn(completed(ACCESS_COMMAND), COMMANDS)).toBe(ACCESS_COMMAND);
    expect(commandIn("/access web-pods-read 1h\nwhy", COMMANDS)).toBe(ACCESS_COMMAND);
  });

  it.each(["/access", "/nothing 1h", "say /access 1h"])("is none in %j", (text) => {
    expect(commandIn(text, COMMANDS)).toBeUndefined();
  });
});

describe("actOf", () => {
  it("sends what begins with a slash as a command, whole", () => {
    expect(actOf("/access list ", IN_ACCESS)).toEqual({
      do: "command",
      channel: "C0ACCESS",
      text: "/access list",
    });
  });

  it("says everything else, in the thread if it is one", () => {
    expect(actOf(" /access list", IN_ACCESS)).toEqual({
      do: "say",
      channel: "C0ACCESS",
      text: "/access list",
    });
    expect(actOf("hello", { channel: "C0ACCESS", thread: "1.2" })).toEqual({
      do: "say",
      channel: "C0ACCESS",
      text: "hello",
      thread: "1.2",
    });
  });

  it("sends nothing where nothing is typed", () => {
    expect(actOf(" \n", IN_ACCESS)).toBeUndefined();
  });
});
