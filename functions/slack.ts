// Answers Slack: verifies, records requests and decisions, and leaves everything slow to the others.

import { composeSlack } from "../lib/compose/slack.ts";

export const handler = composeSlack();
