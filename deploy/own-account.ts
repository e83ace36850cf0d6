// A plugin of osls: refuses to deploy into another AWS account than the one that access.yml is for.

import { loadAccessFile } from "../lib/policy/load-access-file.ts";
import { accessFile } from "./access-file.ts";

/** What of osls is used here. */
interface Osls {
  readonly processedInput: { readonly commands: readonly string[] };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  getProvider(name: "aws"): { getAccountId(): Promise<string> };
}

const DEPLOYING: readonly string[] = ["deploy", "deploy function"];

/**
 * NB. In another account the roles' names are somebody else's: provision would find none of the people, and
 * revoke's role could end nothing. Whoever forgets ACCESS_FILE would deploy the example. Other commands, as
 * `package` and `print`, ask nobody and need no credentials.
 */
// biome-ignore lint/style/noDefaultExport: osls takes its plugins from there.
export default function ownAccount(osls: Osls) {
  return {
    hooks: {
      initialize: async () => {
        if (!DEPLOYING.includes(osls.processedInput.commands.join(" "))) return;
        const file = accessFile(process.env);
        const { account } = loadAccessFile(file);
        if (account === undefined) return;
        const here = await osls.getProvider("aws").getAccountId();
        if (here === account) return;
        throw new osls.classes.Error(
          `${file} is for the AWS account ${account}, and your credentials are of ${here}. ` +
            "Nothing was deployed. Is ACCESS_FILE set?",
          "OTHER_ACCOUNT",
        );
      },
    },
  };
}
