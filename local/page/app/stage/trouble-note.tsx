// What was in the way of something that the visitor did to the stage; it hangs below the bar and moves nothing.

export function TroubleNote(props: {
  readonly trouble: string | undefined;
  readonly close: () => void;
}) {
  return (
    <div className="st-trouble" role="alert">
      {props.trouble !== undefined && (
        <p>
          <span>
            <strong>That did not work.</strong> {props.trouble}
          </span>
          <button type="button" className="st-button" onClick={props.close}>
            Close
          </button>
        </p>
      )}
    </div>
  );
}
