// The alarms: whether those of the template are there, whether one is on, and whether anybody is told.

import { type MetricAlarm, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { alarms } from "../../deploy/alarms.ts";
import { about, type Finding } from "./finding.ts";
import { notSeen, type Patient, type Place } from "./patient.ts";

export async function examineAlarms({ clients, place }: Patient): Promise<readonly Finding[]> {
  const found = new Map<string, MetricAlarm>();
  try {
    const paging = { client: clients.cloudwatch };
    const asked = { AlarmNamePrefix: `${place.prefix}-` };
    for await (const { MetricAlarms = [] } of paginateDescribeAlarms(paging, asked)) {
      for (const alarm of MetricAlarms) found.set(alarm.AlarmName ?? "", alarm);
    }
  } catch (error) {
    return [notSeen("alarms", place.prefix, error)];
  }
  const wanted = alarmNames(place);
  const there = wanted.flatMap((name) => found.get(name) ?? []);
  if (there.length === 0) return [none(place)];
  const gone = wanted.filter((name) => !found.has(name));
  const on = there.filter(({ StateValue }) => StateValue === "ALARM");
  return [
    about("alarms", place.prefix).ok(`${there.length} of ${wanted.length} there, ${on.length} on`),
    ...(gone.length > 0 ? [missing(place, gone)] : []),
    ...on.map(isOn),
    ...examineListeners(place, there),
  ];
}

function alarmNames({ prefix }: Place): readonly string[] {
  type Alarm = { readonly Properties: { readonly AlarmName: string } };
  const resources = Object.values(alarms(prefix, "")) as readonly Alarm[];
  return resources.map(({ Properties }) => Properties.AlarmName);
}

function none(place: Place): Finding {
  return about("alarms", place.prefix).warning({
    code: "alarms-none",
    what: "there are no alarms",
    why: "Access that does not end is noticed only by who looks.",
    mend: `npx osls deploy --stage ${place.stage} --region ${place.region} --param="alarmTopic=<ARN of an SNS topic>"`,
  });
}

function missing(place: Place, names: readonly string[]): Finding {
  return about("alarms", names.length === 1 ? String(names[0]) : `${names.length} alarms`).problem({
    code: "alarm-missing",
    what: `not there: ${names.join(", ")}`,
    why: "What it would tell of is not noticed.",
    mend: `npx osls deploy --stage ${place.stage} --region ${place.region}`,
  });
}

/** NB. Each says in its description what it means and what to do first: deploy/alarms.ts. */
function isOn({ AlarmName = "", AlarmDescription = "" }: MetricAlarm): Finding {
  const sentences = AlarmDescription.split(/(?<=[.!?]) /);
  return about("alarms", AlarmName).problem({
    code: "alarm-on",
    what: "it is on",
    why: sentences[0] ?? "",
    mend: sentences.slice(1).join(" ") || "docs/operations.md",
  });
}

function examineListeners(place: Place, there: readonly MetricAlarm[]): readonly Finding[] {
  const silent = there.filter(
    ({ ActionsEnabled, AlarmActions = [] }) => !ActionsEnabled || AlarmActions.length === 0,
  );
  if (silent.length === 0) return [];
  const all = silent.length === there.length;
  return [
    about("alarms", all ? place.prefix : `${silent.length} alarms`).warning({
      code: "alarms-silent",
      what: `nobody is told when ${all ? "one" : "they"} ${all ? "goes" : "go"} off`,
      why: "They are there to be looked at, and nobody looks.",
      mend: `npx osls deploy --stage ${place.stage} --region ${place.region} --param="alarmTopic=<ARN of an SNS topic>"`,
    }),
  ];
}
