// How fast time passes here: as the visitor's own, or a minute in each second.

import { SPEEDS, type Speed } from "../../protocol.ts";

const SAYS: Readonly<Record<Speed, string>> = {
  1: "a second is a second",
  60: "a second is a minute",
};

export function SpeedChoice(props: {
  readonly speed: Speed;
  readonly choose: (speed: Speed) => void;
}) {
  return (
    <fieldset className="st-speed">
      <legend className="sr-only">Speed of the time here</legend>
      <div className="st-choices">
        {SPEEDS.map((speed) => (
          <label key={speed}>
            <input
              type="radio"
              name="speed"
              checked={speed === props.speed}
              onChange={() => props.choose(speed)}
            />
            <span>{speed}×</span>
          </label>
        ))}
      </div>
      <span className="st-small">{SAYS[props.speed]}</span>
    </fieldset>
  );
}
