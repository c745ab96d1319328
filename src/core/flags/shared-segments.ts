/**
 * The document's segments, compiled once for all flags that ask for them. Each by itself, with the
 * segments it refers to, so that a broken one costs only those flags.
 */
import { Compilation, type FindSegment } from '../rollout/conditions/compilation.ts';
import { MAX_DEPTH } from '../rollout/conditions/condition.ts';
import type { Test } from '../rollout/conditions/matchers.ts';
import { segmentFinder } from '../rollout/conditions/segments.ts';
import { jsonPath, quote, type Problem } from '../rollout/problem.ts';

interface SharedSegment {
  readonly test: Test;
  readonly worstNs: number;
  /** How deep conditions are nested in it. */
  readonly height: number;
  readonly problems: readonly Problem[];
  /** Flags that it asks for. */
  readonly asks: ReadonlySet<string>;
}

export type SharedSegments = ReadonlyMap<string, SharedSegment>;

/** @param problems get each mistake once, also of segments that no flag asks for */
export function compileSharedSegments(
  segments: Readonly<Record<string, unknown>>,
  problems: Problem[],
): SharedSegments {
  const compiled = new Map<string, SharedSegment>();
  const told = new Set<string>();
  for (const name of Object.keys(segments)) {
    const compilation = new Compilation([]);
    compilation.scope = 'flag';
    compilation.segment = segmentFinder(segments, compilation, '$segments');
    const test = compilation.segment(name, ['$segments', name], 0);
    compiled.set(name, {
      test,
      worstNs: compilation.worstNs,
      height: compilation.deepest,
      problems: compilation.problems,
      asks: compilation.flags,
    });
    for (const problem of compilation.problems) {
      const text = `${problem.path} ${problem.message}`;
      if (!told.has(text)) problems.push(problem);
      told.add(text);
    }
  }
  return compiled;
}

/** What a flag's compilation finds its segments with. */
export function finderOf(segments: SharedSegments, compilation: Compilation): FindSegment {
  return (name, path, depth) => {
    const report = (message: string): Test => {
      compilation.problems.push({ path: jsonPath(path), message });
      return () => false;
    };
    const segment = typeof name === 'string' ? segments.get(name) : undefined;
    if (segment === undefined) {
      const names = [...segments.keys()].slice(0, 20).map(quote).join(', ');
      return report(`no such segment: ${quote(name)}; the document has: ${names === '' ? 'none' : names}`);
    }
    const [first] = segment.problems;
    if (first !== undefined) return report(`that segment is malformed: ${first.path} ${first.message}`);
    if (depth + segment.height > MAX_DEPTH) return report(`nested deeper than ${MAX_DEPTH}`);
    compilation.reached(depth + segment.height);
    compilation.spend(segment.worstNs);
    for (const flag of segment.asks) compilation.flags.add(flag);
    return segment.test;
  };
}
