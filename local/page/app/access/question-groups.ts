// The questions to the cluster by whose they are, and the words for their answers.

import type { AccessPart, ClusterQuestion, RoleDecision } from "../../protocol.ts";
import type { Tone } from "./grant-words.ts";
import { lastPart, type NameOf } from "./names.ts";

const ASKED_WITH = "kubectl auth can-i ";

export interface QuestionGroup {
  readonly key: string;
  /** Who asks, and as what. */
  readonly title: string;
  readonly questions: readonly ClusterQuestion[];
}

/** In the order in which each first comes, but with the role before keys of their own: it is tried first. */
export function questionGroups(
  { questions, mayAssume }: Pick<AccessPart, "questions" | "mayAssume">,
  nameOf: NameOf,
): readonly QuestionGroup[] {
  const askers = Map.groupBy(questions, ({ slackUser }) => slackUser);
  const inOrder = [...askers.values()].flatMap((asked) => [
    ...asked.filter(({ as }) => as === "role"),
    ...asked.filter(({ as }) => as === "own keys"),
  ]);
  const groups = Map.groupBy(inOrder, ({ slackUser, as }) => `${slackUser} ${as}`);
  return [...groups].flatMap(([key, [first, ...rest]]) =>
    first === undefined
      ? []
      : [{ key, title: titleOf(first, mayAssume, nameOf), questions: [first, ...rest] }],
  );
}

function titleOf(
  { slackUser, as }: ClusterQuestion,
  mayAssume: readonly RoleDecision[],
  nameOf: NameOf,
): string {
  if (as === "own keys") return `${nameOf(slackUser)}, with keys of their own`;
  const role = mayAssume.find((decision) => decision.slackUser === slackUser)?.roleArn;
  return `${nameOf(slackUser)}, as ${role === undefined ? "the role" : lastPart(role)}`;
}

/** What is asked, without the words that all questions share. */
export function shortQuestion(command: string): string {
  return command.startsWith(ASKED_WITH) ? command.slice(ASKED_WITH.length) : command;
}

export function toneOfAnswer(answer: ClusterQuestion["answer"]): Tone {
  switch (answer) {
    case "yes":
      return "good";
    case "no":
      return "bad";
    case "unreachable":
      return "warn";
    case "unknown":
    case "no session":
      return "quiet";
    default:
      throw new TypeError(`unknown answer ${answer satisfies never}`);
  }
}
