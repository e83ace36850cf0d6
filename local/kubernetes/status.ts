// Kubernetes' own answers to what cannot be done: `Status` objects, in the API server's wording.

import { type KubernetesObject, qualifiedName, type Resource } from "./resources.ts";

/** A refusal or failure as the API server words it. `code` is the HTTP status that carries it. */
export interface Failure {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: "Failure";
  readonly message: string;
  readonly reason: string;
  readonly code: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What an operation on an object comes to. */
export type Outcome = KubernetesObject | Failure;

/** Nothing that is stored is of kind `Status`, so the kind alone tells a failure from an object. */
export function isFailure(outcome: object): outcome is Failure {
  return "kind" in outcome && outcome.kind === "Status" && "code" in outcome;
}

export const unauthorized = (): Failure => failure(401, "Unauthorized", "Unauthorized");

export const badRequest = (message: string): Failure => failure(400, "BadRequest", message);

export const internalError = (message: string): Failure =>
  failure(500, "InternalError", `Internal error occurred: ${message}`);

export const unknownPath = (): Failure =>
  failure(404, "NotFound", "the server could not find the requested resource");

export const methodNotAllowed = (): Failure =>
  failure(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
  );

export const tooLarge = (limitBytes: number): Failure =>
  failure(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limitBytes}`);

export const unsupportedMediaType = (accepted: readonly string[]): Failure =>
  failure(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );

export const notFound = (resource: Resource, name: string): Failure =>
  about(resource, name, 404, "NotFound", `${qualifiedName(resource)} "${name}" not found`);

export const alreadyExists = (resource: Resource, name: string): Failure =>
  about(
    resource,
    name,
    409,
    "AlreadyExists",
    `${qualifiedName(resource)} "${name}" already exists`,
  );

export const conflict = (resource: Resource, name: string, why: string): Failure =>
  about(
    resource,
    name,
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": ${why}`,
  );

export const invalid = (resource: Resource, name: string, why: string): Failure =>
  about(resource, name, 422, "Invalid", `${resource.kind} "${name}" is invalid: ${why}`);

/** The API server's one answer to a JSON Patch whose `test` fails or whose path is not there. */
export const patchDoesNotApply = (): Failure =>
  failure(422, "Invalid", "the server rejected our request due to an error in our request");

/** A refusal by RBAC: `what` names the object or resource refused, and is empty for a bare path. */
export function forbidden(what: string, why: string, details: Failure["details"] = {}): Failure {
  const message = what === "" ? `forbidden: ${why}` : `${what} is forbidden: ${why}`;
  return { ...failure(403, "Forbidden", message), details };
}

function about(
  resource: Resource,
  name: string,
  code: number,
  reason: string,
  message: string,
): Failure {
  const details = {
    name,
    kind: resource.plural,
    ...(resource.group === "" ? {} : { group: resource.group }),
  };
  return { ...failure(code, reason, message), details };
}

function failure(code: number, reason: string, message: string): Failure {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    code,
  };
}
