import { flagsHref, hrefOf } from '../route.ts';
import { Logo } from './frame.tsx';

interface PathProps {
  readonly name: string;
  /** What of the rollout is shown, if it is not the rollout itself. */
  readonly here?: string;
}

/** Where in the page one is, and the way up. */
export function Path({ name, here }: PathProps) {
  return (
    <ol class="path">
      <li>
        <a href="#/" aria-label="All rollouts">
          <Logo />
        </a>
      </li>
      {here === undefined ? (
        <>
          <li aria-current="page">{name}</li>
          <li>
            <a href={flagsHref(name)}>Flags</a>
          </li>
        </>
      ) : (
        <>
          <li>
            <a href={hrefOf(name)}>{name}</a>
          </li>
          <li aria-current="page">{here}</li>
        </>
      )}
    </ol>
  );
}
