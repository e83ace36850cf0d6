// A real Chromium: the one inside of the npm package @sparticuz/chromium on Linux, the machine's own Chrome elsewhere.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Browser, chromium, type LaunchOptions } from "playwright-core";

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/latchkey/", import.meta.url));
const PACKAGE = new URL("../../node_modules/@sparticuz/chromium/package.json", import.meta.url);
const UNPACK =
  'import chromium from "@sparticuz/chromium"; process.stdout.write(await chromium.executablePath());';

/** Starts a browser without a window. @throws Error that says what to install where there is none */
export async function launchChromium(): Promise<Browser> {
  if (process.platform !== "linux" || process.arch !== "x64") return launchMachinesOwn();
  const home = await unpacked();
  const env = { ...variables(), FONTCONFIG_FILE: await fontsOf(home) };
  const options: LaunchOptions = {
    executablePath: join(home, "chromium"),
    env,
    // Containers and CI run as root, and without the kernel's permission for Chromium's own sandbox. It
    // opens nothing but pages of this machine.
    args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
  };
  try {
    return await chromium.launch(options);
  } catch (error) {
    if (!/shared librar/.test(String(error))) throw error;
    // A bare machine: the package brings its libraries along.
    return chromium.launch({
      ...options,
      env: { ...env, LD_LIBRARY_PATH: join(home, "al2023", "lib") },
    });
  }
}

async function launchMachinesOwn(): Promise<Browser> {
  try {
    return await chromium.launch({ channel: "chrome" });
  } catch (cause) {
    throw new Error("There is no Chrome on this machine: https://www.google.com/chrome", { cause });
  }
}

/** Where Chromium lies unpacked: done once for each version, by whoever comes first. */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(await readFile(PACKAGE, "utf8")) as { readonly version: string };
  const home = join(CACHE, `chromium-${version}`);
  if (existsSync(home)) return home;
  await mkdir(CACHE, { recursive: true });
  const ours = await mkdtemp(join(CACHE, "unpacking-"));
  // It unpacks to the machine's temporary directory, and its libraries only where it believes to be on Lambda.
  const env = { ...variables(), TMPDIR: ours, AWS_LAMBDA_JS_RUNTIME: "nodejs22.x" };
  const flags = ["--input-type=module", "--eval", UNPACK];
  await promisify(execFile)(process.execPath, flags, { env, cwd: CACHE });
  await rename(ours, home).catch(() => rm(ours, { recursive: true }));
  return home;
}

/**
 * The package's own font stands for the system's, so that the page is laid out alike on every machine, and on
 * one without fonts at all; what it lacks comes from the machine.
 *
 * @returns the file that says so to fontconfig
 */
async function fontsOf(home: string): Promise<string> {
  const file = join(home, "fonts.conf");
  if (existsSync(file)) return file;
  const preferred = ["system-ui", "sans-serif"].map(
    (family) =>
      `<match target="pattern"><test name="family"><string>${family}</string></test>` +
      `<edit name="family" mode="prepend" binding="strong"><string>Open Sans</string></edit></match>`,
  );
  const ours = `${file}.${process.pid}`;
  await writeFile(
    ours,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<dir>${join(home, "fonts")}</dir><cachedir>${join(home, "fontconfig")}</cachedir>
${preferred.join("\n")}
</fontconfig>
`,
  );
  await rename(ours, file);
  return file;
}

function variables(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
