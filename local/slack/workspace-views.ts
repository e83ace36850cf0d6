// Modals and home tabs of the emulated workspace: stacks, updates, hashes, what is entered, errors at the fields.

import { validateView } from "./block-kit.ts";
import {
  type ElementState,
  type PlacedElement,
  type StateValues,
  stateOf,
  withEntry,
  withIds,
} from "./element-state.ts";
import { SlackRefusal, type WorkspaceCore } from "./workspace-core.ts";
import type { OpenModal, SlackView, ViewDefinition, WorkspaceState } from "./workspace-state.ts";

const MODALS_IN_A_STACK = 3;

export function viewsOf(core: WorkspaceCore) {
  const { state, emit, nextId } = core;
  const modalsOf = (userId: string) => state.modals[userId] ?? [];
  const setModals = (userId: string, modals: readonly OpenModal[]) => {
    state.modals[userId] = modals;
    emit({ type: "modals_changed", user: userId });
  };
  const buildModal = (definition: unknown, place: ViewPlace, before?: StateValues): SlackView => {
    const view = buildView(core, definition, place, before);
    if (view.type === "modal") return view;
    const message = "must match the `type` of the root view whose stack we're pushing onto";
    throw new SlackRefusal("invalid_arguments", [{ pointer: "/view/type", message }]);
  };

  /** Opens a modal, in the place of those that were open. */
  const openModal = (userId: string, definition: unknown): SlackView => {
    const id = nextId("V");
    const view = buildModal(definition, { id, root_view_id: id, previous_view_id: null });
    setModals(userId, [{ view, errors: {} }]);
    return view;
  };

  const pushModal = (userId: string, definition: unknown): SlackView => {
    const stack = modalsOf(userId);
    const top = stack.at(-1)?.view;
    if (top === undefined) throw new SlackRefusal("not_found");
    if (stack.length >= MODALS_IN_A_STACK) throw new SlackRefusal("push_limit_reached");
    const place = { id: nextId("V"), root_view_id: top.root_view_id, previous_view_id: top.id };
    const view = buildModal(definition, place);
    setModals(userId, [...stack, { view, errors: {} }]);
    return view;
  };

  /** Puts another definition in a modal's place; what was entered stays where the fields are the same. */
  const updateModal = (
    which: { readonly id?: string | undefined; readonly externalId?: string | undefined },
    definition: unknown,
    hash?: string,
  ): SlackView => {
    const found = modalWhere(state, (one) =>
      which.id === undefined ? one.external_id === which.externalId : one.id === which.id,
    );
    if (found === undefined) throw new SlackRefusal("not_found");
    const { userId, modal } = found;
    if (hash !== undefined && hash !== modal.view.hash) throw new SlackRefusal("hash_conflict");
    const view = buildModal(definition, modal.view, modal.view.state.values);
    setModals(
      userId,
      modalsOf(userId).map((one) => (one === modal ? { view, errors: {} } : one)),
    );
    return view;
  };

  /** Takes the top modal away; what was under it shows again. */
  const closeModal = (userId: string) => setModals(userId, modalsOf(userId).slice(0, -1));
  const clearModals = (userId: string) => setModals(userId, []);

  /** Shows messages at the fields of the top modal, by block_id. */
  const showErrors = (userId: string, errors: Readonly<Record<string, string>>) =>
    setModals(
      userId,
      modalsOf(userId).map((one, index, all) =>
        index === all.length - 1 ? { ...one, errors } : one,
      ),
    );

  const publishHome = (userId: string, definition: unknown, hash?: string): SlackView => {
    const before = state.homes[userId];
    if (hash !== undefined && before !== undefined && hash !== before.hash) {
      throw new SlackRefusal("hash_conflict");
    }
    const id = before?.id ?? nextId("V");
    const place = { id, root_view_id: id, previous_view_id: null };
    const view = buildView(core, definition, place, before?.state.values);
    if (view.type !== "home") {
      throw new SlackRefusal("invalid_arguments", [
        { pointer: "/view/type", message: "must be a valid enum value" },
      ]);
    }
    state.homes[userId] = view;
    emit({ type: "home_published", user: userId });
    return view;
  };

  /** Someone changes an input; returns the view as it stands then. */
  const enter = (userId: string, view: SlackView, at: PlacedElement, entry: ElementState) => {
    const values = withEntry(view.state.values, at, entry);
    const changed: SlackView = { ...view, state: { values } };
    if (view.type === "home") {
      state.homes[userId] = changed;
    } else {
      setModals(
        userId,
        modalsOf(userId).map((one) => (one.view.id === view.id ? { ...one, view: changed } : one)),
      );
    }
    return changed;
  };

  return {
    openModal,
    pushModal,
    updateModal,
    closeModal,
    clearModals,
    showErrors,
    publishHome,
    enter,
    /** Whether somebody has this modal open, on top or under others. */
    isOpen(userId: string, viewId: string | undefined): boolean {
      return modalsOf(userId).some(({ view }) => view.id === viewId);
    },
    /** The modal on someone's screen (the top one), with the errors shown in it. */
    openView(userId: string): OpenModal | undefined {
      return modalsOf(userId).at(-1);
    },
    home(userId: string): SlackView | undefined {
      return state.homes[userId];
    },
  };
}

type ViewPlace = Pick<SlackView, "id" | "root_view_id" | "previous_view_id">;

/** A view as Slack keeps it, of what the app sent. @throws SlackRefusal where Slack would not take that. */
function buildView(
  { state, now, nextId }: WorkspaceCore,
  definition: unknown,
  { id, root_view_id, previous_view_id }: ViewPlace,
  before?: StateValues,
): SlackView {
  const rejection = validateView(definition);
  if (rejection !== undefined) throw new SlackRefusal(rejection.error, rejection.problems);
  const given = definition as ViewDefinition;
  const taken =
    given.external_id && modalWhere(state, (view) => view.external_id === given.external_id);
  if (taken && taken.modal.view.id !== id) throw new SlackRefusal("duplicate_external_id");
  const blocks = withIds(given.blocks, () => nextId("b"));
  return {
    id,
    root_view_id,
    previous_view_id,
    team_id: state.team.id,
    app_id: state.app.id,
    app_installed_team_id: state.team.id,
    bot_id: state.app.botId,
    type: given.type,
    callback_id: given.callback_id ?? "",
    external_id: given.external_id ?? "",
    private_metadata: given.private_metadata ?? "",
    title: given.title ?? null,
    submit: given.submit ?? null,
    close: given.close ?? null,
    blocks,
    state: { values: stateOf(blocks, before) },
    hash: `${Math.floor(now() / 1000)}.${nextId("")}`,
    clear_on_close: given.clear_on_close ?? false,
    notify_on_close: given.notify_on_close ?? false,
  };
}

function modalWhere(state: WorkspaceState, matches: (view: SlackView) => boolean) {
  return Object.entries(state.modals).flatMap(([userId, modals]) =>
    modals.filter(({ view }) => matches(view)).map((modal) => ({ userId, modal })),
  )[0];
}
