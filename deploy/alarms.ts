// The alarms: what is measured, from where on it is wrong and why there, what it means and what to do first.

import type { MetricName } from "../lib/broker/ports.ts";
import { NAMESPACE } from "../lib/metrics.ts";
import type { FunctionName } from "./roles.ts";

/** From where on a figure is wrong, and what that means. */
interface Alarm {
  readonly measured: Figure;
  readonly statistic: "Sum" | "Minimum" | "Maximum";
  /** What is still right. */
  readonly threshold: number;
  /** Below it, for what should be there, is wrong; above it otherwise. */
  readonly wrong: "below" | "above";
  readonly periodSeconds: number;
  /** Periods in a row that must be wrong; one unless said. */
  readonly periods?: number;
  /** True only where there may be nothing to measure. Else, that nobody measures is the alarm. */
  readonly mayBeMissing?: true;
  readonly means: string;
  readonly doFirst: string;
}

/** A metric of CloudWatch, in the stack of some prefix. */
type Figure = (prefix: string) => {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
};

/** What one of our functions publishes. */
const ours =
  (of: FunctionName, metric: MetricName): Figure =>
  (prefix) => ({
    Namespace: NAMESPACE,
    MetricName: metric,
    Dimensions: [
      { Name: "service", Value: prefix },
      { Name: "function", Value: of },
    ],
  });

/** How much is in the queue of failed runs (serverless.yml). */
const failedRuns: Figure = (prefix) => ({
  Namespace: "AWS/SQS",
  MetricName: "ApproximateNumberOfMessagesVisible",
  Dimensions: [{ Name: "QueueName", Value: `${prefix}-failed` }],
});

/** What Slack was answered with 5xx: by the function, or by the gateway where that crashed, hung or was not let run. */
const errorsToSlack: Figure = () => ({
  Namespace: "AWS/ApiGateway",
  MetricName: "5xx",
  Dimensions: [{ Name: "ApiId", Value: { Ref: "HttpApi" } }],
});

/** A sweep is woken every minute, and one pass may take that long: of five, one at least is full. */
const SWEEP_SECONDS = 300;
/** Watch is woken every five minutes and starts when EventBridge likes: two periods hold one run for sure. */
const WATCH_SECONDS = 600;

/**
 * What Slack refuses for good is tried every 16 minutes in the end (lib/broker/tell-grant.ts), and no figure is
 * told of it in between: a period holds one try for sure, so that the alarm stays on.
 */
export const UNTOLD_SECONDS = 1_200;

const heartbeat = (
  of: FunctionName,
  periodSeconds: number,
  means: string,
  doFirst: string,
): Alarm => ({
  measured: ours(of, "heartbeat"),
  statistic: "Sum",
  threshold: 1,
  wrong: "below",
  periodSeconds,
  means,
  doFirst,
});

