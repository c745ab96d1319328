import { problem } from '../problem.ts';

/** Why there is nothing to show of a rollout; `unreachable` is its hub, or the index. */
export type Absence = 'unknown' | 'unreachable' | 'controller-unreachable';

export function absent(name: string, reason: Absence): Response {
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
    case 'controller-unreachable':
      return problem(
        {
          status: 503,
          title: 'Service Unavailable',
          detail: `The controller, which keeps the document and the weight of "${name}" and who changed them, gave no answer. Visitors are not affected, their requests are counted, and a weight that is written into KV by hand takes effect; try again.`,
        },
        { 'retry-after': '5' },
      );
  }
}
