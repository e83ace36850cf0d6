// What a deployment sets up beside the functions: how the table is kept, room for revoke, and the alarms.

import { alarms } from "../deploy/alarms.ts";
import { TTL_ATTRIBUTE } from "../lib/store/table.ts";
import type { LocalAws } from "./aws/server.ts";
import { lambdaName } from "./functions.ts";
import { ACCOUNT, REGION } from "./scenario.ts";

/** What names begin with here, as with `latchkey-prod` on AWS. */
export const PREFIX = "latchkey";

const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:${PREFIX}-alarms`;

/** As serverless.yml has it. The alarms are quiet: nobody measures anything here. */
export function setUpAsDeployed(
  aws: Pick<LocalAws, "putTable" | "putAlarm" | "putConcurrency">,
  tableName: string,
): void {
  aws.putTable({
    name: tableName,
    timeToLive: TTL_ATTRIBUTE,
    pointInTimeRecovery: true,
    deletionProtection: true,
  });
  aws.putConcurrency({ limit: 1_000, reserved: { [lambdaName("revoke")]: 5 } });
  for (const { Properties } of Object.values(alarms(PREFIX, TOPIC)) as readonly Alarm[]) {
    const { AlarmName, AlarmDescription, AlarmActions } = Properties;
    aws.putAlarm({ name: AlarmName, description: AlarmDescription, actions: AlarmActions });
  }
}

/** What is looked at of an AWS::CloudWatch::Alarm. */
interface Alarm {
  readonly Properties: {
    readonly AlarmName: string;
    readonly AlarmDescription: string;
    readonly AlarmActions: readonly string[];
  };
}
