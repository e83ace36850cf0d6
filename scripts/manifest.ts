// `npm run manifest -- --url https://…`: prints the Slack app's manifest, to create the app from.

import { parseArgs } from "node:util";
import { parseRequestUrl, slackManifest } from "../lib/slack/manifest.ts";

const HELP = `Prints the manifest of the Slack app, as JSON.

  npm run --silent manifest -- --url https://abc123.execute-api.us-east-2.amazonaws.com/slack/events

--url is the deployment's SlackRequestUrl; \`npx osls deploy\` prints it as its endpoint. Paste the manifest at
https://api.slack.com/apps › Create New App › From a manifest; for an app that exists, under
App Manifest. Slack wants the address verified: once Latchkey has the app's signing secret, press the
button that App Manifest (or Event Subscriptions) shows for it. Until then the App Home stays empty.

Exit code: 0 printed, 2 the address is missing or none.`;

try {
  const options = { help: { type: "boolean", short: "h" }, url: { type: "string" } } as const;
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(HELP);
  } else {
    if (values.url === undefined) throw new TypeError("--url is missing: where Slack shall call.");
    console.log(JSON.stringify(slackManifest(parseRequestUrl(values.url)), null, 2));
  }
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
  process.exitCode = 2;
}
