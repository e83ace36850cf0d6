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
        message: expect.stringMatching(/not in \/jit\/, .*standing members.*revoke's role/),
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
    expect(problemsOf(far)).toEqual([expect.stringMatching(/^the group is not in \/jit\//)]);
  });
});

describe("an IAM group in a path", () => {
  const PEOPLES = '{ arn: "arn:aws:iam::111122223333:group/engineering/pods" }';
  const lending = (group: string) => accessFileWith(PODS, group);

  it("that is not Latchkey's is refused: nothing says whose the groups there are", () => {
    const read = readAccessFile(lending(PEOPLES));
    expect(!read.ok && read.problems).toEqual([
      expect.objectContaining({
        path: "entitlements.pods.targets[0].iamGroup.arn",
        message: expect.stringMatching(/not in \/jit\/, .*standing members.*revoke's role/),
        hint: expect.stringMatching(
          /group\/jit\/pods, or name its path, .*`groupPath: \/engineering\/`; .*`acceptShared: true`/,
        ),
      }),
    ]);
  });

  it("that is not Latchkey's is a shared one where access.yml says so", () => {
    const text = lending(PEOPLES.replace(" }", ", acceptShared: true }"));
    const read = readAccessFile(text);
    expect(read.ok && read.policy.sharedGroups).toEqual([
      "arn:aws:iam::111122223333:group/engineering/pods",
    ]);
    expect(warningsOf(text)).toHaveLength(1);
  });

  it.each(["jit/more", "jit/lent/pods"])("of Latchkey's, %s, needs no word", (name) => {
    const text = lending(`{ arn: "arn:aws:iam::111122223333:group/${name}" }`);
    expect(readAccessFile(text).ok).toBe(true);
    expect(warningsOf(text)).toEqual([]);
  });

  it.each(["jit", "jitter/pods", "Jit/pods", "teams/jit/pods"])(
    "that looks like Latchkey's, %s, is none",
    (name) => {
      const text = lending(`{ arn: "arn:aws:iam::111122223333:group/${name}" }`);
      expect(problemsOf(text)).toEqual([expect.stringMatching(/^the group is not in \/jit\//)]);
    },
  );

  it("of Latchkey's is refused where it is called shared: revoke's role reaches all of the path", () => {
    const text = lending(PODS.replace(" }", ", acceptShared: true }"));
    const read = readAccessFile(text);
    expect(!read.ok && read.problems).toEqual([
      expect.objectContaining({
        path: "entitlements.pods.targets[0].iamGroup.acceptShared",
        message: expect.stringMatching(/pods is in \/jit\/, which is Latchkey's alone/),
        hint: expect.stringMatching(/Take `acceptShared` out .*`groupPath: \/latchkey\/`/),
      }),
    ]);
  });
});

describe("groupPath", () => {
  const withPath = (path: string) => `groupPath: ${path}\n${ACCESS_FILE}`;
  const moved = (path: string) => withPath(path).replaceAll("group/jit/", `group${path}`);

  it("names another path for them", () => {
    const read = readAccessFile(moved("/teams/latchkey/"));
    expect(read.ok && read.policy.groupPath).toBe("/teams/latchkey/");
    expect(warningsOf(moved("/teams/latchkey/"))).toEqual([]);
  });

  it("is /jit/ where nothing is said", () => {
    const read = readAccessFile(ACCESS_FILE);
    expect(read.ok && read.policy.groupPath).toBe("/jit/");
  });

  it("takes those in the path that it was out of it", () => {
    expect(problemsOf(withPath("/latchkey/"))).toEqual([
      expect.stringMatching(/^the group is not in \/latchkey\//),
      expect.stringMatching(/^the group is not in \/latchkey\//),
    ]);
  });

  it.each(["/", "jit", "/jit", "jit/", "//", "/j it/", "/*/", "/j?t/", "/$x/", "7"])(
    "is refused where it is no path of some groups alone: %s",
    (path) => {
      expect(problemsOf(withPath(path))).toHaveLength(1);
    },
  );
});

it.each(["*/pods", "j?t/pods", `\${aws:username}/pods`])(
  "a group in a path that would stand for several in a role is refused: %s",
  (name) => {
    const text = accessFileWith(PODS, `{ arn: "arn:aws:iam::111122223333:group/${name}" }`);
    expect(problemsOf(text)).toEqual([expect.stringContaining("is no IAM group ARN")]);
  },
);

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
