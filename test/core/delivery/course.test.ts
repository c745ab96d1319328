import { describe, expect, it } from 'vitest';
import { atSecondStep, baking, completed, Course, MINUTE, planned, started } from '../../support/course.ts';

describe('a good canary', () => {
  it('walks from 0 over every step to 100, each held and evidenced', () => {
    const course = new Course(planned());
    expect(course.say({ verb: 'start' }).kind).toBe('done');
    expect([course.state.phase, course.weight]).toEqual(['progressing', 0]);
    course.tick(null);
    expect([course.state.phase, course.weight]).toEqual(['progressing', 1]);
    course.pass(5 * MINUTE);
    expect([course.state.phase, course.weight]).toEqual(['progressing', 25]);
    course.pass(10 * MINUTE);
    expect([course.state.phase, course.weight]).toEqual(['baking', 99]);
    course.pass(60 * MINUTE);
    expect([course.state.phase, course.weight]).toEqual(['completed', 100]);
    expect(course.run.outcome).toBe('completed');
    expect(
      course
        .took('store-report')
        .at(-1)
        ?.report.steps.map(step => step.share),
    ).toEqual([1000, 25_000, 99_000]);
  });

  it('is the one that keeps its figures at every step in the report', () => {
    const report = completed().took('store-report').at(-1)?.report;
    expect(report?.steps.map(({ verdict }) => verdict?.kind)).toEqual(['pass', 'pass', 'pass']);
    expect(report?.decisions.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^started: canary version 1, attempt 1/),
      expect.stringMatching(/^step 1 of 3: canary at 1 %/),
      expect.stringMatching(/^step 2 of 3: canary at 25 %.*it is pass/),
      expect.stringMatching(/^step 3 of 3: canary at 99 %/),
      expect.stringMatching(/^completed/),
    ]);
  });

  it('has one report, which is told of a later rollback', () => {
    const course = completed();
    course.say({ verb: 'rollback', reason: 'slow after all' });
    const [first, last] = course.took('store-report').map(({ report }) => report);
    expect([first?.id, first?.outcome, last?.id, last?.outcome]).toEqual([1, 'completed', 1, 'rolled-back']);
  });
});

describe('a failing verdict', () => {
  it('rolls back at every step, and not what has completed', () => {
    for (const make of [started, atSecondStep, baking]) {
      const course = make();
      course.tick('fail');
      expect([course.state.phase, course.weight]).toEqual(['rolled-back', 0]);
      expect(course.state.cap.limits['canary']?.isBarred).toBe(true);
    }
    const done = completed();
    done.tick('fail');
    expect(done.state.phase).toBe('completed');
  });
});
