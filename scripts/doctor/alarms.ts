// The alarms: whether those of the template are there, whether one is on, and whether anybody is told.

import { type MetricAlarm, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { adviceOf, alarms } from "../../deploy/alarms.ts";
import { deployCommand, type Known } from "./deploy-command.ts";
import { about, type Finding } from "./finding.ts";
import { notSeen, type Patient, type Place } from "./patient.ts";

const SOME_TOPIC = "<ARN of an SNS topic>";

export interface SeenAlarms {
  readonly findings: readonly Finding[];
  /** What they tell of how they were deployed. */
  readonly known: Known;
}

export async function examineAlarms(patient: Patient): Promise<SeenAlarms> {
  const { place } = patient;
  let found: ReadonlyMap<string, MetricAlarm>;
  try {
    found = await readAlarms(patient);
  } catch (error) {
    return { findings: [notSeen("alarms", place.prefix, error)], known: {} };
  }
  const wanted = alarmNames(place);
  const there = wanted.flatMap((name) => found.get(name) ?? []);
  if (there.length === 0) return { findings: [none(place)], known: {} };
  const known = { alarmTopic: there.flatMap(({ AlarmActions = [] }) => AlarmActions)[0] };
  const gone = wanted.filter((name) => !found.has(name));
  const on = there.filter(({ StateValue }) => StateValue === "ALARM");
  const findings = [
    about("alarms", place.prefix).ok(`${there.length} of ${wanted.length} there, ${on.length} on`),
    ...(gone.length > 0 ? [missing(place, known, gone)] : []),
    ...on.map((alarm) => isOn(place, alarm)),
    ...examineListeners(place, known, there),
  ];
  return { findings, known };
}

async function readAlarms({ clients, place }: Patient): Promise<ReadonlyMap<string, MetricAlarm>> {
  const found = new Map<string, MetricAlarm>();
  const paging = { client: clients.cloudwatch };
  const asked = { AlarmNamePrefix: `${place.prefix}-` };
  for await (const { MetricAlarms = [] } of paginateDescribeAlarms(paging, asked)) {
    for (const alarm of MetricAlarms) found.set(alarm.AlarmName ?? "", alarm);
  }
  return found;
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
    mend: deployCommand(place, { alarmTopic: SOME_TOPIC }),
  });
}

function missing(place: Place, known: Known, names: readonly string[]): Finding {
  return about("alarms", names.length === 1 ? String(names[0]) : `${names.length} alarms`).problem({
    code: "alarm-missing",
    what: `not there: ${names.join(", ")}`,
    why: "What it would tell of is not noticed.",
    mend: `${deployCommand(place, known)}. What was deleted by hand CloudFormation takes to be there: deploy with \`--param="alarms=false"\` first`,
  });
}

/** Nobody has to ask CloudWatch what an alarm means: deploy/alarms.ts says it, and docs/operations.md at length. */
function isOn({ prefix }: Place, { AlarmName = "" }: MetricAlarm): Finding {
  const name = AlarmName.slice(prefix.length + 1);
  const { means, doFirst } = adviceOf(name);
  return about("alarms", AlarmName).problem({
    code: "alarm-on",
    what: "it is on",
    why: means,
    mend: `${doFirst} See docs/operations.md#${name.toLowerCase()}`,
  });
}

function examineListeners(
  place: Place,
  known: Known,
  there: readonly MetricAlarm[],
): readonly Finding[] {
  const silent = there.filter(
    ({ ActionsEnabled, AlarmActions = [] }) => !ActionsEnabled || AlarmActions.length === 0,
  );
  if (silent.length === 0) return [];
  const [subject, when] = whichOf(place, silent, there);
  return [
    about("alarms", subject).warning({
      code: "alarms-silent",
      what: `nobody is told when ${when} off`,
      why: "They are there to be looked at, and nobody looks.",
      mend: silent.every(({ AlarmActions = [] }) => AlarmActions.length > 0)
        ? `aws cloudwatch enable-alarm-actions --region ${place.region} --alarm-names ${silent.map(({ AlarmName }) => AlarmName).join(" ")}`
        : deployCommand(place, { alarmTopic: known.alarmTopic ?? SOME_TOPIC }),
    }),
  ];
}

function whichOf(
  { prefix }: Place,
  silent: readonly MetricAlarm[],
  there: readonly MetricAlarm[],
): readonly [subject: string, when: string] {
  if (silent.length === there.length) return [prefix, "one goes"];
  if (silent.length > 1) return [`${silent.length} alarms`, "they go"];
  return [silent[0]?.AlarmName ?? "", "it goes"];
}
