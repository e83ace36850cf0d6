// What the doctor finds of the functions: room to run in, and whether the one that Slack calls answers.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { Concurrency } from "../../local/aws/lambda.ts";
import { addressAt } from "../../scripts/doctor/address.ts";
import { examinationOf, placeEmbedded } from "../../scripts/doctor/embedded.ts";
import type { Examination } from "../../scripts/doctor/examine.ts";
import type { Finding } from "../../scripts/doctor/finding.ts";
import { examineFunctions } from "../../scripts/doctor/functions.ts";
import type { Address } from "../../scripts/doctor/patient.ts";
import { EXAMPLE } from "../end-to-end/catalogues.ts";
import { found, stackToExamine, wrongIn } from "./examined.ts";
import { ROOT } from "./run-script.ts";

const stack = stackToExamine();
const DEPLOYED: Concurrency = { limit: 1_000, reserved: { "latchkey-revoke": 5 } };

afterEach(() => stack().aws.putConcurrency(DEPLOYED));

/** What the doctor says of the functions, where `otherwise` is not as in the example. */
async function findingsOf(otherwise: Partial<Examination> = {}): Promise<readonly Finding[]> {
  const usual = examinationOf(stack(), EXAMPLE);
  const { place, policy, clients, address } = { ...usual, ...otherwise };
  const caller = { arn: "a", account: "1", partition: "aws", answeredAt: 0 };
  const patient = { place, policy, clients, address, caller, now: 0, kubeconfig: undefined };
  return examineFunctions(patient, {}).finally(() => clients.close());
}

describe("revoke", () => {
  it("for which no room is kept is a warning, and the command keeps as much as the template does", async () => {
    stack().aws.putConcurrency({ ...DEPLOYED, reserved: {} });
    const findings = await findingsOf();
    expect(wrongIn(findings, "functions")).toEqual(["warning revoke-without-room revoke"]);
    const template = readFileSync(join(ROOT, "serverless.yml"), "utf8");
    const [, room] = /revokeConcurrency: (\d+)/.exec(template) ?? [];
    expect(found(findings, "revoke-without-room").mend).toContain(
      `aws lambda put-function-concurrency --region us-east-2 --function-name latchkey-revoke --reserved-concurrent-executions ${room} `,
    );
  });

  it("that may not run is a problem: access does not end", async () => {
    stack().aws.putConcurrency({ ...DEPLOYED, reserved: { "latchkey-revoke": 0 } });
    expect(found(await findingsOf(), "function-stopped")).toMatchObject({
      level: "problem",
      subject: "revoke",
      why: "Access does not end.",
      mend: expect.stringContaining("--reserved-concurrent-executions 5"),
    });
  });
});

describe("another function", () => {
  it("that was stopped in an emergency, and not let run again, is a problem", async () => {
    const reserved = { ...DEPLOYED.reserved, "latchkey-slack": 0, "latchkey-watch": 2 };
    stack().aws.putConcurrency({ ...DEPLOYED, reserved });
    const findings = await findingsOf();
    expect(wrongIn(findings, "functions")).toEqual(["problem function-stopped slack"]);
    expect(found(findings, "function-stopped").mend).toBe(
      "aws lambda delete-function-concurrency --region us-east-2 --function-name latchkey-slack",
    );
  });

  it("that is not there is a problem", async () => {
    const place = { ...placeEmbedded(stack().slackApi.apiUrl), prefix: "latchkey-other" };
    const findings = await findingsOf({ place });
    expect(wrongIn(findings, "functions")).toEqual(["problem function-missing 5 functions"]);
    expect(found(findings, "function-missing").what).toContain("latchkey-other-revoke");
  });
});

describe("the account's quota", () => {
  it.each([
    [15, ["warning quota-low the account's quota"]],
    [16, []],
  ])("of %i runs at once, of which revoke has 5", async (limit, wrong) => {
    stack().aws.putConcurrency({ ...DEPLOYED, limit });
    expect(wrongIn(await findingsOf(), "functions")).toEqual(wrong);
  });
});

describe("Slack's address", () => {
  const answering = (status: number): Address => ({ url: "https://x", knock: async () => status });
  const findingOf = async (address: Address | undefined) => {
    const findings = await findingsOf({ address });
    const [finding] = findings.filter(({ subject }) => subject === "Slack's address");
    return finding;
  };

  it("that answers with an error is a problem, and the log says more", async () => {
    expect(await findingOf(answering(500))).toMatchObject({
      level: "problem",
      what: "https://x answers 500, and not 401, to what Slack has not signed",
      mend: "aws logs tail /aws/lambda/latchkey-slack --since 15m --region us-east-2",
    });
  });

  it.each([200, 404])("that answers %i is a problem: it may be another's", async (status) => {
    expect(await findingOf(answering(status))).toMatchObject({
      level: "problem",
      code: "address-wrong",
      mend: expect.stringContaining("aws cloudformation describe-stacks --stack-name latchkey "),
    });
  });

  it("that does not answer, or that nobody said, is not known", async () => {
    const knock = () => Promise.reject(new Error("ECONNREFUSED"));
    expect(await findingOf({ url: "https://x", knock })).toMatchObject({
      level: "unknown",
      code: "no-answer",
      what: expect.stringContaining("ECONNREFUSED"),
    });
    expect(await findingOf(undefined)).toMatchObject({
      level: "unknown",
      code: "address-not-given",
    });
  });
});

describe("knocking at an address", () => {
  it("posts nothing, unsigned, and says what the answer was, or why there was none", async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer(({ method, headers }, response) => {
      seen.push(method, headers["content-length"], headers["x-slack-signature"] as undefined);
      response.writeHead(401).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
    expect(await addressAt(url).knock()).toBe(401);
    expect(seen).toEqual(["POST", "0", undefined]);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(addressAt(url).knock()).rejects.toThrow("ECONNREFUSED");
  });
});
