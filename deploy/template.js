// What serverless.yml takes from the code, as `${file(./deploy/template.js):…}`: roles and the table's shape.

import { loadAccessFile } from "../lib/policy/load-access-file.ts";
import { TABLE_DEFINITION, TTL_ATTRIBUTE } from "../lib/store/table.ts";
import { accessFile } from "./access-file.ts";
import { roles as rolesOf } from "./roles.ts";

/** The functions' roles for the access.yml that is being packaged. @throws Error that is all message. */
export async function roles({ resolveVariable }) {
  const names = {
    prefix: `${await resolveVariable("self:service")}-${await resolveVariable("sls:stage")}`,
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
