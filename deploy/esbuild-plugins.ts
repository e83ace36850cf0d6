// What is put in the place of modules when the functions are bundled, so that they start fast and read no file.

import { builtinModules } from "node:module";
import { basename, extname } from "node:path";
import type { Plugin } from "esbuild";
import { loadAccessFile } from "../lib/policy/load-access-file.ts";
import { accessFile } from "./access-file.ts";

/**
 * Replaces lib/policy/compiled.ts by the policy itself: a function holds what its access.yml meant when it
 * was packaged, and carries neither a YAML parser nor a validator.
 */
export function compiledPolicy(accessFilePath: string): Plugin {
  return {
    name: "compiled-policy",
    setup(build) {
      build.onLoad({ filter: /[\\/]lib[\\/]policy[\\/]compiled\.ts$/ }, () => ({
        contents: `export const policy = ${JSON.stringify(loadAccessFile(accessFilePath))};`,
        loader: "js",
      }));
    },
  };
}

/**
 * Gives `@slack/bolt` as App and AwsLambdaReceiver alone. App imports the receivers that open servers and
 * sockets, to make one where none is given; ours is given, so they are left out, and Express, OAuth and
 * WebSockets with them. `@slack/types` is types, in fifty modules that hold nothing at run time.
 */
export const boltForLambda: Plugin = {
  name: "bolt-for-lambda",
  setup(build) {
    replaceModule(build, /^@slack\/bolt$/, "bolt-for-lambda", () => [
      `export { default as App } from "@slack/bolt/dist/App.js";`,
      `export { default as AwsLambdaReceiver } from "@slack/bolt/dist/receivers/AwsLambdaReceiver.js";`,
      `export { LogLevel } from "@slack/logger";`,
    ]);
    replaceModule(build, /^@slack\/types$/, "types-of-slack", () => ["module.exports = {};"]);
    replaceFile(build, "@slack/bolt/dist/receivers/(HTTP|SocketMode)Receiver\\.js", [
      `exports.default = class { constructor() { throw new Error("not in this bundle"); } };`,
    ]);
  },
};

/**
 * Lets the AWS SDK look for credentials and settings only where Lambda puts them, in the environment: no
 * files, SSO, subprocesses or instance metadata. Leaves out what takes it time before the first answer.
 */
export const awsSdkForLambda: Plugin = {
  name: "aws-sdk-for-lambda",
  setup(build) {
    const credentials = /^@aws-sdk\/credential-provider-node$/;
    replaceModule(build, credentials, "credentials-from-environment", () => [
      `export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";`,
    ]);
    replaceFile(build, "shared-ini-file-loader/loadSharedConfigFiles\\.js", [
      `export const CONFIG_PREFIX_SEPARATOR = ".";`,
      `export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
    ]);
    // DynamoDB's client can ask for its endpoint, which nobody wants, and brings a cache for the answers.
    const discovery = /^@aws-sdk\/middleware-endpoint-discovery$/;
    replaceModule(build, discovery, "no-endpoint-discovery", () => [
      `const unset = () => undefined;`,
      `export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS =`,
      `  { environmentVariableSelector: unset, configFileSelector: unset, default: undefined };`,
      `export const resolveEndpointDiscoveryConfig = (config) => config;`,
    ]);
    // In Node an answer is a Node stream. Merely to name ReadableStream makes Node load the web's streams.
    replaceFile(build, "serde/util-stream/stream-type-check\\.js", [
      `export const isReadableStream = () => false;`,
      `export const isBlob = () => false;`,
    ]);
  },
};

/**
 * Takes Node's own modules as CommonJS. Importing `node:http` as an ES module makes Node read every export
 * of it, `WebSocket` included, which loads all of undici: some 30 ms of a cold start.
 */
export const builtinsAsCommonJs: Plugin = {
  name: "builtins-as-commonjs",
  setup(build) {
    const names = builtinModules.filter((name) => !name.startsWith("_")).join("|");
    replaceModule(build, new RegExp(`^(node:.+|${names})$`), "builtin", (name) => [
      `module.exports = process.getBuiltinModule(${JSON.stringify(name)});`,
    ]);
  },
};

/** Names the parts of a bundle after its function, by which serverless-esbuild puts each in its own zip. */
export const partsByFunction: Plugin = {
  name: "parts-by-function",
  setup({ initialOptions }) {
    const [entry] = initialOptions.entryPoints as string[];
    if (entry === undefined) throw new TypeError("a bundle needs an entry");
    initialOptions.chunkNames = `${basename(entry, extname(entry))}.[name]-[hash]`;
  },
};

/** Puts `lines` in the place of the files whose path ends with `path`, a pattern with plain slashes. */
function replaceFile(
  build: Parameters<Plugin["setup"]>[0],
  path: string,
  lines: readonly string[],
): void {
  const filter = new RegExp(`[\\\\/]${path.replaceAll("/", "[\\\\/]")}$`);
  build.onLoad({ filter }, () => ({ contents: lines.join("\n"), loader: "js" }));
}

/** Puts `contents` in the place of what `specifier` names; it can import whatever its importer can. */
function replaceModule(
  build: Parameters<Plugin["setup"]>[0],
  specifier: RegExp,
  namespace: string,
  contents: (path: string) => readonly string[],
): void {
  build.onResolve({ filter: specifier }, ({ path, resolveDir }) => ({
    path,
    namespace,
    pluginData: resolveDir,
  }));
  build.onLoad({ filter: /.*/, namespace }, ({ path, pluginData }) => ({
    contents: contents(path).join("\n"),
    loader: "js",
    resolveDir: pluginData,
  }));
}

// biome-ignore lint/style/noDefaultExport: serverless-esbuild reads this one.
export default [
  compiledPolicy(accessFile(process.env)),
  boltForLambda,
  awsSdkForLambda,
  builtinsAsCommonJs,
  partsByFunction,
];
