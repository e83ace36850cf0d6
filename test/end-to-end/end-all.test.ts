// `npm run end-all`: what it ends, what it leaves, and what it says.

import { expect, it } from "@jest/globals";
import type { ActiveGrant } from "../../lib/grant/grant.ts";
import type { GrantId } from "../../lib/grant/ids.ts";
import { endAll } from "./run-end-all.ts";
import { ADA, DEE, scene, stackForTests } from "./scene.ts";

const stack = stackForTests();
const { awsAuth, card, grant, granted, inNoTime, members, messages, request, status } =
  scene(stack);

it("ends all that lives within a pass, and leaves what nobody has decided", async () => {
  const group = await granted(ADA, "web-pods-read 1h OPS-1 somebody looks");
  const mapping = await granted(DEE, "web-pods-mapping 30m somebody looks");
  const pending = await request(ADA, "web-release-debug 1h OPS-1 nobody has decided");
  const place = ["--table", stack().table.name, "--region", "us-east-2"];

  const wouldEnd = await endAll(stack(), ...place);
  expect(wouldEnd).toMatchObject({
    code: 0,
    said: expect.stringContaining("2 grants would end"),
  });
  const until = async (id: GrantId) => {
    const { window } = (await grant(id)) as ActiveGrant;
    return `${new Date(window.expiresAt).toISOString().slice(0, 16)}Z`;
  };
  // The list to work from by hand: what ends first at the top.
  expect(wouldEnd.said.split("\n").slice(0, 4)).toEqual([
    `${mapping}  ${DEE}  web-pods-mapping  active, until ${await until(mapping)}`,
    expect.stringMatching(
      /^ {4}kubectl edit configmap aws-auth .*iam-bttrm-web-user-2 in mapUsers/,
    ),
    `${group}  ${ADA}  web-pods-read  active, until ${await until(group)}`,
    expect.stringMatching(
      /^ {4}aws iam remove-user-from-group --group-name iam-bttrm-web-ro-group --user-name iam-bttrm-web-user-1 /,
    ),
  ]);
  expect(await status(group)).toBe("active");

  const ended = await endAll(stack(), ...place, "--why", "incident 42");
  expect(ended).toMatchObject({ code: 0, said: expect.stringContaining("2 of 2 grants") });
  expect(ended.said).not.toContain("kubectl");
  // Until revoke has been there it is still to be taken.
  const ending = await endAll(stack(), ...place);
  expect(ending.said).toContain("0 grants would end. 2 are ending already.");
  expect(ending.said).toContain(`${group}  ${ADA}  web-pods-read  revoking, to be gone since `);
  expect(ending.said.match(/aws iam remove-user-from-group|kubectl edit/g)).toHaveLength(2);
  await inNoTime(stack().passes());
  await stack().passes();
  expect([await status(group), await status(mapping), await status(pending)]).toEqual([
    "ended",
    "ended",
    "pending",
  ]);
  expect(await members("iam-bttrm-web-ro-group")).toEqual([]);
  expect(awsAuth().mapUsers).not.toContain("iam-bttrm-web-user-2");
  expect(card(group)).toContain("incident 42");
  expect(messages(ADA, group).at(-1)).toContain("incident 42");
  expect(await endAll(stack(), ...place, "--why", "again")).toMatchObject({
    said: expect.stringContaining("0 of 0 grants"),
  });
});

it("says what it lacks, and that it could not look", async () => {
  expect(await endAll(stack())).toMatchObject({
    code: 2,
    said: expect.stringContaining("--stage"),
  });
  expect(await endAll(stack(), "--table", "none", "--why", " ")).toMatchObject({ code: 2 });
  expect(await endAll(stack(), "--table", "no-such-table")).toMatchObject({
    code: 2,
    said: expect.stringContaining("another region, or of another stage"),
  });
  expect(await endAll(stack(), "--help")).toMatchObject({ code: 0 });
});
