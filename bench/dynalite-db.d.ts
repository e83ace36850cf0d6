// The types of dynalite's own storage, as far as the benches fill it past its HTTP; the package brings none.

declare module "dynalite/db/index.js" {
  type Item = Readonly<Record<string, unknown>>;
  type Table = object;
  type Callback<T = void> = (error: Error | null | undefined, result: T) => void;

  interface ItemDb {
    batch(
      operations: readonly { type: "put"; key: string; value: Item }[],
      callback: Callback,
    ): void;
  }

  interface DynaliteDb {
    readonly db: { close(): Promise<void> };
    getTable(name: string, callback: Callback<Table>): void;
    getItemDb(name: string): ItemDb;
  }

  const dynaliteDb: {
    create(options: { readonly path: string }): DynaliteDb;
    createKey(item: Item, table: Table): string;
  };
  export default dynaliteDb;
}
