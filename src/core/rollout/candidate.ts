/**
 * What is judged, and what a weight or a cap is for: a variant's origin, version and headers. A new
 * build behind the same URL is another candidate if its version says so.
 */
import { hex, murmur3 } from './hash.ts';

/** The part of a variant in a document that makes it that candidate. */
export interface CandidateParts {
  readonly origin: string;
  readonly version?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Everything is taken as the document spells it: a secret stays a reference, so that a renewed key is no
 * new candidate, and the hash tells nothing of it. The order of the headers doesn't matter.
 * @returns 8 hexadecimal digits
 */
export function candidateOf({ origin, version = '', headers = {} }: CandidateParts): string {
  // By code units: the same in every isolate, whatever its locale.
  const sorted = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  return hex(murmur3(JSON.stringify([origin, version, sorted])));
}
