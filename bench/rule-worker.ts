/**
 * The cases of rules in the runtime. Its clock stands still while a request is handled, so it does
 * what it is asked so often, and whoever asks measures.
 */
import { CASES, type CaseName } from './rule-cases.ts';

export default {
  fetch(request: Request): Response {
    const { searchParams } = new URL(request.url);
    const times = Number(searchParams.get('times'));
    // Made for each request: the runtime ties what is made during a request to it.
    CASES[searchParams.get('case') as CaseName]()(times);
    return new Response('done');
  },
};
