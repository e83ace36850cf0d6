// `npm run screenshots`: plays the scenario on the workspace page in a real Chromium, and takes the README's pictures of it.

import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Locator, Page } from "playwright-core";
import { loadAccessFile } from "../lib/policy/load-access-file.ts";
import { launchChromium } from "../local/page/chromium.ts";
import { openPage } from "../local/page/page.ts";
import { type Stack, startStack } from "../local/stack.ts";
import { smallPng } from "./small-png.ts";

const HELP = `Plays the scenario on the workspace page in a real Chromium, and takes the README's pictures of it.

  npm run screenshots                    into docs/pictures
  npm run screenshots -- --out DIR       into another directory, made if need be

Exit code: 0 all pictures are taken, 1 something did not show, 2 no such argument.`;

const ACCESS = fileURLToPath(new URL("../access.yml", import.meta.url));
const PICTURES = fileURLToPath(new URL("../docs/pictures", import.meta.url));
const WHOLE_PAGE = { width: 1440, height: 900 };
/** High enough for the panel down to the ConfigMap, and wide enough for its lines. */
const WHOLE_PANEL = { width: 1800, height: 1400 };
/** How long something may take to show; it is there long before. */
const PATIENCE_MS = 20_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const settings = readSettings(args);
  if ("message" in settings) {
    (settings.exitCode === 0 ? console.log : console.error)(settings.message);
    return settings.exitCode;
  }
  try {
    await mkdir(settings.out, { recursive: true });
    await onThePage((page) => takePictures(page, cameraInto(settings.out, page)));
    return 0;
  } catch (error) {
    console.error(`Not all pictures are taken: ${wordsOf(error)}`);
    return 1;
  }
}

function readSettings(
  args: readonly string[],
): { readonly out: string } | { readonly message: string; readonly exitCode: number } {
  try {
    const options = {
      help: { type: "boolean", short: "h", default: false },
      out: { type: "string", default: PICTURES },
    } as const;
    const { help, out } = parseArgs({ args: [...args], options }).values;
    if (help) return { message: HELP, exitCode: 0 };
    // npm runs this in the project; what is written on the command line is meant from where one stands.
    return { out: resolve(process.env["INIT_CWD"] ?? ".", out) };
  } catch (error) {
    return { message: `${wordsOf(error)}\n\n${HELP}`, exitCode: 2 };
  }
}

