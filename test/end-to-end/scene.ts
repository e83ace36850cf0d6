// What the end-to-end tests stand on: a running stack, what people do in it, and what can be seen of it from outside.

import { ScanCommand } from "@aws-sdk/client-dynamodb";
import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  DeleteGroupCommand,
  GetGroupCommand,
  IAMClient,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Grant } from "../../lib/grant/grant.ts";
import { type GrantId, parseGrantId } from "../../lib/grant/ids.ts";
import { ACTIONS, COMMAND } from "../../lib/slack/names.ts";
import { createDynamoStore } from "../../lib/store/dynamo-store.ts";
import { dynamodbClient } from "../../local/dynamodb.ts";
import { REGION } from "../../local/scenario.ts";
import type { Delivery } from "../../local/slack/people.ts";
import type { Entries } from "../../local/slack/person-forms.ts";
import { homeText, modalText, textOf } from "../../local/slack/render-text.ts";
import { bodyText } from "../../local/slack/requests.ts";
import type { SlackMessage, SlackView } from "../../local/slack/workspace-state.ts";
import { type Stack, type StackOptions, startStack } from "../../local/stack.ts";
import { bundledFunctions } from "../support/bundled-functions.ts";
import { leaksOf, listenTo, type Output, typedIn, typedLeaksOf } from "./outputs.ts";

export const ADA = "U0ADA";
export const DEE = "U0DEE";
export const BOB = "U0BOB";
export const LEE = "U0LEE";
export const CAT = "U0CAT";
export const EVE = "U0EVE";
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** Longer than any lease: what a dead worker held is free again. */
export const LEASE = 5 * MINUTE;

/**
 * One stack for a test file, started before and closed after. Nobody in it is in a hurry. Whatever the tests are
 * about, no secret may be in what its functions put out meanwhile, and nothing that people typed where it does not
 * belong; `onOutput` is told all of it too.
 */
export function stackForTests(
  { onLog = () => {}, ...options }: StackOptions = {},
  onOutput: (output: Output) => void = () => {},
): () => Stack {
  let stack: Stack | undefined;
  let hearNoMore = () => {};
  const outputs: Output[] = [];
  const put = (output: Output) => {
    outputs.push(output);
    onOutput(output);
  };
  const logged: NonNullable<StackOptions["onLog"]> = (name, text) => {
    put({ to: "log", text });
    onLog(name, text);
  };
  beforeAll(async () => {
    const functions = await bundledFunctions();
    const given = { functions, ...givenByEnvironment(), stopwatch: () => 0, ...options };
    stack = await startStack({ ...given, onLog: logged });
    hearNoMore = listenTo(stack, put);
  }, 60_000);
  afterAll(async () => {
    hearNoMore();
    await stack?.close();
    if (stack === undefined) return;
    expect([...leaksOf(stack, outputs), ...typedLeaksOf(typedIn(outputs), outputs)]).toEqual([]);
  });
  return () => {
    if (stack === undefined) throw new Error("the stack is not up yet");
    return stack;
  };
}

/** Software that someone else wrote in place of ours: `npm run test:emulators`. */
function givenByEnvironment(): StackOptions {
  const { LATCHKEY_TEST_DYNAMODB: dynamodbUrl, LATCHKEY_TEST_IAM: iamUrl } = process.env;
  const { LATCHKEY_TEST_FUNCTIONS: functions } = process.env;
  return {
    ...(iamUrl && { iamUrl }),
    ...(dynamodbUrl && { dynamodbUrl }),
    ...(functions === "packaged" && { functions }),
  };
}

const WHO_IS_UNKNOWN = "Slack did not say who";

/** `data` of the cluster's ConfigMap kube-system/aws-auth. */
export interface AwsAuth {
  readonly mapRoles: string;
  readonly mapUsers: string;
}

