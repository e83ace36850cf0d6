import { describe, expect, it } from "@jest/globals";
import {
  hueOf,
  initialsOf,
  isMember,
  markOf,
  userIn,
} from "../../../local/page/app/workspace/people.ts";
import { aSlack } from "./a-slack.ts";

const slack = aSlack();
const markFor = (id: string) => {
  const user = userIn(slack, id);
  return user && markOf(slack, user);
};

describe("people", () => {
  it("have the first letters of their first and last names", () => {
    expect(initialsOf("Ada Byrne")).toBe("AB");
    expect(initialsOf("Ana de la Cruz")).toBe("AC");
    expect(initialsOf("latchkey")).toBe("L");
    expect(initialsOf("")).toBe("");
  });

  it("have one hue each, of 360", () => {
    const hues = slack.users.map(({ id }) => hueOf(id));
    expect(hues).toEqual(slack.users.map(({ id }) => hueOf(id)));
    expect(hues.every((hue) => hue >= 0 && hue < 360)).toBe(true);
    expect(new Set(hues).size).toBe(slack.users.length);
  });

  it("are marked where they are no members", () => {
    expect(markFor("U0ADA")).toBeUndefined();
    expect(markFor("U0GUS")).toBe("guest");
    expect(markFor("U0EVE")).toBe("other workspace");
    expect(markFor("U0ZED")).toBe("deactivated");
  });

  it("have the app's home only as members of the workspace", () => {
    expect(isMember(slack, "U0GUS")).toBe(true);
    expect(isMember(slack, "U0EVE")).toBe(false);
    expect(isMember(slack, "U0NOBODY")).toBe(false);
  });
});
