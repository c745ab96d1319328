/**
 * The document's segments, each compiled once for all flags and segments that ask for it, and with problems
 * of its own, so that a broken one costs only those that ask.
 */
import { Compilation, type FindSegment } from '../rollout/conditions/compilation.ts';
import { compileCondition, MAX_DEPTH } from '../rollout/conditions/condition.ts';
import { never, type Test } from '../rollout/conditions/matchers.ts';
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

export class SharedSegments {
  readonly #wire: Readonly<Record<string, unknown>>;
  readonly #compiled = new Map<string, SharedSegment>();
  /** Those whose compilation is under way: meeting one of them again is a circle. */
  readonly #open: string[] = [];

  constructor(segments: Readonly<Record<string, unknown>>) {
    this.#wire = segments;
  }

  /** Of all of them, also those that no flag asks for. */
  get problems(): Problem[] {
    return Object.keys(this.#wire).flatMap(name => this.#named(name).problems);
  }

  /** What a compilation finds them with. */
  finderFor(compilation: Compilation): FindSegment {
    return (name, path, depth) => {
      const report = (message: string): Test => {
        compilation.problems.push({ path: jsonPath(path), message });
        return never;
      };
      if (typeof name !== 'string' || !Object.hasOwn(this.#wire, name)) {
        const names = Object.keys(this.#wire).slice(0, 20).map(quote).join(', ');
        return report(`no such segment: ${quote(name)}; the document has: ${names === '' ? 'none' : names}`);
      }
      if (this.#open.includes(name)) {
        const circle = [...this.#open.slice(this.#open.indexOf(name)), name];
        return report(`segments refer to each other in a circle: ${circle.join(' → ')}`);
      }
      const segment = this.#named(name);
      const [first] = segment.problems;
      if (first !== undefined) return report(`that segment is malformed: ${first.path} ${first.message}`);
      if (depth + segment.height > MAX_DEPTH) return report(`nested deeper than ${MAX_DEPTH}`);
      compilation.reached(depth + segment.height);
      compilation.spend(segment.worstNs);
      for (const flag of segment.asks) compilation.flags.add(flag);
      return segment.test;
    };
  }

  #named(name: string): SharedSegment {
    const known = this.#compiled.get(name);
    if (known !== undefined) return known;
    const compilation = new Compilation([]);
    compilation.scope = 'flag';
    compilation.segment = this.finderFor(compilation);
    this.#open.push(name);
    const test = compileCondition(this.#wire[name], ['$segments', name], compilation, false, 1);
    this.#open.pop();
    const { worstNs, deepest: height, problems, flags: asks } = compilation;
    const segment = { test, worstNs, height, problems, asks };
    this.#compiled.set(name, segment);
    return segment;
  }
}
