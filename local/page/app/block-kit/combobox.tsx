// A menu as Slack's: a line that shows what is chosen and takes what is searched for, and the options below it.

import type { ExternalSelect, PlainTextOption, StaticSelect } from "@slack/types";
import { type KeyboardEvent, useRef } from "react";
import type { Field } from "./form-context.ts";
import { OptionList, optionId } from "./option-list.tsx";
import { plainText } from "./text-object.tsx";

/** While a menu is open: what was typed since, and which option Enter would choose. */
export interface Search {
  readonly typed: string | undefined;
  readonly active: number;
}

export function Combobox(props: {
  readonly field: Field;
  readonly element: StaticSelect | ExternalSelect;
  /** Undefined: it is closed. */
  readonly search: Search | undefined;
  readonly onSearch: (search: Search | undefined) => void;
  readonly options: readonly PlainTextOption[];
  /** What is said in place of options. */
  readonly says: string | undefined;
}) {
  const { field, element, search, onSearch, options } = props;
  const { id, block, form, describedBy } = field;
  const frame = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  // The emulated Slack lets only options of plain text through.
  const chosen = form.stateOf(block)?.selected_option as PlainTextOption | null | undefined;
  const isOpen = search !== undefined;
  const active = Math.min(search?.active ?? 0, options.length - 1);

  const open = () => {
    if (isOpen || form.isBusy) return;
    const at = options.findIndex(({ value }) => value === chosen?.value);
    onSearch({ typed: undefined, active: Math.max(0, at) });
    input.current?.select();
  };
  const close = () => onSearch(undefined);
  const choose = (option: PlainTextOption | undefined) => {
    if (option === undefined) return;
    close();
    form.enter(block, { type: element.type, selected_option: option });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const { length } = options;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        const step = event.key === "ArrowDown" ? 1 : -1;
        if (!isOpen) open();
        else if (length > 0) onSearch({ ...search, active: (active + step + length) % length });
        break;
      }
      case "Enter":
        if (isOpen) choose(options[active]);
        else open();
        break;
      case "Escape":
        if (!isOpen) return;
        close();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="bk-menu" ref={frame}>
      <input
        ref={input}
        id={id}
        className="bk-input bk-menu-input"
        type="text"
        role="combobox"
        autoComplete="off"
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={isOpen ? `${id}-options` : undefined}
        aria-activedescendant={isOpen && options.length > 0 ? optionId(id, active) : undefined}
        aria-required={!block.optional}
        aria-invalid={form.errorAt(block) !== undefined}
        aria-describedby={describedBy}
        data-focus-first={element.focus_on_load}
        placeholder={element.placeholder && plainText(element.placeholder)}
        readOnly={form.isBusy}
        value={search?.typed ?? (chosen ? plainText(chosen.text) : "")}
        onClick={open}
        onChange={(event) => onSearch({ typed: event.target.value, active: 0 })}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      {isOpen && (
        <OptionList
          fieldId={id}
          label={plainText(block.label)}
          under={frame}
          options={options}
          chosen={chosen?.value}
          active={active}
          says={props.says}
          onChoose={choose}
        />
      )}
    </div>
  );
}
