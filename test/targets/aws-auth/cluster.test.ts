// The one JSON Patch by which aws-auth is changed.

import { expect, it } from "@jest/globals";
import { type AwsAuth, patchFor } from "../../../lib/targets/aws-auth/cluster.ts";

const read: AwsAuth = {
  uid: "11111111-2222-3333-4444-555555555555",
  resourceVersion: "42",
  immutable: false,
  data: { mapRoles: "- rolearn: a\n", mapUsers: "- userarn: b\n", other: "left alone" },
};
const tests = [
  { op: "test", path: "/metadata/uid", value: read.uid },
  { op: "test", path: "/metadata/resourceVersion", value: "42" },
];

it("replaces a changed text of the version that was read, and touches nothing else", () => {
  const data = { ...read.data, mapUsers: "- userarn: c\n" };
  expect(patchFor(read, data)).toEqual([
    ...tests,
    { op: "replace", path: "/data/mapUsers", value: "- userarn: c\n" },
  ]);
});

it("adds a text that was not there, also an empty one's first", () => {
  const { mapUsers, ...without } = read.data ?? {};
  const added = [{ op: "add", path: "/data/mapUsers", value: mapUsers }];
  expect(patchFor({ ...read, data: without }, read.data ?? {})).toEqual([...tests, ...added]);
  const [, , replaced] = patchFor({ ...read, data: { ...without, mapUsers: "" } }, read.data ?? {});
  expect(replaced).toMatchObject({ op: "replace" });
});

it("removes a text that is to be gone", () => {
  const { mapUsers: _, ...without } = read.data ?? {};
  expect(patchFor(read, without)).toEqual([...tests, { op: "remove", path: "/data/mapUsers" }]);
});

it("adds the data of a ConfigMap that has none", () => {
  const data = { mapUsers: "- userarn: b\n" };
  expect(patchFor({ ...read, data: undefined }, data)).toEqual([
    ...tests,
    { op: "add", path: "/data", value: data },
  ]);
});
