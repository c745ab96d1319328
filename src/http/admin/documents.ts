/** `GET …/documents`: who changed what; with a revision, that document. `POST …/enable · disable`. */
import { Hono, type Context } from 'hono';
import type { Reading } from '../../core/rollout/active.ts';
import { changesOf } from '../../core/rollout/changes.ts';
import type { DocumentVersion } from '../../core/rollout/control.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ControllerRpc, Env } from '../../edge/env.ts';
import { attempt } from '../../edge/waiting.ts';
import { guard, type Guarded } from '../guard.ts';
import { problem } from '../problem.ts';
import { absent, type Absence } from './absent.ts';
import { actorOf } from './actor.ts';
import { malformed, putResponse, unanswered } from './answers.ts';
import { askController, existenceOf, readRollout } from './asking.ts';
import { etagOf } from './etag.ts';
import { configured } from './in-force.ts';

export const documents = new Hono<Guarded>();

documents.get('/:name/documents', guard('viewer'), async context => {
  const name = context.req.param('name');
  const revision = context.req.query('revision');
  if (revision !== undefined) return documentResponse(name, revision, context);
  const existence = await existenceOf(name, context.env, await readRollout(name, context.env));
  if (existence !== 'known') return absent(name, existence);
  const versions = await askController(context.env, name, controller => controller.documents());
  if (versions === undefined) return absent(name, 'controller-unreachable');
  return Response.json({ name, documents: versions.map((version, i) => entryOf(version, versions[i + 1])) });
});

/** Which paths changed, not to what: a document's values are for those who run the rollout. */
function entryOf(
  { revision, by, channel, at, text }: DocumentVersion,
  previous: DocumentVersion | undefined,
) {
  const changed =
    previous === undefined
      ? null
      : changesOf(JSON.parse(previous.text), JSON.parse(text)).map(({ path }) => path);
  return { revision, by, channel, at: new Date(at).toISOString(), changed };
}

/** A header's value may be a secret that somebody spelt out: viewers see what changed, operators the text. */
async function documentResponse(name: string, wanted: string, context: Context<Guarded>): Promise<Response> {
  const { role, name: who } = context.var.principal;
  if (role !== 'operator' && role !== 'admin')
    return problem({
      status: 403,
      title: 'Forbidden',
      detail: `${who} has the role ${role}; the text of a document needs operator.`,
    });
  if (wanted === 'current') {
    const current = await currentDocument(name, context.env);
    if (!current.ok) return absent(name, current.error);
    return Response.json(current.value, { headers: { etag: etagOf(current.value.revision) } });
  }
  if (!/^\d{1,15}$/.test(wanted))
    return malformed(
      `"revision" must be a number of the history or "current"; it was ${JSON.stringify(wanted.slice(0, 40))}.`,
    );
  const versions = await askController(context.env, name, controller => controller.documents());
  if (versions === undefined) return absent(name, 'controller-unreachable');
  const version = versions.find(({ revision }) => revision === Number(wanted));
  if (version === undefined)
    return problem({
      status: 404,
      title: 'Not Found',
      detail: `There is no document of revision ${wanted} among the last ${versions.length} of "${name}".`,
    });
  return Response.json({ name, revision: version.revision, document: JSON.parse(version.text) as unknown });
}

interface CurrentDocument {
  readonly name: string;
  /** Of document and weight together, for If-Match. */
  readonly revision: number;
  readonly document: unknown;
}

/** What is in force, also when it was written by hand or comes from the variables. */
async function currentDocument(name: string, env: Env): Promise<Result<CurrentDocument, Absence>> {
  const reading = await readRollout(name, env);
  const existence = await existenceOf(name, env, reading);
  if (existence !== 'known') return err(existence);
  const asked = await askController(env, name, async controller => {
    const news = await newsIn(name, reading, controller);
    return { state: await controller.state(), news };
  });
  if (asked === undefined) return err('controller-unreachable');
  const { state, news } = asked;
  const { active } = configured(name, env, state, news);
  if (active === undefined) return err('unknown');
  return ok({ name, revision: state.revision, document: JSON.parse(active.document.text) as unknown });
}

/**
 * A document without a revision may be a new one of somebody's hand, or one that was replaced and that a
 * stale cache still shows: the controller tells them apart, and what it doesn't take must not come back.
 */
async function newsIn(
  name: string,
  reading: Reading | undefined,
  controller: ControllerRpc,
): Promise<Reading | undefined> {
  const document = reading?.document ?? null;
  if (reading === undefined || document === null || document.revision !== undefined) return reading;
  const { accepted } = await controller.reportHandWritten(name, { document: document.text });
  return accepted.includes('document') ? reading : { ...reading, document: null };
}

/** Two people who change it at the same moment: the second looks again. */
const ATTEMPTS = 3;

for (const [verb, enabled] of [
  ['enable', true],
  ['disable', false],
] as const) {
  documents.post(`/:name/${verb}`, guard('operator'), context => putEnabled(context, enabled));
}

/** The document as it is in force, with `enabled` changed: the one key of it that an operator may turn. */
async function putEnabled(context: Context<Guarded, '/:name/:verb'>, enabled: boolean): Promise<Response> {
  const name = context.req.param('name');
  const { env } = context;
  for (let attempts = 1; ; attempts++) {
    const current = await currentDocument(name, env);
    if (!current.ok) return absent(name, current.error);
    const { document, revision } = current.value;
    const text = JSON.stringify({ ...(document as object), enabled }, null, 2);
    const result = await attempt(`changing ${name}`, () =>
      env.ROLLOUT_CONTROLLER.getByName(name).putDocument(name, text, actorOf(context), revision),
    );
    if (result === undefined) return unanswered(name);
    if (result.kind !== 'conflict' || attempts === ATTEMPTS) return putResponse(result, name);
  }
}
