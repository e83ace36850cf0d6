// IAM and clusters in memory: every call takes its time and is counted, and nothing else happens there.

import { setTimeout as sleep } from "node:timers/promises";
import { GetGroupCommand, type IAMClient, RemoveUserFromGroupCommand } from "@aws-sdk/client-iam";
import type { Clusters } from "../lib/targets/aws-auth/cluster.ts";
import type { ConfigMapData } from "../lib/targets/aws-auth/config-map.ts";

/** The most members that IAM answers in one page. */
const PAGE = 1_000;

/** Members of IAM groups, by group: the name of each by its unique id. */
export type Members = ReadonlyMap<string, Map<string, string>>;

/** A client that knows what the room of IAM groups needs to take, answering after `latencyMs`. */
export function iamClient(members: Members, latencyMs: number, onCall: (action: string) => void) {
  const of = (group = "") => members.get(group) ?? fail(`no group ${group}`);
  const page = ({ GroupName = "", Marker = "0" }: GetGroupCommand["input"]) => {
    const from = Number(Marker);
    const all = [...of(GroupName)];
    const Users = all.slice(from, from + PAGE).map(([UserId, UserName]) => ({ UserId, UserName }));
    const IsTruncated = from + PAGE < all.length;
    const Group = { GroupName, Arn: `arn:aws:iam::111122223333:group/jit/${GroupName}` };
    return { Group, Users, IsTruncated, ...(IsTruncated && { Marker: String(from + PAGE) }) };
  };
  const remove = ({ GroupName, UserName }: RemoveUserFromGroupCommand["input"]) => {
    const group = of(GroupName);
    const [id] = [...group].find(([, name]) => name === UserName) ?? fail(`no ${UserName}`);
    group.delete(id);
    return {};
  };
  const send = async (command: unknown) => {
    onCall((command as object).constructor.name.replace("Command", ""));
    await sleep(latencyMs / 2);
    const answer =
      command instanceof GetGroupCommand
        ? page(command.input)
        : command instanceof RemoveUserFromGroupCommand
          ? remove(command.input)
          : fail("this IAM only reads groups and removes from them");
    await sleep(latencyMs / 2);
    return answer;
  };
  return { send } as unknown as IAMClient;
}

/** Clusters whose `aws-auth` is `texts`, by name, read and written within `latencyMs`. */
export function inMemoryClusters(
  texts: Map<string, ConfigMapData>,
  latencyMs: () => number,
  onCall: (action: "read" | "write" | "conflict") => void,
): Clusters {
  const versions = new Map<string, number>();
  const versionOf = (name: string) => String(versions.get(name) ?? 1);
  return async ({ name }) => ({
    mode: "CONFIG_MAP",
    async read() {
      onCall("read");
      await sleep(latencyMs() / 2);
      const data = texts.get(name) ?? fail(`no cluster ${name}`);
      const now = { uid: name, resourceVersion: versionOf(name), immutable: false, data };
      await sleep(latencyMs() / 2);
      return now;
    },
    async write(from, data) {
      await sleep(latencyMs() / 2);
      const isStale = from.resourceVersion !== versionOf(name);
      onCall(isStale ? "conflict" : "write");
      if (!isStale) {
        texts.set(name, data);
        versions.set(name, Number(from.resourceVersion) + 1);
      }
      await sleep(latencyMs() / 2);
      return isStale
        ? { status: "stale", problem: "somebody else was first" }
        : { status: "written" };
    },
    hasAccessEntry: async () => false,
  });
}

function fail(why: string): never {
  throw new Error(why);
}
