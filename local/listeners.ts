// Who listens to something that happens, told one after the other.

export interface Listeners<News> {
  /** Tells of everything from now on; gives what ends that. */
  listen(listener: (news: News) => void): () => void;
  tell(news: News): void;
}

export function createListeners<News>(): Listeners<News> {
  const listeners = new Set<(news: News) => void>();
  return {
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell(news) {
      for (const listener of listeners) listener(news);
    },
  };
}
