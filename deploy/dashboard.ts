// The dashboard: what people ask for and how it goes, drawn from the metrics that the functions publish.

import type { MetricName } from "../lib/broker/ports.ts";
import { NAMESPACE } from "../lib/metrics.ts";
import { UNTOLD_SECONDS } from "./alarms.ts";
import type { FunctionName } from "./roles.ts";

interface Line {
  readonly metric: MetricName;
  readonly of: FunctionName;
  readonly statistic: "Sum" | "Maximum" | "p50" | "p90" | "p99";
  readonly label: string;
}

interface Graph {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Five minutes unless said. */
  readonly periodSeconds?: number;
}

const line = (
  of: FunctionName,
  metric: MetricName,
  statistic: Line["statistic"],
  label: string,
): Line => ({ metric, of, statistic, label });

/** Three to a row. */
export const GRAPHS: readonly Graph[] = [
  {
    title: "Requests and decisions",
    lines: [
      line("slack", "requests", "Sum", "requested"),
      line("slack", "approvals", "Sum", "approved"),
      line("slack", "denials", "Sum", "denied"),
      line("revoke", "lapses", "Sum", "nobody decided"),
    ],
  },
  {
    title: "Time to approve (seconds)",
    lines: [
      line("slack", "approvalSeconds", "p50", "half of them within"),
      line("slack", "approvalSeconds", "p90", "nine of ten within"),
    ],
  },
  {
    title: "Live grants",
    lines: [line("watch", "liveGrants", "Maximum", "live grants")],
  },
  {
    title: "Ends",
    lines: [line("revoke", "ends", "Sum", "ended, and the access is gone")],
  },
  {
    title: "How late access is gone (seconds)",
    lines: [
      line("revoke", "endedLatenessSeconds", "p50", "half of them within"),
      line("revoke", "endedLatenessSeconds", "p99", "99 of 100 within"),
      line("revoke", "endedLatenessSeconds", "Maximum", "the latest"),
      line("watch", "oldestOverdueSeconds", "Maximum", "not gone yet, the oldest"),
    ],
  },
  {
    title: "Failures",
    lines: [
      line("provision", "failedGrants", "Sum", "could not be given"),
      line("revoke", "overdue", "Maximum", "overdue"),
      line("revoke", "poisonedRows", "Maximum", "rows that cannot be read"),
      line("slack", "refusedRequests", "Sum", "requests refused"),
    ],
  },
  {
    title: "Drift",
    lines: [
      line("watch", "drift", "Maximum", "access that no grant gives, or that is not there"),
      line("watch", "unlent", "Maximum", "members that Latchkey did not put there"),
      line("revoke", "conflicts", "Sum", "writes that met somebody else's"),
    ],
  },
  {
    title: "Cold starts",
    lines: [
      line("slack", "coldStarts", "Sum", "slack"),
      line("provision", "coldStarts", "Sum", "provision"),
      line("revoke", "coldStarts", "Sum", "revoke"),
      line("announce", "coldStarts", "Sum", "announce"),
      line("watch", "coldStarts", "Sum", "watch"),
    ],
  },
  {
    title: "Slack says: too fast (429)",
    lines: [
      line("announce", "slackLimits", "Sum", "announce"),
      line("slack", "slackLimits", "Sum", "slack"),
    ],
  },
  {
    title: "Not told in Slack yet (seconds)",
    lines: [line("announce", "oldestUntoldSeconds", "Maximum", "what waits longest")],
    periodSeconds: UNTOLD_SECONDS,
  },
];

// CloudWatch's grid is 24 wide.
const WIDTH = 8;
const HEIGHT = 6;

/** The AWS::CloudWatch::Dashboard resource of the stack `prefix`. */
export function dashboard(prefix: string): Readonly<Record<string, object>> {
  const widgets = GRAPHS.map((graph, index) => widgetOf(graph, index, prefix));
  return {
    Dashboard: {
      Type: "AWS::CloudWatch::Dashboard",
      Properties: {
        DashboardName: { "Fn::Sub": `${prefix}-\${AWS::Region}` },
        DashboardBody: { "Fn::Sub": JSON.stringify({ widgets }) },
      },
    },
  };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
function widgetOf({ title, lines, periodSeconds = 300 }: Graph, index: number, prefix: string) {
  return {
    type: "metric",
    x: (index % 3) * WIDTH,
    y: Math.floor(index / 3) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    properties: {
      title,
      region: `\${AWS::Region}`,
      view: "timeSeries",
      period: periodSeconds,
      yAxis: { left: { min: 0, showUnits: false } },
      metrics: lines.map(({ metric, of, statistic, label }) => [
        ...[NAMESPACE, metric, "service", prefix, "function", of],
        { stat: statistic, label },
      ]),
    },
  };
}
