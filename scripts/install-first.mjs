// Runs before the scripts of package.json: installs the locked dependencies where they are missing or out of date.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const installed = `${root}node_modules/.package-lock.json`;
const upToDate =
  existsSync(installed) &&
  existsSync(`${root}node_modules/.bin/node`) &&
  statSync(installed).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs;

if (Number(process.versions.node.split(".")[0]) < 20) {
  console.error(
    `Latchkey needs Node 20 or newer; this is ${process.version}. Get it from nodejs.org.`,
  );
  process.exit(1);
}
if (!upToDate) {
  console.error("Installing dependencies (npm ci); this takes about a minute the first time …");
  const npm = process.env.npm_execpath;
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  // What npm says goes to stderr: stdout is the script's that follows, and may be JSON.
  const options = { cwd: root, stdio: ["inherit", 2, 2] };
  const result = npm
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
  if (result.status !== 0) {
    console.error(
      "`npm ci` failed; its output above says why. Mend that and run the command again.",
    );
    process.exit(1);
  }
}
