/** One verb, as its phase allows it (judging.md, section 5). */
import { unreachable } from '../result.ts';
import type { Draft } from './draft.ts';
import type { Answer } from './effect.ts';
import type { Probe } from './event.ts';
import type { Command } from './phase.ts';
import { adopt, undoAdopt } from './verbs/adopt.ts';
import { approve, promote } from './verbs/approve.ts';
import { freeze } from './verbs/freeze.ts';
import { pause, resume } from './verbs/pause.ts';
import { rollback } from './verbs/rollback.ts';
import { start } from './verbs/start.ts';
import { weigh } from './verbs/weight.ts';

export function obey(draft: Draft, command: Command, probe: Probe | null): Answer {
  switch (command.verb) {
    case 'start':
      return start(draft, command.again === true, probe);
    case 'pause':
      return pause(draft, said(command.reason));
    case 'resume':
      return resume(draft);
    case 'approve':
      return approve(draft);
    case 'promote':
      return promote(draft, command.force === true, said(command.reason));
    case 'rollback':
      return rollback(draft, said(command.reason));
    case 'adopt':
      return command.undo === true ? undoAdopt(draft, command.confirmed === true, probe) : adopt(draft);
    case 'weight':
      return weigh(draft, command.weights, command.force === true, said(command.reason));
    case 'freeze':
      return freeze(draft, command.until, said(command.reason));
    default:
      return unreachable(command);
  }
}

/** An empty reason is none. */
function said(reason: string | undefined): string | undefined {
  return reason === undefined || reason.trim() === '' ? undefined : reason.trim();
}
