const STEPS = [0, 1, 5, 10, 25, 50, 100];

interface WeightFieldProps {
  /** Id of the form that it belongs to. */
  readonly form: string;
  /** Id of the text that says what is wrong with it; undefined if nothing is. */
  readonly mistake: string | undefined;
  readonly name: string;
  /** Of the variant, for its colour. */
  readonly index: number;
  /** As typed: it may be no number yet. */
  readonly value: string;
  readonly onValue: (text: string) => void;
}

/** A new weight, three ways: the usual steps, a slider, the exact number. */
export function WeightField({ form, mistake, name, index, value, onValue }: WeightFieldProps) {
  return (
    <fieldset class="field">
      <legend class="hidden">New weight of {name}</legend>
      <div class="steps">
        {STEPS.map(step => (
          <button
            key={step}
            type="button"
            class="step"
            aria-pressed={Number(value) === step && value !== ''}
            onClick={() => onValue(String(step))}
          >
            {step}
            <span class="hidden"> percent</span>
          </button>
        ))}
      </div>
      <div class="exact">
        <input
          type="range"
          class={`v${index}`}
          aria-label={`New weight of ${name}, slider`}
          min="0"
          max="100"
          step="1"
          value={value}
          onInput={event => onValue(event.currentTarget.value)}
        />
        <input
          type="text"
          inputMode="decimal"
          form={form}
          aria-invalid={mistake !== undefined}
          aria-describedby={mistake}
          aria-label={`New weight of ${name} in percent`}
          value={value}
          onInput={event => onValue(event.currentTarget.value)}
        />
        <span aria-hidden="true">%</span>
      </div>
    </fieldset>
  );
}
