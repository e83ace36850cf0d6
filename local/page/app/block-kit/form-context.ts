// The form that an input stands in: what is in its fields, and how to change that.

import { createContext } from "react";
import type { SlackBlock } from "../../../slack/block-kit.ts";
import type { ElementState } from "../../../slack/element-state.ts";

export type InputBlock = Extract<SlackBlock, { readonly type: "input" }>;

export interface Form {
  readonly viewId: string;
  /** It is being submitted: nothing can be entered now. */
  readonly isBusy: boolean;
  readonly stateOf: (block: InputBlock) => ElementState | undefined;
  /** What is wrong with what was entered, if anything is. */
  readonly errorAt: (block: InputBlock) => string | undefined;
  readonly enter: (block: InputBlock, state: ElementState) => void;
}

export const FormContext = createContext<Form | undefined>(undefined);

/** What an element has from the field around it. */
export interface Field {
  readonly id: string;
  readonly block: InputBlock;
  readonly form: Form;
  /** The ids of its hint and its error. */
  readonly describedBy: string | undefined;
}
