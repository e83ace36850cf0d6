// Emoji by the names that Slack gives them: those that Latchkey's messages and people who try it are likely to use.

const EMOJI: Readonly<Record<string, string>> = {
  "+1": "👍",
  "-1": "👎",
  alarm_clock: "⏰",
  black_circle: "⚫",
  eyes: "👀",
  key: "🔑",
  large_blue_circle: "🔵",
  large_green_circle: "🟢",
  large_orange_circle: "🟠",
  large_yellow_circle: "🟡",
  lock: "🔒",
  old_key: "🗝️",
  red_circle: "🔴",
  slightly_smiling_face: "🙂",
  smile: "😄",
  tada: "🎉",
  thumbsdown: "👎",
  thumbsup: "👍",
  warning: "⚠️",
  wave: "👋",
  white_check_mark: "✅",
  white_circle: "⚪",
  x: "❌",
};

/** The character for a name; `:name:` where there is none here. */
export function emojiOf(name: string): string {
  return Object.hasOwn(EMOJI, name) ? (EMOJI[name] ?? "") : `:${name}:`;
}

/** `text` with the characters for the names in it. */
export function withEmoji(text: string): string {
  return text.replace(/:([\p{L}\p{N}_+'-]{1,100}):/gu, (_whole, name: string) => emojiOf(name));
}
