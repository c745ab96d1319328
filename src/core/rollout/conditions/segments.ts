/** Segments: named conditions, which may refer to each other but not in a circle. */
import { jsonPath, quote, type Problem } from '../problem.ts';
import { compileCondition, type Compilation, type FindSegment } from './condition.ts';
import { never, type Test } from './matchers.ts';

/** Segments behind one another; no danger to the stack. */
const MAX_CHAIN = 64;

/**
 * Compiles every segment, used or not, so that each mistake is found.
 * @returns finds a segment's test for the conditions that refer to it
 */
export function compileSegments(
  segments: Readonly<Record<string, unknown>>,
  problems: Problem[],
): FindSegment {
  const compiled = new Map<string, { readonly test: Test; readonly cost: number }>();
  /** Segments whose compilation is under way: meeting one of them again is a cycle. */
  const open: string[] = [];

  const find: FindSegment = (name, path, asker) => {
    const report = (message: string): Test => {
      problems.push({ path: jsonPath(path), message });
      return never;
    };
    if (typeof name !== 'string' || !Object.hasOwn(segments, name)) {
      const known = Object.keys(segments).slice(0, 20).map(quote).join(', ');
      return report(
        `no such segment: ${quote(name)}; expected ${known === '' ? 'none: there are none' : known}`,
      );
    }
    const done = compiled.get(name);
    if (done !== undefined) {
      asker.cost += done.cost;
      return done.test;
    }
    if (open.includes(name)) {
      const cycle = [...open.slice(open.indexOf(name)), name];
      return report(`segments refer to each other in a circle: ${cycle.join(' → ')}`);
    }
    if (open.length >= MAX_CHAIN) return report(`segments refer to segments more than ${MAX_CHAIN} deep`);
    open.push(name);
    const compilation: Compilation = { problems, segment: find, cost: 0 };
    const test = compileCondition(segments[name], ['segments', name], compilation);
    open.pop();
    compiled.set(name, { test, cost: compilation.cost });
    asker.cost += compilation.cost;
    return test;
  };
  const nobody: Compilation = { problems, segment: find, cost: 0 };
  for (const name of Object.keys(segments)) find(name, ['segments', name], nobody);
  return find;
}
