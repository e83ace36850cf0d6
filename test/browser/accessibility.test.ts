// The page for everybody: what axe finds, the keyboard alone, nothing that jumps, nothing wider than the screen.

import { describe, expect, it } from "@jest/globals";
import axe from "axe-core";
import type { Locator } from "playwright-core";
import { WEB_GROUP } from "../../local/scenario.ts";
import { visits } from "./visit.ts";

const ASK = "/access web-pods-read 1h OPS-12 checkout pods restart";

const visit = visits({ reducedMotion: "reduce" });

// --- What axe finds ---

/** Both schemes, and both widths: what colours depend on and what places depend on have nothing in common. */
const LOOKS = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 1920 },
] as const;

/** What is seriously wrong with the page as it stands, in each look: none of it may be. */
async function expectNoFindings(where: string): Promise<void> {
  const { page } = visit;
  for (const { colorScheme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    const { violations } = await page.evaluate<axe.AxeResults>(
      "axe.run({ resultTypes: ['violations'] })",
    );
    const serious = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    expect({ where, colorScheme, width, serious }).toEqual({
      where,
      colorScheme,
      width,
      serious: [],
    });
  }
}

describe("axe", () => {
  it("finds nothing serious, wherever somebody is", async () => {
    const { page, be, go, send, card, form, choose, click, sees, access, messages, home } = visit;
    await page.evaluate(axe.source);
    await expectNoFindings("the empty channel");

    await visit.box().fill("/");
    await expectNoFindings("the commands");
    await send("/access");
    await choose("What do you need?", "Web projects: read pods 1h");
    await click(form(), "Request");
    await sees(form(), "Please complete this required field");
    await form().getByRole("combobox", { name: "For how long?" }).click();
    await expectNoFindings("a form, with an error and an open menu");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await form().waitFor({ state: "detached" });

    await send(ASK);
    await be("Bob");
    await click(card(), /^Approve/);
    await expectNoFindings("a confirmation");
    await page.getByRole("alertdialog").getByRole("button", { name: "Approve" }).click();
    await sees(card(), "Active");
    await be("Ada");
    await go("Home");
    await sees(home(), "Active until");
    await expectNoFindings("the App Home");
    await go("Messages");
    await sees(messages(), "Active");
    await expectNoFindings("the messages");

    await go("access-requests");
    await click(card(), /repl(y|ies)/);
    await page.getByRole("region", { name: "Thread" }).waitFor();
    await access().locator("summary").first().click();
    await expectNoFindings("a thread, and a grant's history");
    await page.getByRole("button", { name: "Make something fail" }).click();
    await page.getByRole("switch", { name: "Slack is down" }).waitFor();
    await expectNoFindings("what can be made to fail");
  }, 120_000);
});

// --- The keyboard alone ---

/** Presses a key until `target` has the focus. */
async function walkTo(target: Locator, key = "Tab"): Promise<void> {
  const { keyboard } = visit.page;
  for (let presses = 0; presses < 80; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await keyboard.press(key);
  }
  throw new Error(`eighty times ${key} do not lead to ${String(target)}`);
}

describe("somebody without a mouse", () => {
  it("asks by the form, approves, and jumps to the end", async () => {
    const { stack, page, box, card, form, sees, comes } = visit;
    const { keyboard } = page;
    const hasFocus = (target: Locator) =>
      target.evaluate((element) => element === document.activeElement);
    await walkTo(box());
    await keyboard.type("/a");
    await keyboard.press("Enter");
    await comes(() => box().inputValue(), "/access ");
    await keyboard.press("Enter");
    await comes(() => hasFocus(form().getByRole("combobox", { name: "What do you need?" })), true);
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    const why = form().getByRole("textbox", { name: "Why?" });
    await why.waitFor();
    await walkTo(why);
    await keyboard.type("checkout pods restart");
    await walkTo(form().getByRole("button", { name: "Request" }));
    await keyboard.press("Enter");
    await sees(form(), "is requested");
    await keyboard.press("Escape");
    await form().waitFor({ state: "detached" });
    await comes(() => hasFocus(box()), true);

    await walkTo(page.getByRole("radio", { name: /Ada/ }), "Shift+Tab");
    await keyboard.press("ArrowDown");
    await sees(page.locator(".ws-try"), "You are Bob Lindqvist");
    await walkTo(card().getByRole("button", { name: /^Approve/ }));
    await keyboard.press("Enter");
    const yes = page.getByRole("alertdialog").getByRole("button", { name: "Approve" });
    await comes(() => hasFocus(yes), true);
    await keyboard.press("Escape");
    await yes.waitFor({ state: "detached" });
    expect(await hasFocus(card().getByRole("button", { name: /^Approve/ }))).toBe(true);
    await keyboard.press("Enter");
    await keyboard.press("Enter");
    await sees(card(), "Active");
    expect(stack.aws.iam.members(WEB_GROUP)).toEqual(["iam-bttrm-web-user-1"]);

    await walkTo(
      page.locator(".st-bar").getByRole("button", { name: /^Jump to the end/ }),
      "Shift+Tab",
    );
    await keyboard.press("Enter");
    await comes(() => stack.aws.iam.members(WEB_GROUP).length, 0);
    await sees(card(), "Expired");
  }, 60_000);
});

// --- What moves, and what does not fit ---

/** https://wicg.github.io/layout-instability/#sec-layout-shift */
interface LayoutShift extends PerformanceEntry {
  /** From 0 to 1: how much of the screen, and how far. */
  readonly value: number;
  readonly sources: readonly { readonly node: Node | null }[];
}

interface Jump {
  readonly value: number;
  readonly what: readonly string[];
}

/**
 * Has the browser write down what jumps; answers with what gives all of it, from when the page was opened on.
 * Messages that go up because others come below them are scrolled, and do not count.
 */
async function watchJumps(): Promise<() => Promise<readonly Jump[]>> {
  await visit.page.evaluate(() => {
    const jumps: Jump[] = [];
    Object.assign(window, { jumps });
    const jumped = ({ value, sources }: LayoutShift) => {
      const elements = sources.map(({ node }) =>
        node instanceof Element ? node : node?.parentElement,
      );
      const outside = elements.filter((element) => element && !element.closest("[role=log]"));
      const what = outside.map((element) => `${element?.tagName} ${element?.className}`);
      if (what.length > 0) jumps.push({ value, what });
    };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) jumped(entry as LayoutShift);
    }).observe({ type: "layout-shift", buffered: true });
  });
  return () => visit.page.evaluate(() => (window as unknown as { jumps: Jump[] }).jumps);
}

