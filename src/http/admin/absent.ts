import { problem } from '../problem.ts';

/** Why there is nothing to show of a rollout. */
export function absent(name: string, reason: 'unknown' | 'unreachable'): Response {
  switch (reason) {
    case 'unknown':
      return problem({
        status: 404,
        title: 'Not Found',
        detail: `There is no rollout "${name}": no document, no weight, no traffic.`,
      });
    case 'unreachable':
      return problem(
        {
          status: 503,
          title: 'Service Unavailable',
          detail: `The hub, which holds the figures of "${name}", gave no answer. Visitors are not affected; try again.`,
        },
        { 'retry-after': '5' },
      );
  }
}
