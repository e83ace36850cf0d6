// The ids that cross Latchkey's border, branded so that unchecked text cannot take their place.

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A grant's id: `LK-` and ten characters of Crockford's base 32 (50 bits), easy to read out. */
export type GrantId = Branded<"GrantId">;

/** A Slack user's id, `U…` or `W…`. */
export type SlackUserId = Branded<"SlackUserId">;

/** An IAM user's ARN, path included: `arn:aws:iam::111122223333:user/path/name`. */
export type IamUserArn = Branded<"IamUserArn">;

const GRANT_ID = /^LK-[0-9A-HJKMNP-TV-Z]{10}$/;
const SLACK_USER_ID = /^[UW][A-Z0-9]{2,}$/;
// The characters of IAM's own rules for paths and user names; `$` without the m flag does match
// before a final newline in other languages, not in JavaScript.
const IAM_USER_ARN = /^arn:aws[a-z-]*:iam::\d{12}:user\/(?:[!-.0-~]+\/)*[\w+=,.@-]{1,64}$/;

/** @throws TypeError where `text` is no grant id; what a button or a command carries goes through here. */
export function parseGrantId(text: string): GrantId {
  const id = text.trim().toUpperCase();
  if (!GRANT_ID.test(id)) throw new TypeError(`"${text.slice(0, 40)}" is no grant id (LK-…)`);
  return id as GrantId;
}

/** @throws TypeError where `text` is no Slack user id. */
export function parseSlackUserId(text: string): SlackUserId {
  if (!SLACK_USER_ID.test(text)) {
    throw new TypeError(`"${text.slice(0, 40)}" is no Slack user id (U… or W…)`);
  }
  return text as SlackUserId;
}

/** @throws TypeError where `text` is not the ARN of an IAM user. */
export function parseIamUserArn(text: string): IamUserArn {
  if (!IAM_USER_ARN.test(text)) {
    throw new TypeError(
      `"${text.slice(0, 120)}" is no IAM user ARN (arn:aws:iam::<12 digits>:user/<name>)`,
    );
  }
  return text as IamUserArn;
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Makes a grant id of ten random bytes, of which five bits each are used. */
export function grantIdFrom(bytes: Uint8Array): GrantId {
  if (bytes.length < 10) throw new RangeError("a grant id needs ten random bytes");
  const text = Array.from(bytes.subarray(0, 10), (byte) => CROCKFORD[byte & 31]).join("");
  return parseGrantId(`LK-${text}`);
}

/** `name` of `arn:aws:iam::111122223333:user/path/name`. */
export function iamUserName(arn: IamUserArn): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
