/** How the API says what became of a change. */
import { unreachable } from '../../core/result.ts';
import type { ActResult, PutResult, RemoveResult } from '../../core/rollout/control.ts';
import type { Problem } from '../../core/rollout/problem.ts';
import { problem } from '../problem.ts';
import { absent } from './absent.ts';
import { etagOf } from './etag.ts';

/** @param more sentences beside the controller's own, e.g. which rules still send visitors */
export function putResponse(result: PutResult, name: string, more: readonly string[] = []): Response {
  switch (result.kind) {
    case 'stored':
      return Response.json(
        {
          name,
          revision: result.state.revision,
          written: result.written,
          effects: [...result.effects, ...more],
        },
        // Accepted, but KV still refuses: it is tried until it takes it.
        { status: result.written ? 200 : 202, headers: { etag: etagOf(result.state.revision) } },
      );
    case 'invalid':
      return invalid(result.problems);
    case 'conflict':
      return problem(
        {
          status: 412,
          title: 'Precondition Failed',
          detail: `The rollout has changed meanwhile: it is at revision ${result.revision}. Nothing was changed.`,
        },
        { etag: etagOf(result.revision) },
      );
    case 'no-document':
      return conflict(
        `There is no document for "${name}", so there is nothing to weigh. Put one first: PUT /__weir/api/rollouts/${name}`,
      );
    case 'refused':
      return conflict(result.detail);
    default:
      return unreachable(result);
  }
}

export function actResponse(result: ActResult, name: string): Response {
  switch (result.kind) {
    case 'done':
      return Response.json({
        name,
        message: result.message,
        changed: result.changed,
        delivery: result.status,
      });
    case 'refused':
      return conflict(result.detail);
    case 'invalid':
      return invalid(result.problems);
    case 'unknown':
      return absent(name, 'unknown');
    default:
      return unreachable(result);
  }
}

export function removeResponse(result: RemoveResult, name: string): Response {
  switch (result.kind) {
    case 'removed':
      return Response.json({ name, removed: true });
    case 'refused':
      return conflict(result.detail);
    default:
      return unreachable(result);
  }
}

export function conflict(detail: string): Response {
  return problem({ status: 409, title: 'Conflict', detail });
}

export function invalid(problems: readonly Problem[]): Response {
  return problem({
    status: 422,
    title: 'Unprocessable Content',
    detail: 'Nothing was changed: what was in force stays in force.',
    errors: problems,
  });
}

export function malformed(detail: string): Response {
  return problem({ status: 400, title: 'Bad Request', detail });
}

/**
 * The controller was asked and gave no answer: unlike a question, a command may have been carried out
 * all the same, so nobody may say that nothing was changed.
 */
export function unanswered(name: string): Response {
  return problem(
    {
      status: 503,
      title: 'Service Unavailable',
      detail: `The controller of "${name}" gave no answer: what was asked may have been done or not. Look at the status and ask again; every verb may be repeated. A weight that is written into KV by hand takes effect without the controller.`,
    },
    { 'retry-after': '5' },
  );
}
