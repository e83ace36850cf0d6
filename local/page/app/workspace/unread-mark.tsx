// How many messages are new somewhere: a number for eyes, words for screen readers.

export function UnreadMark({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span className="ws-unread">
      {count > 99 ? "99+" : count}
      <span className="sr-only"> unread</span>
    </span>
  );
}
