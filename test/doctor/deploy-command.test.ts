import { describe, expect, it } from "@jest/globals";
import { deployCommand } from "../../scripts/doctor/deploy-command.ts";
import { placeOnAws } from "../../scripts/doctor/patient.ts";

const TOPIC = "arn:aws:sns:us-east-2:111122223333:latchkey-alarms";
const OTHERS = "    # and every other --param that you deploy with";

describe("the command that deploys again", () => {
  it("says that what is left out has its default again", () => {
    expect(deployCommand(placeOnAws("prod", "us-east-2", "/latchkey/slack"))).toBe(
      `npx osls deploy --stage prod --region us-east-2${OTHERS}`,
    );
  });

  it("keeps the alarms telling whom they tell, and the secrets where they are", () => {
    const place = placeOnAws("dev", "eu-west-1", "/team/slack");
    expect(deployCommand(place, { alarmTopic: TOPIC })).toBe(
      `npx osls deploy --stage dev --region eu-west-1 --param="alarmTopic=${TOPIC}" --param="slackSecretsParameter=/team/slack"${OTHERS}`,
    );
  });
});
