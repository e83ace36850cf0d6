// Visits to the workspace page in a real Chromium: each test has a stack, a page and a visitor of its own.

import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "@jest/globals";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { loadAccessFile } from "../../lib/policy/load-access-file.ts";
import { launchChromium } from "../../local/page/chromium.ts";
import { openPage } from "../../local/page/page.ts";
import { type Stack, startStack } from "../../local/stack.ts";

const ACCESS = fileURLToPath(new URL("../../access.yml", import.meta.url));
/** How long a test waits for something to show; it is there long before. */
const PATIENCE_MS = 15_000;

export interface Visit {
  readonly stack: Stack;
  readonly page: Page;
  /** Plays somebody, by their first name. */
  be(name: string): Promise<void>;
  /** Types into the message box of #access-requests and sends it. */
  send(text: string): Promise<void>;
  /** The card of the newest request in the channel. */
  card(): Locator;
  /** Clicks a button of a place, and in the dialog that asks once more its `yes`. */
  click(place: Locator, button: string | RegExp, yes?: string): Promise<void>;
  /** Waits until a place shows words. */
  sees(place: Locator, words: string | RegExp): Promise<void>;
  /** Waits until `look` answers so. */
  comes<T>(look: () => T | Promise<T>, expected: T): Promise<void>;
  /** The panel on the right. */
  access(): Locator;
}

/** Every test of the file visits anew. Whatever the page complains of in its console fails the test. */
export function visits(options: BrowserContextOptions = {}): Visit {
  let browser: Browser;
  let visit: Omit<Visit, "stack" | "page"> & { stack: Stack; page: Page };
  let close = async () => {};
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    const stack = await startStack();
    stack.schedule.start();
    const onError = (error: unknown) => void complaints.push(`the page's server: ${String(error)}`);
    const served = await openPage(stack, { policy: loadAccessFile(ACCESS), port: 0, onError });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => void complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    await page.goto(served.url);
    await page.getByRole("main").waitFor();
    visit = { stack, page, ...actionsOn(page) };
    close = async () => {
      await page.close();
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

function actionsOn(page: Page): Omit<Visit, "stack" | "page"> {
  const channel = page.getByRole("log", { name: "Messages: access-requests" });
  return {
    be: (name) => page.getByRole("radio", { name: new RegExp(name) }).check({ force: true }),
    async send(text) {
      const box = page.getByRole("textbox", { name: "Message #access-requests" });
      await box.fill(text);
      await box.press("Enter");
    },
    card: () => channel.locator("li[data-ts]").filter({ hasText: "LK-" }).last(),
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
    access: () => page.getByRole("complementary", { name: "Access right now" }),
  };
}