/** Opens the page on a stack of its own, at ten o'clock in London. */
async function onThePage(visit: (page: Page) => Promise<void>): Promise<void> {
  const closers: (() => Promise<unknown>)[] = [];
  try {
    console.log("Starting Latchkey and Chromium.");
    const stack = await startStack();
    closers.push(stack.close);
    moveToTenOClock(stack);
    stack.schedule.start();
    const onError = (error: unknown) => console.error(`the page: ${String(error)}`);
    const served = await openPage(stack, { policy: loadAccessFile(ACCESS), port: 0, onError });
    closers.push(served.close);
    const browser = await launchChromium();
    closers.push(() => browser.close());
    const page = await browser.newPage({
      viewport: WHOLE_PAGE,
      deviceScaleFactor: 2,
      colorScheme: "light",
      // What has just changed does not flash.
      reducedMotion: "reduce",
      locale: "en-GB",
      timezoneId: "Europe/London",
    });
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(served.url);
    await visit(page);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** The next one, so that the pictures differ from time to time by their date alone. */
function moveToTenOClock({ now, moveTo }: Stack): void {
  const tenMs = 10 * HOUR_MS;
  moveTo(Math.ceil((now() - tenMs) / DAY_MS) * DAY_MS + tenMs);
}

/** Takes a picture of what is named, with `room` pixels around it; of the whole page where nothing is. */
type Camera = (name: string, what?: readonly Locator[], room?: number) => Promise<void>;

function cameraInto(directory: string, page: Page): Camera {
  return async (name, what = [], room = 0) => {
    // Nothing is pointed at, and nothing has the keyboard.
    await page.mouse.move(0, 0);
    await page.evaluate("document.activeElement?.blur()");
    const boxes = await Promise.all(what.map((place) => place.boundingBox()));
    const picture = await page.screenshot({
      animations: "disabled",
      ...(what.length > 0 && {
        clip: around(
          boxes.filter((box) => box !== null),
          room,
        ),
      }),
    });
    const small = smallPng(picture);
    await writeFile(join(directory, `${name}.png`), small);
    console.log(`${name}.png, ${Math.round(small.length / 1000)} KB`);
  };
}

type Box = NonNullable<Awaited<ReturnType<Locator["boundingBox"]>>>;

/** In whole pixels, so that nothing of what is beside it shows. */
function around(boxes: readonly Box[], room: number): Box {
  const x = Math.ceil(Math.min(...boxes.map((box) => box.x)) - room);
  const y = Math.ceil(Math.min(...boxes.map((box) => box.y)) - room);
  const right = Math.floor(Math.max(...boxes.map((box) => box.x + box.width)) + room);
  const bottom = Math.floor(Math.max(...boxes.map((box) => box.y + box.height)) + room);
  return { x, y, width: right - x, height: bottom - y };
}

/** The story: Ada asks twice, Bob approves, and she gives one of the two back. */
async function takePictures(page: Page, take: Camera): Promise<void> {
  const { be, go, send, card, lastMessage, home, panel } = placesOn(page);

  await be("Ada");
  await send("The checkout pods restart every few minutes. I would like to have a look at them.");
  await send("/access web-pods-read 1h OPS-12 checkout pods restart");
  await sees(card(), "Pending");
  await be("Bob");
  await take("card-pending", [card()]);

  await press(card(), "Approve");
  await press(page.getByRole("alertdialog"), "Approve");
  await sees(card(), "Active");
  await send("Approved. Tell us what you find.");
  await sees(card(), "2 replies");
  await sees(panel(), /Ada Byrne.*Allowed.*list pods -n bttrm-web-proj-1-ns.*yes/s);
  await take("card-active", [card()]);
  await take("page");

  await be("Ada");
  await go("Messages");
  await sees(lastMessage(), "To use it");
  await take("direct-message", [lastMessage()]);

  await go("access-requests");
  await send("/access web-pods-mapping 30m a tool that cannot assume a role");
  await sees(card(), "by mapping");
  await be("Bob");
  await press(card(), "Approve");
  await press(page.getByRole("alertdialog"), "Approve");
  await sees(card(), "Active");
  await sees(panel(), /with keys of their own.*list pods -n bttrm-web-proj-1-ns.*yes/s);
  await sees(panel(), "lent by Latchkey");
  await press(panel(), "Close");
  await page.setViewportSize(WHOLE_PANEL);
  const section = (name: string) => panel().getByRole("region", { name, exact: true });
  await take("access-panel", [section("Access right now"), section("aws-auth")], -1);
  await page.setViewportSize(WHOLE_PAGE);

  await be("Ada");
  await press(card(), "End now");
  await press(page.getByRole("alertdialog"), "End now");
  await sees(card(), "Revoked");
  await send("/access web-release-debug 30m OPS-12 why the release restarts");
  await sees(card(), "debug a release");
  await go("Home");
  await sees(home(), /Pending.*Active.*Revoked/s);
  await take("app-home", [home().locator(".bk-blocks")], 14);
}

/** Where things are on the page, and how somebody gets about on it. */
function placesOn(page: Page) {
  const log = () => page.getByRole("log");
  const box = () => page.getByRole("textbox", { name: "Message #access-requests" });
  return {
    card: () => log().locator("li[data-ts]").filter({ hasText: "LK-" }).last(),
    lastMessage: () => log().locator("li[data-ts]").last(),
    home: () => page.getByRole("region", { name: "Latchkey's home" }),
    panel: () => page.getByRole("complementary", { name: "Access right now" }),
    be: (name: string) =>
      page.getByRole("radio", { name: new RegExp(name) }).check({ force: true }),
    go: (place: string) => press(page.getByRole("navigation"), place),
    async send(text: string) {
      await box().fill(text);
      await box().press("Enter");
      // What was sent has left the box.
      await box().and(page.locator(":placeholder-shown")).waitFor();
    },
  };
}

/** @throws Error that says what is not there */
async function press(place: Locator, button: string): Promise<void> {
  try {
    await place.getByRole("button", { name: button }).first().click();
  } catch (cause) {
    throw new Error(`there is no “${button}” to press`, { cause });
  }
}

/** @throws Error that says what did not show */
async function sees(place: Locator, words: string | RegExp): Promise<void> {
  try {
    await place.filter({ hasText: words }).first().waitFor();
  } catch (cause) {
    throw new Error(`${words} does not show`, { cause });
  }
}

/** The first line: what follows in Playwright's errors is its log. */
function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
