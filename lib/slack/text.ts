// Text for Slack: what people typed is shown and never interpreted, cut to the limits, times in the reader's zone.

// What hides, reorders or blanks out text: control characters, bidi marks, zero widths, fillers, tags; but not
// the two selectors that emoji are written with.
const INVISIBLE =
  /[[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800\ufff9-\ufffb]--[\ufe0e\ufe0f]]/gv;

/**
 * Shows what would hide or reorder text as a visible mark, so that an approver sees all there is. Halves of
 * characters become a mark as well: nothing that reads JSON has to take them.
 */
export function visible(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(INVISIBLE, (char) => (char === "\n" ? "\n" : "\ufffd"));
}

/** `visible`, on one line. */
export function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, " ").trim();
}

/** Cuts to `max` UTF-16 units at most, with a mark, never through a character. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  let end = max - 1;
  const unit = text.charCodeAt(end - 1);
  if (unit >= 0xd800 && unit <= 0xdbff) end -= 1;
  return `${text.slice(0, end)}…`;
}

/**
 * Text for mrkdwn and for a message's `text`: cut first and then escaped, so that no entity is split;
 * `max` bounds the escaped length. Formatting characters stay what they are to Slack: names go through
 * `literal` or `code`. https://docs.slack.dev/messaging/formatting-message-text
 */
export function escaped(text: string, max = Number.POSITIVE_INFINITY): string {
  return bounded(visible(text), max, entities);
}

/**
 * A name or a title in mrkdwn as nothing but text, on one line: no mention, link, emoji, quotation or style
 * comes of it, and readers see what is written. `max` bounds the length of all that is sent.
 *
 * NB. Slack has no escape for `*`, `_`, `~` and `` ` ``, and zero-width characters beside them are of no
 * help: Slack takes them for the end of a word and formats all the more (what jsx-slack calls its exact
 * mode is made of that). So these become letters that look like them. What needs whole words to be found
 * (emoji, links, mentions) is broken up by a word joiner after its mark, inside of the word.
 * https://github.com/yhatt/jsx-slack/blob/main/docs/about-escape-and-exact-mode.md
 */
export function literal(text: string, max = 300): string {
  return bounded(oneLine(text), max, (part) => entities(defused(part)));
}

/** An id, an ARN, or what AWS said, as a code span: nothing in it is formatted, and it can be copied. */
export function code(text: string, max = 200): string {
  const shown = oneLine(text).replaceAll(/[`｀]/g, "'") || "-";
  return `\`${bounded(shown, max, entities)}\``;
}

const LOOKALIKES: Readonly<Record<string, string>> = {
  "*": "\u2217",
  "＊": "\u2217",
  _: "\u02cd",
  "＿": "\u02cd",
  "~": "\u223c",
  "`": "\u02cb",
  "｀": "\u02cb",
};
const JOINER = "\u2060";

function defused(text: string): string {
  return (
    text
      // Inside of a word an underscore is one, and names are full of them.
      .replace(
        /(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[*＊＿~`｀]/g,
        (char) => LOOKALIKES[char] ?? char,
      )
      .replace(/[:@#](?=\S)|(?<=[\p{L}\p{N}])\.(?=\p{L})/gu, (char) => char + JOINER)
      .replace(/^(?=[>＞])/, JOINER)
  );
}

function entities(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** As much of `text` as fits into `max` once it is `made`, with a mark where it was cut. */
function bounded(text: string, max: number, made: (part: string) => string): string {
  let size = Math.min(text.length, max);
  while (size > 0) {
    const result = made(cut(text, size));
    if (result.length <= max) return result;
    size -= Math.max(1, Math.ceil((result.length - max) / 5));
  }
  return text === "" ? "" : "…";
}

/** Some people, so that they are told of it: `<@U0BOB>, <@U0LEE> and 3 more`. */
export function mentions(users: readonly string[], most = 10): string {
  return listed(
    users.map((user) => `<@${user}>`),
    most,
  );
}

/** `a, b and 3 more`; "nobody" where there is none. */
export function listed(names: readonly string[], most = 10, between = ", "): string {
  if (names.length === 0) return "nobody";
  if (names.length <= most) return names.join(between);
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

/** A person, or the broker itself. */
export function byWhom(by: string): string {
  return by === "latchkey" ? "Latchkey" : `<@${by}>`;
}

/** A time, shown in the reader's own zone, in UTC where Slack cannot. */
export function when(at: number): string {
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${utc(at)}>`;
}

/** `2026-11-22 16:00 UTC`. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
