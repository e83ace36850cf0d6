// IAM groups that others use too: refused where access.yml does not say so, and a warning where it does.

import { describe, expect, it } from "@jest/globals";
import { readAccessFile } from "../../lib/policy/read-access-file.ts";
import { ACCESS_FILE, accessFileWith } from "./a-policy.ts";

const PODS = '{ arn: "arn:aws:iam::111122223333:group/jit/pods" }';
const METRICS = '{ arn: "arn:aws:iam::111122223333:group/jit/metrics" }';

describe("an IAM group in the path /", () => {
  const LINE = 27;
  const inRoot = (rest = "") =>
    accessFileWith(PODS, `{ arn: "arn:aws:iam::111122223333:group/pods"${rest} }`);

  it("is refused, with its line, why, and what to write", () => {
    const read = readAccessFile(inRoot());
    expect(read.ok).toBe(false);
    expect(!read.ok && read.problems).toEqual([
      {
        line: LINE,
        column: 26,
        path: "entitlements.pods.targets[0].iamGroup.arn",
        message: expect.stringMatching(/path `\/`.*standing members.*revoke's role/),
        hint: expect.stringMatching(
          /arn:aws:iam::111122223333:group\/jit\/pods;.*`acceptShared: true` beside `arn`/,
        ),
      },
    ]);
  });

  it("is taken with `acceptShared: true`, and a warning at these words", () => {
    const text = inRoot(", acceptShared: true");
    const read = readAccessFile(text);
    expect(read.ok && read.policy.sharedGroups).toEqual(["arn:aws:iam::111122223333:group/pods"]);
    const { column = 0, ...warning } = warningsOf(text)[0] ?? {};
    expect(warning).toMatchObject({
      line: LINE,
      path: "entitlements.pods.targets[0].iamGroup.acceptShared",
      message: expect.stringMatching(/others use the group pods too.*without Latchkey/),
      hint: expect.stringMatching(/revoke's role may remove the standing members/),
    });
    expect(text.split("\n")[LINE - 1]?.slice(column - 1)).toMatch(/^acceptShared: true/);
  });

  it("is refused with `acceptShared: false`", () => {
    expect(readAccessFile(inRoot(", acceptShared: false")).ok).toBe(false);
  });

  it("is refused in another account as well", () => {
    const text = accessFileWith(
      METRICS,
      '{ arn: "arn:aws:iam::444455556666:group/metrics" }',
    ).replace(/\[developers\]\n( +approval: automatic)/, "[far]\n$1");
    const far = text
      .replace("people:", 'people:\n  U0FAR: { iamUser: "arn:aws:iam::444455556666:user/far" }')
      .replace("groups:", "groups:\n  far: { users: [U0FAR] }");
    expect(problemsOf(far)).toEqual([expect.stringMatching(/path `\/`/)]);
  });
});

describe("an IAM group in a path", () => {
  it.each(["lent/pods", "teams/web/lent/pods"])("of its own, %s, needs no word", (name) => {
    const text = accessFileWith(PODS, `{ arn: "arn:aws:iam::111122223333:group/${name}" }`);
    expect(readAccessFile(text).ok).toBe(true);
    expect(warningsOf(text)).toEqual([]);
  });

  it("is a shared one where access.yml says so", () => {
    const text = accessFileWith(
      PODS,
      '{ arn: "arn:aws:iam::111122223333:group/teams/pods", acceptShared: true }',
    );
    const read = readAccessFile(text);
    expect(read.ok && read.policy.sharedGroups).toEqual([
      "arn:aws:iam::111122223333:group/teams/pods",
    ]);
    expect(warningsOf(text)).toHaveLength(1);
  });

  it.each([
    ["beside it", "jit/others"],
    ["in a path below", "jit/below/others"],
    ["that is the same", "jit/metrics"],
  ])("is refused where a group %s is shared: revoke's role would reach that one", (_, other) => {
    const text = accessFileWith(
      PODS,
      `{ arn: "arn:aws:iam::111122223333:group/${other}", acceptShared: true }`,
    );
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^its path is not Latchkey's alone.*`acceptShared`$/),
    ]);
  });

  it("may lie below a shared one's: nothing reaches up", () => {
    const text = accessFileWith(
      PODS,
      '{ arn: "arn:aws:iam::111122223333:group/others", acceptShared: true }',
    );
    expect(readAccessFile(text).ok).toBe(true);
  });
});

it("nobody's group is shared where access.yml says nothing", () => {
  const read = readAccessFile(ACCESS_FILE);
  expect(read.ok && read.policy.sharedGroups).toEqual([]);
});

it("anything but true or false is refused", () => {
  const text = accessFileWith(PODS, PODS.replace(" }", ", acceptShared: yes }"));
  expect(problemsOf(text)).toEqual([expect.stringContaining("must be true or false")]);
});

/** Without the one that the small access.yml has of its people. */
function warningsOf(text: string) {
  return readAccessFile(text).warnings.filter(({ path }) => !path.startsWith("people"));
}

function problemsOf(text: string): readonly string[] {
  const read = readAccessFile(text);
  return read.ok ? [] : read.problems.map(({ message }) => message);
}
