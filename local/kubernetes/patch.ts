// What a patch makes of an object: JSON Patch (RFC 6902) and merge patch (RFC 7396). Pure.

import jsonPatch, { type Operation } from "fast-json-patch";
import type { KubernetesObject } from "./resources.ts";
import { badRequest, type Failure, patchDoesNotApply, unsupportedMediaType } from "./status.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
/** What kubectl's `edit` and `patch` send by default. */
const STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json";

/**
 * The object as the patch would leave it, with nothing stored; or why it does not apply. A failing
 * `test` is a 422, like at the real API server.
 *
 * A strategic merge patch is taken as a plain merge patch, which is the same for maps of strings
 * such as a ConfigMap's `data`. Its directives (`$patch`, …) are refused, not misread.
 */
export function applyPatch(
  object: KubernetesObject,
  contentType: string,
  patch: unknown,
): KubernetesObject | Failure {
  switch (contentType) {
    case JSON_PATCH:
      return applyJsonPatch(object, patch);
    case STRATEGIC_MERGE_PATCH:
      if (/"\$(patch|retainKeys|deleteFromPrimitiveList)/.test(JSON.stringify(patch))) {
        return badRequest("the local cluster does not serve strategic merge directives");
      }
      return asSameKind(object, mergePatch(object, patch));
    case MERGE_PATCH:
      return asSameKind(object, mergePatch(object, patch));
    default:
      return unsupportedMediaType([JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH]);
  }
}

function applyJsonPatch(object: KubernetesObject, patch: unknown): KubernetesObject | Failure {
  if (!Array.isArray(patch)) return badRequest("a JSON Patch is a list of operations");
  try {
    const { newDocument } = jsonPatch.applyPatch<unknown>(
      object,
      patch as Operation[],
      true,
      false,
    );
    return asSameKind(object, newDocument);
  } catch {
    return patchDoesNotApply();
  }
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (field.startsWith("$setElementOrder/")) continue; // kubectl adds it; it orders lists, nothing else
    if (value === null) delete merged[field];
    else merged[field] = mergePatch(merged[field], value);
  }
  return merged;
}

/** NB. A patch can replace the whole document by anything; only what is still its kind goes on. */
function asSameKind(object: KubernetesObject, patched: unknown): KubernetesObject | Failure {
  const whole = isMap(patched) && patched["kind"] === object.kind && isMap(patched["metadata"]);
  return whole ? (patched as unknown as KubernetesObject) : patchDoesNotApply();
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
