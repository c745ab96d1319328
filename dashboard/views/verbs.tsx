/** What a person can tell the rollout. A button that can't be used says why. */
import { useState } from 'preact/hooks';
import { mayChange, useSession } from '../session.ts';
import { offersOf, VERB_NAMES, type Candidate, type Offer, type Verb } from '../text/verbs.ts';
import type { DeliveryStatus } from '../types.ts';
import { ConfirmVerb } from './confirm-verb.tsx';

interface VerbsProps {
  readonly rollout: string;
  readonly delivery: DeliveryStatus;
  readonly candidate: Candidate;
  readonly onChanged: () => Promise<void>;
}

export function Verbs({ rollout, delivery, candidate, onChanged }: VerbsProps) {
  const { me } = useSession();
  const [asked, setAsked] = useState<Verb>();
  /** The last thing that was said: what was done, or why something can't be. */
  const [said, setSaid] = useState('');
  if (!mayChange(me))
    return (
      <p class="muted">
        This token may only read ({me.role}). To move the rollout, sign in with an operator's or admin's
        token.
      </p>
    );
  const press = ({ verb, refusal }: Offer): void => {
    setSaid(refusal === null ? '' : `${VERB_NAMES[verb]}: ${refusal}`);
    if (refusal === null) setAsked(verb);
  };
  return (
    <div class="verbs">
      <div class="row" role="group" aria-label="Move the rollout">
        {offersOf(delivery, candidate).map(offer => (
          <VerbButton key={offer.verb} offer={offer} onPress={() => press(offer)} />
        ))}
      </div>
      <p class="said" role="status">
        {said}
      </p>
      {asked !== undefined && (
        <ConfirmVerb
          verb={asked}
          rollout={rollout}
          delivery={delivery}
          candidate={candidate}
          onClose={message => {
            setAsked(undefined);
            setSaid(message);
          }}
          onChanged={onChanged}
        />
      )}
    </div>
  );
}

/** It can be reached and pressed in any case: how else would one learn why not? */
function VerbButton({ offer, onPress }: { readonly offer: Offer; readonly onPress: () => void }) {
  const { verb, refusal, isNext } = offer;
  const looks = verb === 'rollback' ? 'stop' : isNext ? 'primary' : '';
  return (
    <button
      type="button"
      class={looks}
      aria-disabled={refusal !== null}
      title={refusal ?? undefined}
      onClick={onPress}
    >
      {VERB_NAMES[verb]}
      {refusal === null && '…'}
    </button>
  );
}
