/** `…/:name/flags` and `…/flags/:flag`: what there is, and what changes it. None of it touches a run. */
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as z from 'zod/mini';
import type { FlagsChange } from '../../core/flags/change.ts';
import { compileFlags } from '../../core/flags/compile.ts';
import { flagsView, type FlagsView } from '../../core/flags/view.ts';
import { err, ok, unreachable, type Result } from '../../core/result.ts';
import type { FlagsPutResult, KeptFlags } from '../../core/rollout/control.ts';
import { jsonPath, type Problem } from '../../core/rollout/problem.ts';
import { attempt } from '../../edge/waiting.ts';
import { guard, type Guarded } from '../guard.ts';
import { problem } from '../problem.ts';
import { absent, type Absence } from './absent.ts';
import { actorOf } from './actor.ts';
import { conflict, invalid, malformed, unanswered } from './answers.ts';
import { askController, existenceOf, readRollout } from './asking.ts';
import { flagOf } from './command-bodies.ts';
import { etagOf, ifMatchOf } from './etag.ts';

const MAX_BODY = 256 * 1024;

export const flags = new Hono<Guarded>();

flags.get('/:name/flags', guard('viewer'), async context => {
  const view = await viewOf(context.req.param('name'), context);
  if (!view.ok) return absent(context.req.param('name'), view.error);
  return Response.json(view.value, { headers: { etag: etagOf(view.value.revision) } });
});

flags.get('/:name/flags/:flag', guard('viewer'), async context => {
  const { name, flag: key } = context.req.param();
  const view = await viewOf(name, context);
  if (!view.ok) return absent(name, view.error);
  const { revision, document, flags } = view.value;
  const flag = flags.find(flag => flag.key === key);
  if (flag === undefined) return noFlag(name, key);
  return Response.json(
    { name, revision, ...flag, definition: document[key] },
    { headers: { etag: etagOf(revision) } },
  );
});

const limited = bodyLimit({
  maxSize: MAX_BODY,
  onError: () =>
    problem({
      status: 413,
      title: 'Content Too Large',
      detail: `Expected at most ${MAX_BODY} bytes; nothing was changed.`,
    }),
});

flags.put('/:name/flags', guard('flags'), limited, async context =>
  change(context, ok({ kind: 'document', text: await context.req.text() })),
);

flags.put('/:name/flags/:flag', guard('flags'), limited, async context => {
  const json = parse(await context.req.text());
  const key = context.req.param('flag');
  return change(context, json.ok ? ok({ kind: 'flag', key, flag: json.value }) : json);
});

flags.patch('/:name/flags/:flag', guard('flags'), limited, async context =>
  change(context, turnOf(context.req.param('flag'), await context.req.text())),
);

flags.delete('/:name/flags/:flag', guard('flags'), context =>
  change(context, ok({ kind: 'remove', key: context.req.param('flag') })),
);

const TURN = 'expected {"enabled": true}, {"enabled": false} or {"share": <percent from 0 to 100>}';
const turn = z.union([
  z.strictObject({ enabled: z.boolean() }),
  z.strictObject({ share: z.number().check(z.gte(0), z.lte(100)) }),
]);

/** The one thing that is turned of a flag: its switch, or its share. */
function turnOf(key: string, body: string): Result<FlagsChange, Problem[]> {
  const json = parse(body);
  if (!json.ok) return json;
  const parsed = turn.safeParse(json.value);
  if (!parsed.success) return err([{ path: jsonPath([]), message: TURN }]);
  return ok(
    'share' in parsed.data
      ? { kind: 'share', key, percent: parsed.data.share }
      : { kind: 'switch', key, on: parsed.data.enabled },
  );
}

function parse(body: string): Result<unknown, Problem[]> {
  try {
    return ok(JSON.parse(body) as unknown);
  } catch (error) {
    return err([{ path: '$', message: `not JSON: ${String(error)}` }]);
  }
}

async function change(
  context: Context<Guarded, '/:name/flags'>,
  wanted: Result<FlagsChange, Problem[]>,
): Promise<Response> {
  const name = context.req.param('name');
  const condition = ifMatchOf(context.req.header('if-match'));
  if (condition === 'malformed')
    return malformed('Expected If-Match to be the ETag of a GET of the flags, like "3", or "*".');
  const confirmed = flagOf('confirmed', key => context.req.query(key));
  if (!confirmed.ok) return invalid(confirmed.error);
  if (!wanted.ok) return invalid(wanted.error);
  const result = await attempt(`changing the flags of ${name}`, () =>
    context.env.ROLLOUT_CONTROLLER.getByName(name).changeFlags(
      name,
      wanted.value,
      actorOf(context),
      condition,
      confirmed.value,
    ),
  );
  return result === undefined ? unanswered(name) : changeResponse(result, name);
}

function changeResponse(result: FlagsPutResult, name: string): Response {
  switch (result.kind) {
    case 'stored': {
      const { revision, written, what, effects, flag } = result;
      // Accepted, but KV still refuses: it is tried until it takes it.
      const init = { status: written ? 200 : 202, headers: { etag: etagOf(revision) } };
      return Response.json({ name, revision, written, changed: what, effects, flag }, init);
    }
    case 'invalid':
      return invalid(result.problems);
    case 'conflict':
      return problem(
        {
          status: 412,
          title: 'Precondition Failed',
          detail: `The flags have changed meanwhile: they are at revision ${result.revision}. Nothing was changed.`,
        },
        { etag: etagOf(result.revision) },
      );
    case 'no-flag':
      return noFlag(name, result.key);
    case 'refused':
      return conflict(result.detail);
    default:
      return unreachable(result);
  }
}

function noFlag(name: string, key: string): Response {
  return problem({
    status: 404,
    title: 'Not Found',
    detail: `There is no flag ${JSON.stringify(key.slice(0, 128))} among those of "${name}".`,
  });
}

/** What is in force, also when somebody wrote it by hand a moment ago. */
async function viewOf(
  name: string,
  { env }: Pick<Context<Guarded>, 'env'>,
): Promise<Result<FlagsView, Absence>> {
  const reading = await readRollout(name, env);
  const existence = await existenceOf(name, env, reading);
  if (existence !== 'known') return err(existence);
  const found = reading?.flags ?? null;
  const byHand = found !== null && found.revision === undefined ? found.text : null;
  const kept = await askController(env, name, async (controller): Promise<KeptFlags> => {
    if (byHand !== null) await controller.reportHandWritten(name, { flags: byHand });
    return controller.flags();
  });
  if (kept === undefined) return err('controller-unreachable');
  return ok(flagsView(name, kept, refused(byHand), Date.now()));
}

/** Why what somebody wrote into KV can't be in force. */
function refused(byHand: string | null): readonly Problem[] {
  const compiled = byHand === null ? undefined : compileFlags(byHand);
  if (compiled === undefined || compiled.ok) return [];
  return compiled.error.map(({ path, message }) => ({ path, message: `in KV, not in force: ${message}` }));
}
