/** `semver`: versions and ranges of them (semver.org, with node-semver's ranges). */
import parse from 'semver/functions/parse.js';
import Range from 'semver/classes/range.js';

/** The library looks at no longer text. */
const MAX_VERSION = 256;

export interface VersionRange {
  readonly holds: (text: string) => boolean;
  /** Comparisons that one look may take. */
  readonly comparisons: number;
}

/** Pre-releases count by their order: 2.1.0-beta is in ">=2.0.0", 2.0.0-beta is not. */
const OPTIONS = { includePrerelease: true };

/** @returns undefined if it is no range */
export function parseRange(text: string): VersionRange | undefined {
  if (text === '' || text.length > MAX_VERSION) return undefined;
  try {
    const range = new Range(text, OPTIONS);
    return {
      holds: value => {
        const version = versionOf(value);
        return version !== null && range.test(version);
      },
      comparisons: range.set.reduce((count, comparators) => count + comparators.length, 0),
    };
  } catch (error) {
    // The library's way of saying no.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Several rules ask about the same version: the last one is remembered. Depends on the text alone. */
const last = { text: '', version: parse('') };

function versionOf(text: string): typeof last.version {
  if (text !== last.text) {
    last.version = text.length > MAX_VERSION ? null : parse(fullVersion(text));
    last.text = text;
  }
  return last.version;
}

/** `2` and `2.1` are how people write 2.0.0 and 2.1.0 in headers. */
function fullVersion(text: string): string {
  if (/^v?\d{1,16}$/.test(text)) return `${text}.0.0`;
  return /^v?\d{1,16}\.\d{1,16}$/.test(text) ? `${text}.0` : text;
}
