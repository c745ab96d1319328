import { hrefOf } from '../route.ts';
import { Logo } from './frame.tsx';

interface PathProps {
  readonly name: string;
  /** Id of the report that is shown, if one is. */
  readonly report?: string;
}

/** Where in the page one is, and the way up. */
export function Path({ name, report }: PathProps) {
  return (
    <ol class="path">
      <li>
        <a href="#/" aria-label="All rollouts">
          <Logo />
        </a>
      </li>
      {report === undefined ? (
        <li aria-current="page">{name}</li>
      ) : (
        <>
          <li>
            <a href={hrefOf(name)}>{name}</a>
          </li>
          <li aria-current="page">Report {report}</li>
        </>
      )}
    </ol>
  );
}