/** Everything that people do, each to the end of what it sets off. */
export function scene(stack: () => Stack) {
  const seen = onScreens(stack);
  const { cardMessage } = seen;
  const person = (who: string) => stack().people.as(who);

  /** Types `/access …`, and answers with the id of the request that was made. */
  const request = async (who: string, text: string): Promise<GrantId> => {
    return idIn(said(await patiently(who, () => done(person(who).command(COMMAND, text)))));
  };

  /** What somebody has done comes to its end; Slack showed them no error of the app. */
  const done = async <T extends Delivery>(act: Promise<T>): Promise<T> => {
    const delivery = await act;
    if (delivery.failure !== undefined) throw new Error(delivery.failure);
    await stack().settle();
    return delivery;
  };

  const click = (who: string, place: SlackMessage | SlackView, button: string) =>
    done(person(who).click(place, button));

  const approve = (who: string, id: GrantId) =>
    patiently(who, () => click(who, cardMessage(id), ACTIONS.approve));

  /**
   * Does as it is told where Slack was too slow to say who somebody is, as the emulated one may be on a machine
   * with much to do: tries again.
   */
  const patiently = async <T extends Delivery>(who: string, act: () => Promise<T>): Promise<T> => {
    for (let tries = 3; ; tries--) {
      const heard = stack().workspace.ephemeralsFor(who).length;
      const delivery = await act();
      const words = stack().workspace.ephemeralsFor(who).slice(heard).map(seen.shown);
      const isUnknown = [said(delivery), ...words].some((text) => text.includes(WHO_IS_UNKNOWN));
      if (!isUnknown || tries === 1) return delivery;
    }
  };

  /** A request that Bob has approved, up to the access. */
  const granted = async (who: string, text: string): Promise<GrantId> => {
    const id = await request(who, text);
    await approve(BOB, id);
    return id;
  };

  const grant = async (id: GrantId): Promise<Grant> => {
    const { url, name } = stack().table;
    const client = dynamodbClient(url);
    const store = createDynamoStore({ client, tableName: name, newId: () => "reader" });
    const stored = await store.load(id).finally(() => client.destroy());
    if (stored === undefined) throw new Error(`there is no ${id} in the table`);
    return stored.grant;
  };

  /** Waits for `work` while the stack's time flies, so that nobody sits out a pause. */
  const inNoTime = async <T>(work: Promise<T>): Promise<T> => {
    const timer = setInterval(() => stack().advance(2_000), 20);
    return work.finally(() => clearInterval(timer));
  };

  const awsAuthObject = () => {
    const object = stack().cluster.get("ConfigMap", "kube-system", "aws-auth");
    if (object === undefined) throw new Error("the cluster has no aws-auth");
    return object;
  };
  const awsAuth = () => awsAuthObject()["data"] as AwsAuth;

  return {
    inNoTime,
    /** The texts of the ConfigMap. */
    awsAuth,
    /** An administrator edits the ConfigMap by hand. */
    editAwsAuth(change: (data: AwsAuth) => Partial<AwsAuth>): void {
      const data = { ...awsAuth(), ...change(awsAuth()) };
      stack().cluster.put({ ...awsAuthObject(), data });
    },
    ...seen,
    person,
    request,
    approve,
    granted,
    click,
    /** Clicks what `place` showed when it was looked at, whatever stands there now. */
    clickLate: (who: string, place: SlackMessage | SlackView, button: string) =>
      done(person(who).click(place, button, { stale: true })),
    /** Clicks on the App Home; of several buttons of that kind the one of a grant. */
    clickHome: (who: string, button: string, id?: GrantId) =>
      done(person(who).clickHome(button, id === undefined ? {} : { value: id })),
    openHome: (who: string) => done(person(who).openHome()),
    /** Fills in the form on the screen and submits it. */
    submit: (who: string, entries: Entries = {}) =>
      done(person(who).submit(seen.form(who), entries)),
    endNow: (who: string, id: GrantId) => click(who, cardMessage(id), ACTIONS.end),
    grant,
    status: async (id: GrantId) => (await grant(id)).status,
    /** Some time passes, and the schedule's functions have run. */
    async later(ms: number): Promise<void> {
      stack().advance(ms);
      await stack().passes();
    },
    /** Moves the clock to the end of a grant's window and lets the schedule do the rest. */
    async pastTheEnd(id: GrantId): Promise<void> {
      const it = await grant(id);
      if (!("window" in it) || it.window === undefined) throw new Error(`${id} has no window`);
      if (it.window.expiresAt > stack().now()) stack().moveTo(it.window.expiresAt);
      await inNoTime(stack().passes());
      // What an announcer had no time for while it flew.
      await stack().invoke("announce", {});
    },
    /** How many rows the table has. */
    async rows(): Promise<number> {
      const client = dynamodbClient(stack().table.url);
      const { Count = 0 } = await client
        .send(new ScanCommand({ TableName: stack().table.name, Select: "COUNT" }))
        .finally(() => client.destroy());
      return Count;
    },
    ...iamByHand(stack),
  };
}

