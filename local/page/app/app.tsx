// The page: the stage with its clock and faults on top, Slack on the left, the access that there is on the right.

import { AccessPanel } from "./access/access-panel.tsx";
import { PageProvider } from "./page-state.tsx";
import { StageBar } from "./stage/stage-bar.tsx";
import { Workspace } from "./workspace/workspace.tsx";

export function App() {
  return (
    <PageProvider waiting={<p className="waiting">Latchkey is starting…</p>}>
      <div className="page">
        <StageBar />
        <main className="page-workspace" aria-label="Slack">
          <Workspace />
        </main>
        <aside className="page-access" aria-label="Access right now">
          <AccessPanel />
        </aside>
      </div>
    </PageProvider>
  );
}
