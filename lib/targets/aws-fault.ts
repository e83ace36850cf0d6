// What an AWS client's error tells: was it a no, did the call perhaps take effect, how to say it.

/** The parts of an AWS client's error that are looked at; network errors have only some of them. */
interface AwsFault extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** Nothing was sent: there was nobody to send it to. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "CredentialsProviderError"]);

/** AWS knows the caller and says no: `AccessDenied` of IAM and STS, `AccessDeniedException` of EKS. */
export function isDenied(error: unknown): boolean {
  return isNamed(error, "AccessDenied");
}

/** True for an error of that name, with or without the `Exception` that some services put behind it. */
export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && (error.name === name || error.name === `${name}Exception`);
}

/**
 * True where a write that ended in `error` may have taken effect, or may still: no answer, an answer
 * that the fault was on AWS's side, or a no to the client's own second attempt, which says nothing of
 * the first.
 */
export function mayHaveLanded(error: unknown): boolean {
  const { name, code, $metadata } = error as AwsFault;
  if (($metadata?.attempts ?? 1) > 1) return true;
  if (NEVER_SENT.has(code ?? name)) return false;
  return $metadata?.httpStatusCode === undefined || $metadata.httpStatusCode >= 500;
}

/**
 * True where a write that was answered took the client more than one attempt: an earlier one may have been
 * left unanswered, and land after the one that was answered.
 */
export function mayLandAgain(answer: {
  readonly $metadata?: { readonly attempts?: number };
}): boolean {
  return (answer.$metadata?.attempts ?? 1) > 1;
}

/** The error in one line, for logs and admins. */
export function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 300);
  return `${error.name}: ${error.message}`.replace(/\s+/g, " ").slice(0, 300);
}
