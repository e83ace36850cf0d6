// Everything that Slack can call, registered: each unpacks what Slack sent, calls the broker, and answers. Nothing is decided here.

import type { App } from "@slack/bolt";
import { listenForRequests } from "./asking.ts";
import type { SlackPorts } from "./clicks.ts";
import { listenForDecisions } from "./deciding.ts";
import { listenInRequestForm } from "./filling.ts";
import { listenForEvents } from "./looking.ts";

export function listen(app: App, ports: SlackPorts): void {
  listenForRequests(app, ports);
  listenInRequestForm(app, ports);
  listenForDecisions(app, ports);
  listenForEvents(app, ports);
}
