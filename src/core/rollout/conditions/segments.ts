/** Segments: named conditions, which may refer to each other but not in a circle. */
import { jsonPath, quote } from '../problem.ts';
import type { Compilation, FindSegment } from './compilation.ts';
import { compileCondition, MAX_DEPTH } from './condition.ts';
import { never, type Test } from './matchers.ts';

interface Segment {
  readonly test: Test;
  readonly worstNs: number;
  /** How deep conditions are nested in it, its own segments included. */
  readonly height: number;
}

/** Compiles every segment, used or not, so that each mistake is found, and has the compilation find them. */
export function compileSegments(segments: Readonly<Record<string, unknown>>, compilation: Compilation): void {
  compilation.segment = segmentFinder(segments, compilation);
  for (const name of Object.keys(segments)) compilation.segment(name, ['segments', name], 0);
}

/** @returns what compiles a segment when it is first asked for */
function segmentFinder(segments: Readonly<Record<string, unknown>>, compilation: Compilation): FindSegment {
  const compiled = new Map<string, Segment>();
  /** Segments whose compilation is under way: meeting one of them again is a cycle. */
  const open: string[] = [];

  const find: FindSegment = (name, path, depth) => {
    const report = (message: string): Test => {
      compilation.problems.push({ path: jsonPath(path), message });
      return never;
    };
    if (typeof name !== 'string' || !Object.hasOwn(segments, name)) {
      const names = Object.keys(segments).slice(0, 20).map(quote).join(', ');
      return report(`no such segment: ${quote(name)}; the document has: ${names === '' ? 'none' : names}`);
    }
    const done = compiled.get(name);
    if (done !== undefined) {
      if (depth + done.height > MAX_DEPTH) return report(`nested deeper than ${MAX_DEPTH}`);
      compilation.reached(depth + done.height);
      compilation.spend(done.worstNs);
      return done.test;
    }
    if (open.includes(name)) {
      const cycle = [...open.slice(open.indexOf(name)), name];
      return report(`segments refer to each other in a circle: ${cycle.join(' → ')}`);
    }
    const before = { ns: compilation.worstNs, deepest: compilation.deepest };
    compilation.deepest = depth;
    open.push(name);
    const test = compileCondition(segments[name], ['segments', name], compilation, false, depth + 1);
    open.pop();
    compiled.set(name, {
      test,
      worstNs: compilation.worstNs - before.ns,
      height: compilation.deepest - depth,
    });
    compilation.reached(before.deepest);
    return test;
  };
  return find;
}
