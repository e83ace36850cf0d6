// Stands in for something until it is needed: what is not loaded does not slow a cold start.

type AsyncMethods<T> = { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> };

/** What `load` answers with, loaded at the first call of any of its methods, which are all async. */
export function lazily<T extends AsyncMethods<T>>(load: () => Promise<T>): T {
  let loading: Promise<T> | undefined;
  const loaded = () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return new Proxy({} as T, {
    get(_, name) {
      if (name === "then") return undefined; // it is no promise, though it could answer as one
      return async (...args: never[]) => {
        const it = await loaded();
        return Reflect.apply(it[name as keyof T], it, args) as unknown;
      };
    },
  });
}
