// Where the visitor looks, as the person whom they play: remembered for each.

import { useState } from "react";
import { usePage } from "../page-state.tsx";
import { type Place, placeAfterSwitch, placeFor } from "./place.ts";

interface Remembered {
  readonly person: string;
  readonly places: Readonly<Record<string, Place>>;
}

/** The place, and how to go to another. */
export function usePlace(): readonly [Place, (place: Place) => void] {
  const { state, me } = usePage();
  const [remembered, setRemembered] = useState<Remembered>({ person: me, places: {} });
  const { person, places } = remembered;
  const place =
    person === me
      ? placeFor(state.slack, me, [places[me]])
      : placeAfterSwitch(
          state.slack,
          me,
          placeFor(state.slack, person, [places[person]]),
          places[me],
        );
  if (person !== me) setRemembered({ person: me, places: { ...places, [me]: place } });
  const goTo = (wanted: Place) =>
    setRemembered({ person: me, places: { ...places, [me]: wanted } });
  return [place, goTo];
}
