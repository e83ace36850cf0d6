import { describe, expect, it } from "@jest/globals";
import {
  channelsOf,
  type Place,
  placeAfterSwitch,
  placeFor,
  roomOf,
} from "../../../local/page/app/workspace/place.ts";
import { aSlack } from "./a-slack.ts";

const channel = (id: string): Place => ({ kind: "channel", channel: id });
const HOME: Place = { kind: "home" };
const MESSAGES: Place = { kind: "messages" };
const slack = aSlack();

describe("channelsOf", () => {
  it("has the channels that somebody is in: no archived ones, no direct messages", () => {
    expect(channelsOf(slack, "U0ADA").map(({ name }) => name)).toEqual([
      "access-requests",
      "web-team",
    ]);
    expect(channelsOf(slack, "U0EVE").map(({ name }) => name)).toEqual(["access-requests"]);
  });
});

describe("placeFor", () => {
  it("is the first channel, where nothing is wished for", () => {
    expect(placeFor(slack, "U0ADA", [undefined])).toEqual(channel("C0ACCESS"));
  });

  it("passes over a channel that somebody is not in", () => {
    expect(placeFor(slack, "U0EVE", [channel("C0WEB"), HOME])).toEqual(HOME);
    expect(placeFor(slack, "U0EVE", [channel("C0WEB")])).toEqual(channel("C0ACCESS"));
  });

  it("is the app's home for who is in no channel", () => {
    expect(placeFor(aSlack({ channels: [] }), "U0ADA", [channel("C0WEB")])).toEqual(HOME);
  });
});

describe("placeAfterSwitch", () => {
  it("stays in a channel that the next person is in as well", () => {
    expect(placeAfterSwitch(slack, "U0BOB", channel("C0WEB"), HOME)).toEqual(channel("C0WEB"));
  });

  it("goes where the next person was, from a channel that they are not in", () => {
    expect(placeAfterSwitch(slack, "U0EVE", channel("C0WEB"), MESSAGES)).toEqual(MESSAGES);
  });

  it("takes nobody into their own home or messages who has not been there", () => {
    expect(placeAfterSwitch(slack, "U0BOB", HOME, undefined)).toEqual(channel("C0ACCESS"));
    expect(placeAfterSwitch(slack, "U0BOB", MESSAGES, HOME)).toEqual(HOME);
  });
});

describe("roomOf", () => {
  it("has each person's own direct message behind Messages, once there is one", () => {
    expect(roomOf(slack, "U0ADA", MESSAGES)).toBe("D0ADA");
    expect(roomOf(slack, "U0EVE", MESSAGES)).toBeUndefined();
    expect(roomOf(slack, "U0ADA", HOME)).toBeUndefined();
    expect(roomOf(slack, "U0ADA", channel("C0WEB"))).toBe("C0WEB");
  });
});