/** By the names that they have in the template. */
const ALARMS: Readonly<Record<string, Alarm>> = {
  RevokeHeartbeat: heartbeat(
    "revoke",
    SWEEP_SECONDS,
    "Revoke has not got through everything that is due for five minutes: access may not end.",
    "Look at its log for errors and timeouts, and whether its schedule is enabled and its concurrency used up.",
  ),
  ProvisionHeartbeat: heartbeat(
    "provision",
    SWEEP_SECONDS,
    "Provision has not got through everything that is approved for five minutes: people wait for access.",
    "Look at its log for errors and timeouts, and whether its schedule is enabled.",
  ),
  AnnounceHeartbeat: heartbeat(
    "announce",
    SWEEP_SECONDS,
    "Announce has not got through its outbox for five minutes: Slack may show what is no longer so.",
    "Look at its log: it crashes, runs out of time, or does not reach the table; and whether its schedule is enabled.",
  ),
  // Three times its period: one run that failed or came late is no alarm, two are.
  WatchHeartbeat: heartbeat(
    "watch",
    900,
    "Watch has not seen the table and every place for 15 minutes: what should not be there is not noticed.",
    "Look at its log for errors, and for places that it could not look at; let its role in there.",
  ),

  // Revoke tries again every two minutes at the latest, so that by five minutes it has failed at least twice.
  RevokeOverdue: {
    measured: ours("revoke", "oldestOverdueSeconds"),
    statistic: "Maximum",
    threshold: 300,
    wrong: "above",
    periodSeconds: SWEEP_SECONDS,
    means: "Somebody's access should have been over for more than five minutes and is not gone.",
    doFirst:
      "The card and the log of revoke say what is in the way. If it cannot wait, take the access away by hand.",
  },
  // One minute of the schedule and one of a pass that was busy: what is later was held up by something.
  RevokeLateness: {
    measured: ours("revoke", "endedLatenessSeconds"),
    statistic: "Maximum",
    threshold: 120,
    wrong: "above",
    periodSeconds: SWEEP_SECONDS,
    // Where nothing ended nothing was late; that nobody looks shows in the heartbeat.
    mayBeMissing: true,
    means: "Access was gone more than two minutes after its time. It is gone now.",
    doFirst:
      "Look in the history of the grants that ended then for what was tried again, and in revoke's log.",
  },
  // The minimum, of a pass a minute: what one leaves overdue the next may end, what all leave is stuck.
  RevokeStuck: {
    measured: ours("revoke", "overdue"),
    statistic: "Minimum",
    threshold: 0,
    wrong: "above",
    periodSeconds: SWEEP_SECONDS,
    means: "For five minutes no pass has been without a grant that is overdue: something is stuck.",
    doFirst: "The log of revoke names the grants, and each grant's card what is in the way.",
  },
  // Not one is right: it keeps the access that it lends from ending.
  RevokePoisonedRows: {
    measured: ours("revoke", "poisonedRows"),
    statistic: "Maximum",
    threshold: 0,
    wrong: "above",
    periodSeconds: SWEEP_SECONDS,
    means: "A row of the table cannot be read, so that what it lends does not end.",
    doFirst:
      "The log names the row. Deploy the release that wrote it, or mend it; see to its access by hand.",
  },
  // One now and then is two workers that meet, or somebody at kubectl; so many for so long is a fight.
  RevokeConflicts: {
    measured: ours("revoke", "conflicts"),
    statistic: "Sum",
    threshold: 50,
    wrong: "above",
    periodSeconds: SWEEP_SECONDS,
    periods: 3,
    means: "For 15 minutes many of revoke's writes have met somebody else's in the same place.",
    doFirst:
      "Find out who else writes aws-auth all the time (the cluster's audit log), or runs a second broker.",
  },

  // A single 429 is over within a minute or two, and so is most of what goes wrong at Slack.
  AnnounceUntold: {
    measured: ours("announce", "oldestUntoldSeconds"),
    statistic: "Maximum",
    threshold: 600,
    wrong: "above",
    periodSeconds: UNTOLD_SECONDS,
    means: "For more than ten minutes Slack has not taken what somebody was to be told.",
    doFirst:
      "The log of announce names the grants and what Slack says: a bad token, a channel without the app, or Slack is down.",
  },

  // Counted by another function from the same table: it holds also where revoke does not run or is wrong.
  WatchOverdue: {
    measured: ours("watch", "oldestOverdueSeconds"),
    statistic: "Maximum",
    threshold: 300,
    wrong: "above",
    periodSeconds: WATCH_SECONDS,
    means:
      "By the table, somebody's access should have been over for more than five minutes and is not closed.",
    doFirst:
      "As for revoke's own alarm. If that one is silent, revoke does not see the grant: look at its log.",
  },
  // Two looks agree on each, and nobody is meant to have any of it.
  WatchDrift: {
    measured: ours("watch", "drift"),
    statistic: "Maximum",
    threshold: 0,
    wrong: "above",
    periodSeconds: WATCH_SECONDS,
    means:
      "There is access under Latchkey's mark that no grant gives, or a grant whose access is not there.",
    doFirst: "The admins have a message in Slack that names each, and says what to do.",
  },
  WatchStoppedSweeps: {
    measured: ours("watch", "stoppedSweeps"),
    statistic: "Maximum",
    threshold: 0,
    wrong: "above",
    periodSeconds: WATCH_SECONDS,
    means: "By the table, a sweep has not got through everything for more than five minutes.",
    doFirst: "The message in Slack names it. Look at that function's log and its schedule.",
  },

  // One answer that failed may be a moment's; whoever met it tries again.
  SlackErrors: {
    measured: errorsToSlack,
    statistic: "Sum",
    threshold: 1,
    wrong: "above",
    periodSeconds: 900,
    // Where nobody clicks nothing is measured.
    mayBeMissing: true,
    means: "Slack was answered with an error more than once in 15 minutes: people click in vain.",
    doFirst:
      "Look at the log of slack: it cannot read the secrets, does not reach the table, or crashes.",
  },
  // People who click meet one each; whoever only scans the internet signs nothing.
  SlackRefused: {
    measured: ours("slack", "refusedRequests"),
    statistic: "Sum",
    threshold: 2,
    wrong: "above",
    periodSeconds: 900,
    mayBeMissing: true,
    means:
      "More than twice in 15 minutes a request was refused that was signed like Slack's: with another secret than is stored, or by another workspace or app.",
    doFirst:
      "Look at the log of slack for `request refused`. If nobody can ask for anything, the stored signing secret is not the app's: store it. Else somebody is trying to get in.",
  },
  FailedRuns: {
    measured: failedRuns,
    statistic: "Maximum",
    threshold: 0,
    wrong: "above",
    periodSeconds: 300,
    // SQS measures a queue only while it is used.
    mayBeMissing: true,
    means:
      "A run of a function failed, or was dropped because there was no room for it. The next minute did its work.",
    doFirst:
      "Read the messages of the queue: each holds the event and the error. Mend the cause, then purge the queue: until then this alarm stays on.",
  },
};

/** What the alarm of that name (`RevokeHeartbeat`) means, and what to do first. @throws where there is none. */
export function adviceOf(name: string): Pick<Alarm, "means" | "doFirst"> {
  const alarm = ALARMS[name];
  if (alarm === undefined) throw new Error(`there is no alarm ${name}`);
  return alarm;
}

/** The AWS::CloudWatch::Alarm resources of the stack `prefix`. `topic`: an SNS topic's ARN, or "". */
export function alarms(prefix: string, topic: string): Readonly<Record<string, object>> {
  const actions = topic === "" ? {} : { AlarmActions: [topic], OKActions: [topic] };
  return Object.fromEntries(
    Object.entries(ALARMS).map(([name, alarm]) => [
      `${name}Alarm`,
      {
        Type: "AWS::CloudWatch::Alarm",
        Properties: { AlarmName: `${prefix}-${name}`, ...propertiesOf(alarm, prefix), ...actions },
      },
    ]),
  );
}

function propertiesOf(alarm: Alarm, prefix: string) {
  const { measured, statistic, threshold, wrong, periodSeconds, periods, mayBeMissing } = alarm;
  return {
    AlarmDescription: `${alarm.means} ${alarm.doFirst}`,
    ...measured(prefix),
    Statistic: statistic,
    Period: periodSeconds,
    EvaluationPeriods: periods ?? 1,
    ComparisonOperator: wrong === "below" ? "LessThanThreshold" : "GreaterThanThreshold",
    Threshold: threshold,
    TreatMissingData: mayBeMissing ? "notBreaching" : "breaching",
  };
}
