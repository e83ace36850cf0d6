// The types of dynalite, as far as Latchkey uses it; the package brings none.

declare module "dynalite" {
  import type { Server } from "node:http";

  /** DynamoDB's protocol over an in-memory store. */
  export default function dynalite(options?: {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
    readonly path?: string;
  }): Server;
}
