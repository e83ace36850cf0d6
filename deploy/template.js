// What serverless.yml takes from the code, as `${file(./deploy/template.js):…}`: roles, alarms, the dashboard and the table's shape.

import { didYouMean } from "../lib/policy/did-you-mean.ts";
import { loadAccessFile } from "../lib/policy/load-access-file.ts";
import { TABLE_DEFINITION, TTL_ATTRIBUTE } from "../lib/store/table.ts";
import { accessFile } from "./access-file.ts";
import { alarms as alarmsOf } from "./alarms.ts";
import { dashboard as dashboardOf } from "./dashboard.ts";
import { roles as rolesOf } from "./roles.ts";

const prefixOf = async (resolveVariable) =>
  `${await resolveVariable("self:service")}-${await resolveVariable("sls:stage")}`;

/** A parameter that is true or false, also as the command line says it. @throws Error that is all message. */
async function isOn(resolveVariable, parameter) {
  const said = String(await resolveVariable(`param:${parameter}`));
  if (said === "true" || said === "false") return said === "true";
  throw allMessage(`The parameter ${parameter} is "${said}". Write true or false.`);
}

/** The alarms, as resources of the template; none where nobody wants them. */
export async function alarms({ resolveVariable }) {
  if (!(await isOn(resolveVariable, "alarms"))) return { Resources: {} };
  const topic = await resolveVariable("param:alarmTopic");
  return { Resources: alarmsOf(await prefixOf(resolveVariable), topic) };
}

/** The dashboard, as a resource of the template; none where nobody wants it. */
export async function dashboard({ resolveVariable }) {
  if (!(await isOn(resolveVariable, "dashboard"))) return { Resources: {} };
  return { Resources: dashboardOf(await prefixOf(resolveVariable)) };
}

/** How many runs of revoke Lambda keeps free for it. NB. Not 0: with that it would never run. */
export async function revokeConcurrency({ resolveVariable }) {
  const said = String(await resolveVariable("param:revokeConcurrency"));
  if (said === "none") return { Ref: "AWS::NoValue" };
  if (/^[1-9][0-9]*$/.test(said)) return Number(said);
  throw allMessage(`The parameter revokeConcurrency is "${said}". Write a number from 1, or none.`);
}

/** Whether Lambda writes traces to X-Ray. */
export function tracing({ resolveVariable }) {
  return isOn(resolveVariable, "tracing");
}

/** osls takes one that is not there without a word, and leaves the right one at its default. @throws Error that is all message. */
async function refuseUnknownParameters({ options, resolveConfigurationProperty }) {
  const known = Object.keys(await resolveConfigurationProperty(["params", "default"]));
  for (const given of [options.param ?? []].flat()) {
    const [name] = given.split("=");
    if (known.includes(name)) continue;
    throw allMessage(`There is no parameter "${name}". ${didYouMean(name, known, "parameters")}`);
  }
}

/** The functions' roles for the access.yml that is being packaged. @throws Error that is all message. */
export async function roles(osls) {
  const { resolveVariable } = osls;
  await refuseUnknownParameters(osls);
  const prefix = await prefixOf(resolveVariable);
  const names = {
    prefix,
    tableName: prefix,
    slackSecretsParameter: await resolveVariable("param:slackSecretsParameter"),
    isTraced: await isOn(resolveVariable, "tracing"),
  };
  try {
    return rolesOf(loadAccessFile(accessFile(process.env)), names);
  } catch (error) {
    throw withoutStack(error);
  }
}

function allMessage(text) {
  return withoutStack(new Error(text));
}

/** osls shows an error's stack where it has one: of no use to whoever has to mend what they wrote. */
function withoutStack(error) {
  if (error instanceof Error) delete error.stack;
  return error;
}

export const table = { ...TABLE_DEFINITION, ttlAttribute: TTL_ATTRIBUTE };
