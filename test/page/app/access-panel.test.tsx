import { describe, expect, it } from "@jest/globals";
import { AccessPanel } from "../../../local/page/app/access/access-panel.tsx";
import { StageBar } from "../../../local/page/app/stage/stage-bar.tsx";
import { html } from "./slack-page.tsx";

/** The headings with their levels, in order. */
function headingsIn(page: string): readonly string[] {
  return [...page.matchAll(/<(h\d)[^>]*>(.*?)<\/h\d>/g)].map(
    ([, level, inner = ""]) => `${level} ${inner.replace(/<[^>]*>/g, "")}`,
  );
}

describe("the page but for Slack", () => {
  it("has its sections always in the same order, below one title", () => {
    const page = html(
      <>
        <StageBar />
        <AccessPanel />
      </>,
    );
    expect(headingsIn(page).filter((heading) => !heading.startsWith("h3"))).toEqual([
      "h1 Latchkey",
      "h2 What to do next",
      "h2 Access right now",
      "h2 kubectl auth can-i",
      "h2 aws-auth",
      "h2 Grants",
      "h2 What the functions did",
    ]);
  });

  it("has one bar on top, with every control of the stage", () => {
    const bar = html(<StageBar />);
    expect(bar).toMatch(/^<header/);
    for (const words of [
      "connected",
      "60×",
      "Jump to the end of the window",
      "Make something fail",
    ]) {
      expect(bar).toContain(words);
    }
  });
});