/** Nothing is wider than the place that it stands in. */
async function expectToFit(): Promise<void> {
  const { page } = visit;
  for (const width of [1024, 1280, 1920]) {
    await page.setViewportSize({ width, height: 800 });
    const tooWide = await page.evaluate(() =>
      [
        document.documentElement,
        ...document.querySelectorAll("main, aside, nav, header, [role=log]"),
      ]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ tagName, className }) => `${tagName} ${className}`),
    );
    expect({ width, tooWide }).toEqual({ width, tooWide: [] });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

describe("the layout", () => {
  it("stays where it is through way 1, and fits screens from 1024 to 1920 wide", async () => {
    const { be, go, send, card, click, sees, access, messages, home, jump } = visit;
    const jumps = await watchJumps();
    await send(ASK);
    await sees(card(), "Pending");
    await be("Bob");
    await click(card(), /^Approve/, "Approve");
    await sees(card(), "Active");
    await sees(access(), /Ada Byrne.*Allowed/s);
    await jump();
    await sees(card(), "Expired");
    await sees(access(), /Ada Byrne.*Denied/s);
    const seen = await jumps();
    const sum = seen.reduce((all, { value }) => all + value, 0);
    expect({ seen, isLittle: sum < 0.05 }).toEqual({ seen, isLittle: true });

    await expectToFit();
    await be("Ada");
    await go("Home");
    await sees(home(), "Expired");
    await expectToFit();
    await go("Messages");
    await sees(messages(), "Expired");
    await expectToFit();
  }, 60_000);
});
