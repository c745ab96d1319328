/** The API takes so many characters. */
const MAX_REASON = 500;

interface ReasonFieldProps {
  readonly value: string;
  readonly onValue: (text: string) => void;
  /** Where it goes against the evidence or the plan. */
  readonly isRequired: boolean;
}

/** Why, for the audit log and those who are told. */
export function ReasonField({ value, onValue, isRequired }: ReasonFieldProps) {
  return (
    <label>
      Reason{' '}
      <span class="muted">({isRequired ? 'needed: it goes' : 'goes, if you give one,'} into the log)</span>
      <input
        type="text"
        value={value}
        maxLength={MAX_REASON}
        required={isRequired}
        pattern=".*\S.*"
        title="Some words"
        onInput={event => onValue(event.currentTarget.value)}
      />
    </label>
  );
}
