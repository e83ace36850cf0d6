// What stands at fixed places, such as the words of a text.

import { createElement, Fragment, type ReactNode } from "react";

/** Shows `items` one after the other; their places are what tells them apart, so that they need no keys. */
export function inOrder<Item>(items: readonly Item[], shown: (item: Item) => ReactNode): ReactNode {
  return createElement(Fragment, null, ...items.map((item) => shown(item)));
}
