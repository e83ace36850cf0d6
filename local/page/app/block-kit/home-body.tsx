// What the app's home tab shows somebody.

import type { SlackView } from "../../../slack/workspace-state.ts";
import { Blocks } from "./blocks.tsx";
import { Surface } from "./surface.tsx";

export function HomeBody({ view }: { readonly view: SlackView }) {
  return (
    <Surface place={{ view: view.id }}>
      <Blocks blocks={view.blocks} />
    </Surface>
  );
}
