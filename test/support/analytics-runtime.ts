/**
 * The Analytics Engine sink by itself in the Workers runtime, with the runtime's own binding: unlike
 * Miniflare's, which does nothing, it checks a point's limits as production does, and hands on what is
 * within them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { compatibilityDate } from '../../scripts/local-weir.ts';
import type { Batch } from '../../src/core/metrics/batch.ts';
import type { SinkReply } from '../../src/edge/sinks/sink.ts';
import { eventually } from './eventually.ts';
import { freePort } from '../../scripts/free-port.ts';
import { bodyOf, startOrigin } from './origin.ts';

/** The package has no types: its default export is the path of the binary. */
const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string };

/** `{ batch }` is delivered; `{ point }` is written as it is. */
const WORKER = `
import { analyticsEngineSink } from './src/edge/sinks/analytics-engine.ts';
export default {
  async fetch(request, env) {
    const { batch, point } = await request.json();
    if (point !== undefined) env.ANALYTICS_ENGINE.writeDataPoint(point);
    return Response.json(batch === undefined ? {} : await analyticsEngineSink(env.ANALYTICS_ENGINE).deliver(batch));
  },
};`;

export interface WrittenPoint {
  readonly index: string;
  readonly blobs: readonly string[];
  readonly doubles: readonly number[];
}

export interface AnalyticsRuntime {
  /** What got through, in order. */
  readonly written: WrittenPoint[];
  deliver(batch: Batch): Promise<SinkReply>;
  write(point: { indexes: string[]; blobs: string[]; doubles: number[] }): Promise<void>;
  stop(): Promise<void>;
}

export async function startAnalyticsRuntime(): Promise<AnalyticsRuntime> {
  const written: WrittenPoint[] = [];
  const engine = await startOrigin((request, response) => {
    void bodyOf(request).then(body => {
      written.push(pointOf(JSON.parse(body.toString('utf8')) as Record<string, unknown>));
      response.end();
    });
  });
  const directory = mkdtempSync(join(tmpdir(), 'weir-analytics-'));
  const { outputFiles } = await build({
    stdin: { contents: WORKER, resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
    bundle: true,
    format: 'esm',
    target: 'es2024',
    write: false,
  });
  writeFileSync(join(directory, 'worker.js'), outputFiles[0]!.text);
  const port = await freePort();
  writeFileSync(join(directory, 'config.capnp'), configuration(engine.host, port));
  const child = spawn(workerd, ['serve', '--experimental', join(directory, 'config.capnp')], {
    stdio: 'ignore',
  });
  const gone = once(child, 'exit');
  const post = (body: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: JSON.stringify(body) });
  await eventually('workerd to answer', async () => (await post({})).ok);
  return {
    written,
    deliver: async batch => (await (await post({ batch })).json()) as SinkReply,
    async write(point) {
      await post({ point });
    },
    async stop() {
      child.kill('SIGKILL');
      await gone;
      await engine.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** The runtime writes texts as lists of bytes. */
function pointOf(json: Record<string, unknown>): WrittenPoint {
  const text = (bytes: unknown): string => Buffer.from((bytes ?? []) as number[]).toString('utf8');
  const columns = Array.from({ length: 20 }, (_, i) => i + 1);
  return {
    index: text(json['index1']),
    blobs: columns.filter(n => json[`blob${n}`] !== undefined).map(n => text(json[`blob${n}`])),
    doubles: columns.map(n => Number(json[`double${n}`])),
  };
}

function configuration(engine: string, port: number): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .mainWorker),
    (name = "engine", external = (address = ${JSON.stringify(engine)}, http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const mainWorker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = ${JSON.stringify(compatibilityDate())},
  bindings = [(name = "ANALYTICS_ENGINE", analyticsEngine = "engine")],
);
`;
}
