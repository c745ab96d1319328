import { describe, expect, it } from 'vitest';
import type { Cap } from '../../src/core/rollout/cap.ts';
import { candidateOf } from '../../src/core/rollout/candidate.ts';
import type { Active, Reading } from '../../src/core/rollout/active.ts';
import { documentText } from '../support/documents.ts';

interface Memory {
  readonly active: Active | undefined;
  /** @param env nothing of it is asked: whoever has read KV brings what it said */
  take(reading: Reading, since: number, env: object): void;
  takeCap(cap: Cap): void;
}

/** By its address, because the platform's types, which it needs, are not those of Node's programs. */
const { RolloutMemory } = (await import(
  new URL('../../src/edge/rollout-memory.ts', import.meta.url).href
)) as { RolloutMemory: new (name: string) => Memory };

const candidate = candidateOf({ origin: 'https://canary.example' });
const capOf = (sequence: number, share: number): Cap => ({
  sequence,
  limits: { canary: { candidate, share, isBarred: share === 0 } },
});

class Isolate {
  readonly memory = new RolloutMemory('default');
  #readings = 0;

  read(weight: string, salt = 'a'): this {
    const document = { text: documentText({ salt }) };
    this.memory.take({ document, weight: { text: weight }, flags: null }, ++this.#readings, {});
    return this;
  }

  hear(sequence: number, share: number): this {
    this.memory.takeCap(capOf(sequence, share));
    return this;
  }

  get canary(): number | undefined {
    return this.memory.active?.split.weights[1];
  }
}

describe('the cap in an isolate', () => {
  it('holds at once', () => {
    expect(new Isolate().read('50').hear(1, 0).canary).toBe(0);
  });

  it('holds from the first reading on if it was heard before it', () => {
    const isolate = new Isolate().hear(1, 5000);
    expect(isolate.canary).toBeUndefined();
    expect(isolate.read('50').canary).toBe(5000);
  });

  it('survives readings of another weight and another document', () => {
    expect(new Isolate().read('50').hear(1, 5000).read('80').read('80', 'b').canary).toBe(5000);
  });

  it('is not brought back by a reply that was overtaken', () => {
    const isolate = new Isolate().read('50').hear(8, 0).hear(7, 50_000);
    expect(isolate.canary).toBe(0);
    expect(isolate.hear(9, 20_000).canary).toBe(20_000);
  });
});
