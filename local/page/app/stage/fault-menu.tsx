// What can be made to fail: a button that says how much fails now, and below it a switch for each.

import { useId } from "react";
import type { FaultName, FaultSwitch } from "../../protocol.ts";
import { useDisclosure } from "./use-disclosure.ts";

type Turn = (name: FaultName, isOn: boolean) => void;

export function FaultMenu(props: { readonly faults: readonly FaultSwitch[]; readonly turn: Turn }) {
  const { isOpen, toggle, onKeyDown, box, button } = useDisclosure();
  const panel = useId();
  const on = props.faults.filter(({ isOn }) => isOn).length;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: escape is heard from whatever in it has the keyboard
    <div className="st-faults" ref={box} onKeyDown={onKeyDown}>
      <button
        type="button"
        className="st-button"
        ref={button}
        aria-expanded={isOpen}
        aria-controls={panel}
        onClick={toggle}
      >
        Make something fail <span aria-hidden="true">▾</span>
      </button>
      <span className={on === 0 ? "st-small" : "st-small st-failing"} role="status">
        {howMuchFails(on)}
      </span>
      <div className="st-fault-panel" id={panel} hidden={!isOpen}>
        <FaultSwitches faults={props.faults} turn={props.turn} />
      </div>
    </div>
  );
}

/** How many faults are on, in words. */
export function howMuchFails(on: number): string {
  if (on === 0) return "Nothing is made to fail";
  return on === 1 ? "1 thing is made to fail" : `${on} things are made to fail`;
}

export function FaultSwitches(props: {
  readonly faults: readonly FaultSwitch[];
  readonly turn: Turn;
}) {
  const id = useId();
  return (
    <ul>
      {props.faults.map(({ name, title, says, isOn }) => (
        <li key={name}>
          <label>
            <input
              type="checkbox"
              role="switch"
              checked={isOn}
              aria-checked={isOn}
              aria-describedby={`${id}${name}`}
              onChange={() => props.turn(name, !isOn)}
            />
            <span>{title}</span>
            <span className="st-on" aria-hidden="true">
              {isOn ? "on" : "off"}
            </span>
          </label>
          <p className="st-small st-says" id={`${id}${name}`}>
            {says}
          </p>
        </li>
      ))}
    </ul>
  );
}
