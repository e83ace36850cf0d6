// Text for Slack: what people typed is shown and never interpreted, cut to the limits, times in the reader's zone.

// Control characters but line feeds, and what reorders or hides text: bidi marks, zero widths, tags.
const INVISIBLE =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Shows what would hide or reorder text as a visible mark, so that an approver sees all there is. */
export function visible(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(INVISIBLE, (char) => (char === "\n" ? "\n" : "\ufffd"));
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
 * `max` bounds the escaped length. https://docs.slack.dev/messaging/formatting-message-text
 */
export function escaped(text: string, max = Number.POSITIVE_INFINITY): string {
  const shown = visible(text);
  let size = Math.min(shown.length, max);
  for (;;) {
    const result = cut(shown, size)
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;");
    if (result.length <= max) return result;
    size -= Math.max(1, Math.ceil((result.length - max) / 5));
  }
}

/** A time, shown in the reader's own zone, in UTC where Slack cannot. */
export function when(at: number): string {
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${utc(at)}>`;
}

/** `2026-11-22 16:00 UTC`. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