/** What people see of Latchkey in Slack. */
function onScreens(stack: () => Stack) {
  // What only keeps Slack from making a link of a name is not seen.
  const shown = (message: SlackMessage) =>
    textOf(stack().workspace, message).replaceAll("\u2060", "");
  const cards = (id: GrantId): readonly SlackMessage[] =>
    stack()
      .workspace.channelMessages("C0ACCESS")
      .filter((message) => message.thread_ts === undefined && shown(message).includes(id));
  const cardMessage = (id: GrantId): SlackMessage => {
    const newest = cards(id).at(-1);
    if (newest === undefined) throw new Error(`there is no card of ${id} in the channel`);
    return newest;
  };
  const messagesOn = (who: string, id: GrantId): readonly SlackMessage[] =>
    stack()
      .workspace.messagesFor(who)
      .filter((message) => shown(message).includes(id));
  const thread = (id: GrantId) => stack().workspace.thread(cardMessage(id));

  return {
    shown,
    /** Every card of a grant in the channel: where one is lost, there are more. */
    cards,
    /** The card of a grant, the newest. */
    cardMessage,
    card: (id: GrantId) => shown(cardMessage(id)),
    /** What there is to act upon in the card's thread, the latest. */
    inThread(id: GrantId): SlackMessage {
      const last = thread(id).findLast(({ blocks }) => blocks !== undefined);
      if (last === undefined) throw new Error(`nothing but lines in the thread of ${id}`);
      return last;
    },
    /** What the card's thread tells, a line each, without the times at their ends. */
    story: (id: GrantId): readonly string[] =>
      thread(id)
        .filter(({ blocks }) => blocks === undefined)
        .flatMap((message) => shown(message).split("\n"))
        .map((line) => line.replace(/ · [^·]+$/, "")),
    messagesOn,
    /** What the bot has written to somebody about a grant, oldest first. */
    messages: (who: string, id: GrantId): readonly string[] => messagesOn(who, id).map(shown),
    /** The latest message to somebody about a grant. */
    message(who: string, id: GrantId): SlackMessage {
      const last = messagesOn(who, id).at(-1);
      if (last === undefined) throw new Error(`${who} was told nothing of ${id}`);
      return last;
    },
    /** All that the bot has written to somebody, oldest first. */
    inbox: (who: string): readonly string[] => stack().workspace.messagesFor(who).map(shown),
    /** What was shown to nobody but `who`, the latest. */
    whispered: (who: string): string | undefined => {
      const last = stack().workspace.ephemeralsFor(who).at(-1);
      return last && shown(last);
    },
    /** The form on somebody's screen. */
    form(who: string): SlackView {
      const open = stack().workspace.openView(who);
      if (open === undefined) throw new Error(`${who} has no form open`);
      return open.view;
    },
    /** What somebody reads in that form; nothing where there is none. */
    screen(who: string): string {
      const open = stack().workspace.openView(who);
      return open === undefined ? "" : modalText(stack().workspace, open);
    },
    /** What somebody reads on the App Home. */
    home(who: string): string {
      const view = stack().workspace.home(who);
      if (view === undefined) throw new Error(`${who} has an empty App Home`);
      return homeText(stack().workspace, view);
    },
  };
}

/** The id of the grant that a text is about. */
export function idIn(text: string): GrantId {
  const id = /LK-\w{10}/.exec(text)?.[0];
  if (id === undefined) throw new Error(`that is about no grant: ${text}`);
  return parseGrantId(id);
}

/** What the app answered to a command. */
export function said(delivery: Delivery): string {
  const body = bodyText(delivery.answer);
  return body === "" ? "" : String((JSON.parse(body) as { text?: string }).text);
}

/** What an administrator sees and does in IAM, whoever's IAM it is. */
function iamByHand(stack: () => Stack) {
  const send = async <T>(ask: (iam: IAMClient) => Promise<T>): Promise<T> => {
    const credentials = stack().aws.credentials("admin");
    const iam = new IAMClient({ endpoint: stack().iamUrl, region: REGION, credentials });
    return ask(iam).finally(() => iam.destroy());
  };
  const place = (GroupName: string, UserName: string) => ({ GroupName, UserName });
  return {
    /** The names of a group's members. */
    members: (GroupName: string): Promise<readonly string[]> =>
      send(async (iam) => {
        const { Users = [] } = await iam.send(new GetGroupCommand({ GroupName }));
        return Users.map(({ UserName = "" }) => UserName);
      }),
    addByHand: (group: string, user: string) =>
      send((iam) => iam.send(new AddUserToGroupCommand(place(group, user)))),
    removeByHand: (group: string, user: string) =>
      send((iam) => iam.send(new RemoveUserFromGroupCommand(place(group, user)))),
    createGroup: (GroupName: string, Path = "/") =>
      send((iam) => iam.send(new CreateGroupCommand({ GroupName, Path }))),
    deleteGroup: (GroupName: string) =>
      send((iam) => iam.send(new DeleteGroupCommand({ GroupName }))),
  };
}

/** `it` for what only our own IAM can show: policies that are evaluated, quotas, and faults. */
export const itWithOurIam: typeof it | typeof it.skip =
  process.env["LATCHKEY_TEST_IAM"] === undefined ? it : it.skip;
if (itWithOurIam === it.skip) {
  process.stderr.write(
    "SKIPPED: what takes an IAM that evaluates policies and can be made to fail\n",
  );
}

/** `describe` for what takes functions that read access.yml: packaged ones have theirs compiled in. */
export const describeFromSource: typeof describe | typeof describe.skip =
  process.env["LATCHKEY_TEST_FUNCTIONS"] === "packaged" ? describe.skip : describe;
if (describeFromSource === describe.skip) {
  process.stderr.write(
    "SKIPPED: what takes another access.yml, as packages have theirs compiled in\n",
  );
}
