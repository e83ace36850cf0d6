// The dashboard as CloudWatch reads it: a body of JSON, in which every figure is one of this stack's.

import { describe, expect, it } from "@jest/globals";
import { dashboard, GRAPHS } from "../../deploy/dashboard.ts";

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title: string;
    readonly region: string;
    readonly metrics: readonly (readonly [...string[], { stat: string; label: string }])[];
  };
}

const resources = dashboard("latchkey-prod") as Readonly<
  Record<
    string,
    { Type: string; Properties: Record<"DashboardName" | "DashboardBody", { "Fn::Sub": string }> }
  >
>;
const { DashboardName, DashboardBody } = resources["Dashboard"]?.Properties ?? {};
/** As CloudFormation completes it. */
const body = (DashboardBody?.["Fn::Sub"] ?? "").replaceAll(`\${AWS::Region}`, "us-east-2");
const { widgets } = JSON.parse(body) as { widgets: readonly Widget[] };

describe("the dashboard", () => {
  it("is one resource, named after the stack and its region, as two regions are one in CloudWatch's list", () => {
    expect(Object.values(resources).map(({ Type }) => Type)).toEqual([
      "AWS::CloudWatch::Dashboard",
    ]);
    expect(DashboardName).toEqual({ "Fn::Sub": `latchkey-prod-\${AWS::Region}` });
  });

  it("leaves CloudFormation nothing else to complete", () => {
    expect(body).not.toContain("${");
  });

  it("shows all that somebody wants to see who runs it", () => {
    const shown = widgets.map(({ properties: { title, metrics } }) => [title, metrics.length]);
    expect(shown).toEqual([
      ["Requests and decisions", 4],
      ["Time to approve (seconds)", 2],
      ["Live grants", 1],
      ["Ends", 1],
      ["How late access is gone (seconds)", 4],
      ["Failures", 4],
      ["Drift", 3],
      ["Cold starts", 5],
      ["Slack says: too fast (429)", 2],
      ["Not told in Slack yet (seconds)", 1],
    ]);
  });

  it("draws this stack's metrics, each with its statistic and what it is in words", () => {
    const drawn = widgets.flatMap(({ properties }) => properties.metrics);
    expect(drawn).toHaveLength(GRAPHS.flatMap(({ lines }) => lines).length);
    for (const [namespace, metric, service, stack, dimension, name, options] of drawn) {
      expect([namespace, service, stack, dimension]).toEqual([
        "Latchkey",
        "service",
        "latchkey-prod",
        "function",
      ]);
      expect(metric).toMatch(/^[a-zA-Z]+$/);
      expect(name).toMatch(/^(slack|provision|revoke|announce|watch)$/);
      expect(options).toEqual({
        stat: expect.stringMatching(/^(Sum|Maximum|p\d\d)$/),
        label: expect.stringMatching(/\w/),
      });
    }
  });

  it("lies within CloudWatch's 24 columns, no graph upon another", () => {
    const places = new Set<string>();
    for (const { type, x, y, width, height, properties } of widgets) {
      expect([type, properties.region]).toEqual(["metric", "us-east-2"]);
      expect(x + width).toBeLessThanOrEqual(24);
      expect([x % width, y % height]).toEqual([0, 0]);
      places.add(`${x} ${y}`);
    }
    expect(places.size).toBe(widgets.length);
  });
});
