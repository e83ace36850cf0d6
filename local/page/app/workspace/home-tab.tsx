// The app's home as it was published for whom the visitor plays.

import { HomeBody } from "../block-kit/home-body.tsx";
import { usePage } from "../page-state.tsx";
import { isMember } from "./people.ts";

export function HomeTab({ trouble }: { trouble: string | undefined }) {
  const { state, me } = usePage();
  const { app, homes } = state.slack;
  const view = homes[me];
  return (
    <>
      <header className="ws-title">
        <h2 id="ws-place-title">{app.name}: home</h2>
      </header>
      {trouble !== undefined && (
        <p className="ws-trouble" role="alert">
          {trouble}
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled by keyboard */}
      <section className="ws-home" aria-label={`${app.name}'s home`} tabIndex={0}>
        {view === undefined ? <NothingYet /> : <HomeBody view={view} />}
      </section>
    </>
  );
}

function NothingYet() {
  const { state, me } = usePage();
  const { app, team } = state.slack;
  return (
    <p className="ws-intro" role="status">
      {isMember(state.slack, me)
        ? `${app.name} is making your home tab…`
        : `Only members of ${team.name} have a home tab.`}
    </p>
  );
}
