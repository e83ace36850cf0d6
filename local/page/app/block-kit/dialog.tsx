// A dialog over the page: what is behind it rests, Escape dismisses it, and the focus returns to where it was.

import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from "react";

/** Open for as long as it is shown; whoever shows it takes it away `onDismiss`. */
export function Dialog(props: {
  readonly className: string;
  readonly role?: "alertdialog";
  /** The ids of its title, and of what it says. */
  readonly labelledBy: string;
  readonly describedBy?: string;
  readonly onDismiss: () => void;
  readonly children: ReactNode;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // The browser gives the focus back to what had it before.
    return () => dialog?.close();
  }, []);

  // Keys are for the dialog alone, not for what it stands in.
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key !== "Escape") return;
    event.preventDefault();
    props.onDismiss();
  };
  return (
    <dialog
      ref={ref}
      className={`bk-dialog ${props.className}`}
      role={props.role}
      aria-labelledby={props.labelledBy}
      aria-describedby={props.describedBy}
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.stopPropagation();
        event.preventDefault();
        props.onDismiss();
      }}
    >
      {props.children}
    </dialog>
  );
}
