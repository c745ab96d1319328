/** A lower weight written into KV in an emergency: obeyed in every phase, and someone is told. */
import { describe, expect, it } from 'vitest';
import { completed, MINUTE } from '../../support/course.ts';

const TOLD = { notify: [{ url: 'https://hooks.example.com/', format: 'json' }] };

describe('a lower weight by hand', () => {
  it.each([
    [0, 0],
    [40_000, 40],
  ])('of %i thousandths after completion pauses there, as the verb does', (share, percent) => {
    const course = completed(TOLD);
    course.byHand({ canary: share });
    expect([course.state.phase, course.weight]).toEqual(['paused', percent]);
    expect(course.state.cap.limits['canary']?.share).toBe(share);
    expect(course.told.at(-1)).toBe('paused');
    expect(course.say({ verb: 'adopt' })).toMatchObject({ kind: 'refused' });
    course.say({ verb: 'resume' });
    course.tick('inconclusive');
    expect([course.state.phase, course.weight]).toEqual(['baking', 99]);
  });

  it('while adopting rolls back: the stable before comes back', () => {
    const course = completed(TOLD);
    course.say({ verb: 'adopt' });
    course.byHand({ canary: 0 });
    expect([course.state.phase, course.weight]).toEqual(['rolled-back', 0]);
    expect(course.took('write-document').at(-1)?.stable).toEqual({ origin: 'https://stable.example' });
    expect(course.told.at(-1)).toBe('rolled-back');
    course.pass(5 * MINUTE, null);
    expect(course.state.phase).toBe('rolled-back');
  });
});
