// Visits to the workspace page in a real Chromium: each test has a stack, a page and a visitor of its own.

import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "@jest/globals";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import type { Grant } from "../../lib/grant/grant.ts";
import { loadAccessFile } from "../../lib/policy/load-access-file.ts";
import { lookAtAccess } from "../../local/page/access-part.ts";
import { launchChromium } from "../../local/page/chromium.ts";
import { openPage } from "../../local/page/page.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { bundledFunctions } from "../support/bundled-functions.ts";

const ACCESS = fileURLToPath(new URL("../../access.yml", import.meta.url));
/** How long a test waits for something to show; it is there long before. */
const PATIENCE_MS = 15_000;

/** Somebody before a screen of their own. */
export interface Visitor {
  readonly page: Page;
  /** Plays somebody, by their first name. */
  be(name: string): Promise<void>;
  /** Goes to a place in the list on the left: `Home`, `Messages`, `access-requests`. */
  go(place: string): Promise<void>;
  /** The messages of the place that is open. */
  messages(): Locator;
  /** The message box of #access-requests. */
  box(): Locator;
  /** Types into that message box and sends it. */
  send(text: string): Promise<void>;
  /** The card of the newest request in the channel. */
  card(): Locator;
  /** The form that is open. */
  form(): Locator;
  /** Chooses in a menu of the form. */
  choose(field: string | RegExp, option: string): Promise<void>;
  /** Clicks a button of a place, and in the dialog that asks once more its `yes`. */
  click(place: Locator, button: string | RegExp, yes?: string): Promise<void>;
  /** Waits until a place shows words. */
  sees(place: Locator, words: string | RegExp): Promise<void>;
  /** Waits until `look` answers so. */
  comes<T>(look: () => T | Promise<T>, expected: T): Promise<void>;
  /** The panel on the right. */
  access(): Locator;
  /** What the cluster answers there to a question of somebody's: a row. */
  canI(asker: string, question: string): Locator;
  /** The app's home. */
  home(): Locator;
  /** Jumps to the next end of something lent. */
  jump(): Promise<void>;
  /** Lets time pass at this speed. */
  speed(speed: "1×" | "60×"): Promise<void>;
  /** Switches something that can be made to fail, by a piece of its title. */
  turn(fault: string | RegExp, isOn: boolean): Promise<void>;
}

export interface Visit extends Visitor {
  readonly stack: Stack;
  /** The grants as the table has them, newest first. */
  grants(): Promise<readonly Grant[]>;
  /** Somebody else who looks at the same page, in a browser of their own. */
  another(): Promise<Visitor>;
  /** The page's server goes away; what this answers brings it back at the same address. */
  loseServer(): Promise<() => Promise<void>>;
}

/** Every test of the file visits anew. Whatever the page complains of in its console fails the test. */
export function visits(options: BrowserContextOptions = {}): Visit {
  let browser: Browser;
  let visit: Visit;
  let close = async () => {};
  const complaints: string[] = [];
  /** While the page's server is away, the browser may complain of that. */
  let isLost = false;

  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    // On a busy machine an answer takes longer than Slack waits; how long is measured elsewhere.
    const stack = await startStack({ functions: await bundledFunctions(), stopwatch: () => 0 });
    stack.schedule.start();
    const onError = (error: unknown) => void complaints.push(`the page's server: ${String(error)}`);
    const policy = loadAccessFile(ACCESS);
    const serve = (port: number) => openPage(stack, { policy, port, onError });
    let served = await serve(0);
    isLost = false;
    const pages: Page[] = [];
    const another = async (): Promise<Visitor> => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
      pages.push(page);
      page.setDefaultTimeout(PATIENCE_MS);
      page.on("pageerror", (error) => void complaints.push(String(error)));
      page.on("console", (message) => {
        if (message.type() !== "error") return;
        if (!isLost || !message.text().includes("net::ERR_")) complaints.push(message.text());
      });
      await page.goto(served.url);
      await page.getByRole("main").waitFor();
      return { page, ...actionsOn(page) };
    };
    const loseServer = async () => {
      isLost = true;
      await served.close();
      return async () => {
        served = await serve(served.port);
      };
    };
    const grants = async () => (await lookAtAccess(stack, policy)).grants;
    visit = { stack, grants, another, loseServer, ...(await another()) };
    close = async () => {
      for (const page of pages) await page.close();
      await served.close();
      await stack.close();
    };
  }, 60_000);
  afterEach(async () => {
    await close();
    expect(complaints.splice(0)).toEqual([]);
  }, 60_000);
  return new Proxy({} as Visit, { get: (_, name) => visit[name as keyof Visit] });
}

function actionsOn(page: Page): Omit<Visitor, "page"> {
  const channel = page.getByRole("log", { name: "Messages: access-requests" });
  const box = () => page.getByRole("textbox", { name: "Message #access-requests" });
  const form = () => page.getByRole("dialog");
  const access = () => page.getByRole("complementary", { name: "Access right now" });
  return {
    async be(name) {
      await page.getByRole("radio", { name: new RegExp(name) }).check({ force: true });
      await page
        .getByText(new RegExp(`^You are ${name}`))
        .first()
        .waitFor();
    },
    go: (place) =>
      page
        .getByRole("navigation", { name: "Channels and apps" })
        .getByRole("button", { name: place })
        .click(),
    messages: () => page.getByRole("log", { name: /^Messages: / }),
    box,
    async send(text) {
      await box().fill(text);
      await box().press("Enter");
    },
    card: () =>
      channel
        .locator("li[data-ts]")
        .filter({ hasText: "LK-", hasNotText: "Only visible to you" })
        .last(),
    form,
    async choose(field, option) {
      await form().getByRole("combobox", { name: field }).click();
      await form().getByRole("option", { name: option }).click();
    },
    async click(place, button, yes) {
      await place.getByRole("button", { name: button }).click();
      if (yes !== undefined)
        await page.getByRole("alertdialog").getByRole("button", { name: yes }).click();
    },
    sees: (place, words) => place.filter({ hasText: words }).first().waitFor(),
    async comes(look, expected) {
      const until = Date.now() + PATIENCE_MS;
      while (Date.now() < until && (await look()) !== expected) await page.waitForTimeout(100);
      expect(await look()).toEqual(expected);
    },
    access,
    canI: (asker, question) =>
      access()
        .getByRole("rowgroup")
        .filter({ hasText: asker })
        .getByRole("row")
        .filter({ hasText: question }),
    home: () => page.getByRole("region", { name: "Latchkey's home" }),
    jump: () =>
      page
        .locator(".st-bar")
        .getByRole("button", { name: /Jump to the end/ })
        .click(),
    // What it is set to comes back from the stack.
    async speed(speed) {
      await page.getByRole("radio", { name: speed }).click({ force: true });
      await page.getByRole("radio", { name: speed, checked: true }).waitFor({ state: "attached" });
    },
    async turn(fault, isOn) {
      await page.getByRole("button", { name: "Make something fail" }).click();
      await page.getByRole("switch", { name: fault, checked: !isOn }).click();
      await page.getByRole("switch", { name: fault, checked: isOn }).waitFor();
      await page.keyboard.press("Escape");
    },
  };
}
