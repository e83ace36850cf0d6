// The questions that clients ask about access: `kubectl auth can-i`, `can-i --list` and `whoami`.

import {
  type Action,
  type Decision,
  type PolicyRule,
  type RbacObjects,
  rulesOf,
  type User,
} from "./rbac.ts";
import { apiVersionOf, type Resource } from "./resources.ts";
import { badRequest, type Failure } from "./status.ts";

/** What a review needs: who asks, what was sent, and how to judge. */
export interface Review {
  readonly resource: Resource;
  readonly user: User;
  readonly body: Readonly<Record<string, unknown>>;
  readonly decide: (user: User, action: Action) => Decision;
  readonly objects: () => RbacObjects;
}

/** Answers a review. Repeatable; stores nothing. */
export function answerReview(review: Review): object | Failure {
  const status = statusOf(review);
  if (status === undefined) return badRequest("the review says nothing to look at");
  const { resource, body } = review;
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: { creationTimestamp: null },
    ...(body["spec"] === undefined ? {} : { spec: body["spec"] }),
    status,
  };
}

function statusOf({ resource, user, body, decide, objects }: Review): object | undefined {
  const spec = (body["spec"] ?? {}) as ReviewSpec;
  switch (resource.kind) {
    case "SelfSubjectReview":
      return { userInfo: user };
    case "SelfSubjectRulesReview":
      return statusOfRules(rulesOf(user, spec.namespace ?? "", objects()));
    case "SelfSubjectAccessReview": {
      const action = actionOf(spec);
      return action && decide(user, action);
    }
    case "SubjectAccessReview": {
      const action = actionOf(spec);
      return action && decide({ username: spec.user ?? "", groups: spec.groups ?? [] }, action);
    }
    default:
      return undefined;
  }
}

interface ReviewSpec {
  readonly namespace?: string;
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly nonResourceAttributes?: { readonly verb?: string; readonly path?: string };
  readonly resourceAttributes?: {
    readonly verb?: string;
    readonly group?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
}

function actionOf({ resourceAttributes, nonResourceAttributes }: ReviewSpec): Action | undefined {
  if (nonResourceAttributes !== undefined) return { verb: "", path: "", ...nonResourceAttributes };
  if (resourceAttributes === undefined) return undefined;
  const unsaid = { verb: "", group: "", resource: "", subresource: "", namespace: "", name: "" };
  return { ...unsaid, ...resourceAttributes };
}

function statusOfRules(rules: readonly PolicyRule[]): object {
  return {
    resourceRules: rules.filter(({ resources }) => resources !== undefined),
    nonResourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs !== undefined),
    incomplete: false,
  };
}
