// Menus of a form: of options that came with it, and of options that the app is asked for as one types.

import type { ExternalSelect, PlainTextOption, StaticSelect } from "@slack/types";
import { useEffect, useState } from "react";
import { usePage } from "../page-state.tsx";
import { Combobox, type Search } from "./combobox.tsx";
import type { Field } from "./form-context.ts";
import { plainText } from "./text-object.tsx";
import { Unknown } from "./unknown.tsx";

export function StaticSelectField(props: {
  readonly field: Field;
  readonly element: StaticSelect;
}) {
  const { field, element } = props;
  const [search, setSearch] = useState<Search>();
  // Latchkey sends neither; what Slack would do with them is not shown here.
  if (element.options === undefined || element.confirm !== undefined) {
    return <Unknown what="a menu in groups, or one that asks first" part={element} />;
  }
  const options = matching(element.options, search?.typed ?? "");
  return (
    <Combobox
      field={field}
      element={element}
      search={search}
      onSearch={setSearch}
      options={options}
      says={options.length === 0 ? "Nothing matches." : undefined}
    />
  );
}

/** Slack asks from so many characters on where the app says nothing else. */
const QUERY_FROM = 3;

export function ExternalSelectField(props: {
  readonly field: Field;
  readonly element: ExternalSelect;
}) {
  const { field, element } = props;
  const [search, setSearch] = useState<Search>();
  const from = element.min_query_length ?? QUERY_FROM;
  const query = search === undefined ? undefined : (search.typed ?? "");
  const isLongEnough = query !== undefined && query.length >= from;
  const offered = useSuggestions(field, isLongEnough ? query : undefined);
  if (element.confirm !== undefined) {
    return <Unknown what="a menu that asks first" part={element} />;
  }
  return (
    <Combobox
      field={field}
      element={element}
      search={search}
      onSearch={setSearch}
      options={offered?.options ?? []}
      says={isLongEnough ? wordsFor(offered) : `Type at least ${from} characters.`}
    />
  );
}

interface Offered {
  readonly query: string;
  readonly options: readonly PlainTextOption[];
  readonly trouble: string | undefined;
}

const ASKED_AFTER_MS = 150;

/** What the app offers for `query`, once that has been the same for a moment; undefined until it is known. */
function useSuggestions({ block, form }: Field, query: string | undefined): Offered | undefined {
  const { act } = usePage();
  const [offered, setOffered] = useState<Offered>();
  const { viewId } = form;
  const { block_id: blockId = "", element } = block;
  const { action_id: actionId = "" } = element;
  useEffect(() => {
    if (query === undefined) return;
    let isCurrent = true;
    const ask = async () => {
      const place = { view: viewId };
      const { options = [], trouble } = await act({
        do: "suggest",
        place,
        blockId,
        actionId,
        query,
      });
      // The emulated Slack lets only options of plain text through.
      if (isCurrent) setOffered({ query, options: options as PlainTextOption[], trouble });
    };
    const timer = setTimeout(() => void ask(), ASKED_AFTER_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [act, viewId, blockId, actionId, query]);
  return offered?.query === query ? offered : undefined;
}

function wordsFor(offered: Offered | undefined): string | undefined {
  if (offered === undefined) return "Looking…";
  if (offered.trouble !== undefined) return offered.trouble;
  return offered.options.length === 0 ? "Nothing matches." : undefined;
}

/** Those in which every word of `typed` is found. */
function matching(options: readonly PlainTextOption[], typed: string): readonly PlainTextOption[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return options.filter(({ text }) => {
    const shown = plainText(text).toLowerCase();
    return words.every((word) => shown.includes(word));
  });
}
