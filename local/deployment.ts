// The functions in the stack: put in their places, invoked, kicked, killed.

import type { LocalAws } from "./aws/server.ts";
import type { StackClock } from "./clock.ts";
import {
  FUNCTION_NAMES,
  type FunctionName,
  functionNamed,
  functionSeed,
  lambdaName,
} from "./functions.ts";
import { createRunner, type RunNews, type Runner } from "./lambda/runner.ts";
import { createListeners } from "./listeners.ts";

export interface DeploymentOptions {
  readonly aws: LocalAws;
  readonly clock: StackClock;
  readonly tableName: string;
  readonly slackApiUrl: string;
  /** Where IAM and STS answer. */
  readonly iamUrl: string;
  /** The module of each function. */
  readonly fileOf: (name: FunctionName) => string;
  /** Gives the functions their identities, with the permissions that an access.yml comes to. */
  readonly grantRoles: (accessFile: string) => void;
  readonly onLog: (name: FunctionName, line: string) => void;
}

/** What happens to a run, with the function by its name here. */
export type FunctionNews = RunNews & { readonly function: FunctionName };

export type Deployment = ReturnType<typeof createDeployment>;

/**
 * How much longer a run may take while the clock is fast: it reckons in the stack's time, in which half a
 * second would be all that an announcer has. No more than that, as a dead worker's leases last as long.
 */
const FAST_TIMEOUT_FACTOR = 4;

/** Functions that can be invoked once `deploy` has put them there. */
export function createDeployment(options: DeploymentOptions) {
  let current: Runner | undefined;
  let delivers = true;
  const news = createListeners<FunctionNews>();
  const runner = (): Runner => {
    if (current === undefined) throw new Error("no functions are deployed");
    return current;
  };
  options.aws.setRunner({
    has: (name) => runner().has(name),
    invoke: (name, event) => runner().invoke(name, event),
    kick: async (name, event) => (delivers ? runner().kick(name, event) : undefined),
  });
  return {
    /** Puts the functions in their places anew, under an access.yml. Whatever ran is ended. */
    async deploy(accessFile: string): Promise<void> {
      await current?.close();
      options.grantRoles(accessFile);
      current = runnerFor(options, accessFile, (each) =>
        news.tell({ ...each, function: functionNamed(each.functionName) }),
      );
      await current.warm();
    },
    /** Runs a function as Lambda does. Rejects where it throws, or is ended. */
    invoke: (name: FunctionName, event: unknown) => runner().invoke(lambdaName(name), event),
    /** As the schedule does: in its own time, and never rejects. */
    schedule: (lambda: string, event: unknown) => runner().kick(lambda, event),
    /** Ends a function, or one run of it, in the middle of what it does; gives how many runs that cut short. */
    kill: (name: FunctionName, requestId?: string) => runner().kill(lambdaName(name), requestId),
    /** While false, asynchronous invocations get lost: the schedule alone does the work. */
    deliverKicks(delivered: boolean): void {
      delivers = delivered;
    },
    /** Tells of every run from now on, in the moment it happens; gives what ends that. */
    onRun: news.listen,
    /** Waits until no function runs any more. */
    settle: () => runner().idle(),
    close: async () => current?.close(),
  };
}

function runnerFor(
  options: DeploymentOptions,
  accessFile: string,
  onRun: (news: RunNews) => void,
): Runner {
  const { aws, clock, iamUrl, fileOf, onLog, tableName, slackApiUrl } = options;
  const seeds = FUNCTION_NAMES.map((name) => {
    const environment = {
      ...aws.environment(lambdaName(name)),
      AWS_ENDPOINT_URL_IAM: iamUrl,
      AWS_ENDPOINT_URL_STS: iamUrl,
    };
    const place = { tableName, slackApiUrl, accessFile, environment };
    return [lambdaName(name), functionSeed(name, fileOf(name), place)] as const;
  });
  return createRunner({
    functions: Object.fromEntries(seeds),
    clock: clock.buffer,
    // As in serverless.yml: the schedule is the guarantee, so that a kick is not tried again.
    retryAfterMs: [],
    onLog: (name, line) => onLog(functionNamed(name), line),
    onRun,
    timeoutFactor: () => (clock.speed() === 1 ? 1 : FAST_TIMEOUT_FACTOR),
  });
}
