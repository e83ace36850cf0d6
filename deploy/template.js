// What serverless.yml takes from the code, as `${file(./deploy/template.js):…}`: roles, alarms and the table's shape.

import { loadAccessFile } from "../lib/policy/load-access-file.ts";
import { TABLE_DEFINITION, TTL_ATTRIBUTE } from "../lib/store/table.ts";
import { accessFile } from "./access-file.ts";
import { alarms as alarmsOf } from "./alarms.ts";
import { roles as rolesOf } from "./roles.ts";

const prefixOf = async (resolveVariable) =>
  `${await resolveVariable("self:service")}-${await resolveVariable("sls:stage")}`;

/** The alarms, as resources of the template. */
export async function alarms({ resolveVariable }) {
  const topic = await resolveVariable("param:alarmTopic");
  return { Resources: alarmsOf(await prefixOf(resolveVariable), topic) };
}

/** The functions' roles for the access.yml that is being packaged. @throws Error that is all message. */
export async function roles({ resolveVariable }) {
  const names = {
    prefix: await prefixOf(resolveVariable),
    slackSecretsParameter: await resolveVariable("param:slackSecretsParameter"),
  };
  try {
    return rolesOf(loadAccessFile(accessFile(process.env)), names);
  } catch (error) {
    // osls shows an error's stack where it has one: of no use to whoever has to mend access.yml.
    if (error instanceof Error) delete error.stack;
    throw error;
  }
}

export const table = { ...TABLE_DEFINITION, ttlAttribute: TTL_ATTRIBUTE };
