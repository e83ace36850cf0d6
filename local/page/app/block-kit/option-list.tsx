// The options of an open menu, over everything else and beside the field, wherever there is room.

import type { PlainTextOption } from "@slack/types";
import { type CSSProperties, type RefObject, useEffect, useLayoutEffect, useState } from "react";
import { plainText } from "./text-object.tsx";

export function OptionList(props: {
  readonly fieldId: string;
  readonly label: string;
  /** What it stands beside. */
  readonly under: RefObject<HTMLElement | null>;
  readonly options: readonly PlainTextOption[];
  /** The value of what is chosen. */
  readonly chosen: string | undefined;
  /** The one that Enter chooses. */
  readonly active: number;
  readonly says: string | undefined;
  readonly onChoose: (option: PlainTextOption) => void;
}) {
  const { fieldId, options, active } = props;
  const style = usePlaceBeside(props.under);
  useEffect(() => {
    document.getElementById(optionId(fieldId, active))?.scrollIntoView({ block: "nearest" });
  }, [fieldId, active]);
  return (
    <div className="bk-options" style={style}>
      <div
        role="listbox"
        id={`${fieldId}-options`}
        aria-label={props.label}
        tabIndex={-1}
        // The field keeps the focus while one points at an option.
        onMouseDown={(event) => event.preventDefault()}
      >
        {options.map((option, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the field, which names the active option
          <div
            key={option.value}
            id={optionId(fieldId, index)}
            className={index === active ? "bk-option bk-option-active" : "bk-option"}
            role="option"
            tabIndex={-1}
            aria-selected={option.value === props.chosen}
            onClick={() => props.onChoose(option)}
          >
            <span>{plainText(option.text)}</span>
            {option.description && (
              <span className="bk-option-more">{plainText(option.description)}</span>
            )}
          </div>
        ))}
      </div>
      {props.says !== undefined && (
        <p className="bk-options-says" role="status">
          {props.says}
        </p>
      )}
    </div>
  );
}

export function optionId(fieldId: string, index: number): string {
  return `${fieldId}-option-${index}`;
}

const GAP_PX = 4;
const HIGHEST_PX = 320;

/** Where the list stands on the screen: below the field, or above it where there is more room. */
function usePlaceBeside(field: RefObject<HTMLElement | null>): CSSProperties | undefined {
  const [style, setStyle] = useState<CSSProperties>();
  useLayoutEffect(() => {
    const place = () => {
      const box = field.current?.getBoundingClientRect();
      if (box === undefined) return;
      const below = window.innerHeight - box.bottom - 2 * GAP_PX;
      const above = box.top - 2 * GAP_PX;
      const isBelow = below >= Math.min(HIGHEST_PX, above);
      setStyle({
        left: box.left,
        width: box.width,
        maxHeight: Math.min(HIGHEST_PX, isBelow ? below : above),
        ...(isBelow
          ? { top: box.bottom + GAP_PX }
          : { bottom: window.innerHeight - box.top + GAP_PX }),
      });
    };
    place();
    window.addEventListener("scroll", place, true);
    window.addEventListener("resize", place);
    return () => {
      window.removeEventListener("scroll", place, true);
      window.removeEventListener("resize", place);
    };
  }, [field]);
  return style;
}
