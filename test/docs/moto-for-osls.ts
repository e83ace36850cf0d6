// A bridge to moto for `osls deploy`, past what moto's CloudFormation does otherwise than AWS's.

import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

const VERSION = "2010-05-15";

export interface Bridge {
  readonly url: string;
  close(): void;
}

/** Opens it on loopback, in front of the moto at `moto`. */
export async function openBridge(moto: string): Promise<Bridge> {
  /** Of the change set that osls made last. */
  let changes = new URLSearchParams();

  /** What moto is asked instead of `asked`; undefined: nothing, all is well. */
  function inMotosWords(asked: URLSearchParams): URLSearchParams | undefined {
    switch (asked.get("Action")) {
      // AWS looks at the syntax. Moto runs cfn-lint, counts every warning, and heeds no `ignore_checks`.
      case "ValidateTemplate":
        return undefined;
      case "CreateChangeSet":
        changes = asked;
        return asked;
      // Moto carries change sets out, and leaves the stack the outputs that it had.
      case "ExecuteChangeSet": {
        if (changes.get("ChangeSetType") !== "UPDATE") return asked;
        const update = new URLSearchParams({ Action: "UpdateStack", Version: VERSION });
        for (const [name, value] of changes) {
          if (/^(StackName|TemplateURL|Capabilities\.)/.test(name)) update.append(name, value);
        }
        return update;
      }
      default:
        return asked;
    }
  }

  const server = createServer(async (incoming, response) => {
    let body = await buffer(incoming);
    if (isForm(incoming)) {
      const asked = inMotosWords(new URLSearchParams(body.toString()));
      if (asked === undefined) return void response.end("<ValidateTemplateResponse/>");
      body = Buffer.from(asked.toString());
    }
    passOn(moto, incoming, body, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function isForm({ headers }: IncomingMessage): boolean {
  return headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
}

function passOn(
  moto: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void {
  const length = { "content-length": String(body.length) };
  const options = { method, headers: { ...headers, ...length } };
  request(new URL(url ?? "/", moto), options, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  })
    .on("error", (error) => response.destroy(error))
    .end(body);
}
