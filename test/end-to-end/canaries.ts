// What people type in the tests of leaks, and a stack in which it and every secret are searched for after each test.

import { afterEach, beforeAll, expect } from "@jest/globals";
import type { FIELDS } from "../../lib/slack/names.ts";
import { SECRETS_PARAMETER } from "../../local/functions.ts";
import { bodyText } from "../../local/slack/requests.ts";
import { found, leaksOf, type Output, secretsOf, typedLeaksOf } from "./outputs.ts";
import { stackForTests } from "./scene.ts";

/** What is typed into each field, and anywhere else; each of its own, and nowhere but in these tests. */
export const TYPED = {
  entitlement: "canary-entitlement",
  duration: "canary-duration",
  reason: "canary-reason",
  ticket: "OPS-7355608",
  denial: "canary-denial",
  noExtension: "canary-not-extended",
  /** Behind a word of the command, and into a menu that is searched. */
  sought: "canary-sought",
  /** `npm run end-all -- --why …` */
  why: "canary-why",
  refused: "canary-refused",
  forged: "canary-forged",
  malformed: "canary-malformed",
} as const satisfies Readonly<Record<keyof typeof FIELDS, string>> & Record<string, string>;

export const ASK = `web-pods-read 1h ${TYPED.ticket} ${TYPED.reason}`;

/** The signing secret that Slack's side of the stack signs with, and what comes after it and the token. */
export const SIGNING = "local-only-signing-secret";
export const NEXT_SIGNING = "canary-next-signing-secret";
export const NEXT_TOKEN = "xoxb-canary-next-token";
export const BROKEN_PARAMETER = '{"signingSecret": "canary-in-a-broken-parameter"';

const SECRETS = [SIGNING, NEXT_SIGNING, NEXT_TOKEN, "xoxb-local-not-a-secret", "canary-in-a-"];

/** A stack for a test file, with two signing secrets as during a rotation. */
export function searchedStack() {
  const outputs: Output[] = [];
  const heard: string[] = [];
  const stack = stackForTests({}, (output) => void outputs.push(output));

  /** As AWS keeps it. */
  const putSecrets = (value: string) =>
    stack().aws.putParameter({ name: SECRETS_PARAMETER, type: "SecureString", value });

  beforeAll(() => {
    stack().onRun((news) => {
      if (news.kind !== "begun") return;
      const body = bodyText(Object(news.event));
      heard.push(JSON.stringify(news.event), [...new URLSearchParams(body)].join("\n"));
    });
    const { botToken } = stack().workspace.state;
    putSecrets(JSON.stringify({ signingSecret: `${NEXT_SIGNING},${SIGNING}`, botToken }));
  });

  /** Where the outputs of the test under way begin. */
  let since = 0;
  afterEach(() => {
    stack().aws.faults.clear();
    stack().slackApi.faults.clear();
    stack().cluster.faults.clear();
    const own = outputs.slice(since);
    since = outputs.length;
    const leaks = [
      ...leaksOf(stack(), own),
      ...found(SECRETS, own),
      ...typedLeaksOf(Object.values(TYPED), own),
    ];
    expect(leaks).toEqual([]);
  });

  return {
    stack,
    putSecrets,
    /** All that the functions have put out. */
    outputs: outputs as readonly Output[],
    /** All that the functions were handed, as it came and as it reads. */
    heard: heard as readonly string[],
    /** What may be in no output and nowhere else. */
    secrets: () => [...SECRETS, ...secretsOf(stack())],
    /** The messages of the log. */
    messages: () =>
      outputs.flatMap(({ to, text }) =>
        to === "log" && text.startsWith("{") ? [String(JSON.parse(text).message)] : [],
      ),
  };
}
