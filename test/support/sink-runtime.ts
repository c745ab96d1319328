/** The OTLP sink by itself in the Workers runtime, for what only that can tell: its fetch, gzip and timers. */
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { compatibilityDate } from '../../scripts/local-weir.ts';
import type { Batch } from '../../src/core/metrics/batch.ts';
import type { OtlpSettings } from '../../src/edge/sinks/otlp-settings.ts';
import type { SinkReply } from '../../src/edge/sinks/sink.ts';

const WORKER = `
import { otlpSink } from './src/edge/sinks/otlp.ts';
export default {
  async fetch(request) {
    const { settings, batch } = await request.json();
    return Response.json(await otlpSink(settings).deliver(batch));
  },
};`;

export interface SinkRuntime {
  deliver(settings: OtlpSettings, batch: Batch): Promise<SinkReply>;
  stop(): Promise<void>;
}

export async function startSinkRuntime(): Promise<SinkRuntime> {
  const { outputFiles } = await build({
    stdin: { contents: WORKER, resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
    bundle: true,
    format: 'esm',
    target: 'es2024',
    write: false,
  });
  const miniflare = new Miniflare({
    log: new Log(LogLevel.NONE),
    handleRuntimeStdio(stdout: Readable, stderr: Readable) {
      stdout.resume();
      stderr.resume();
    },
    cf: false,
    modules: true,
    script: outputFiles[0]!.text,
    compatibilityDate: compatibilityDate(),
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, proxy: false }],
  });
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL();
  return {
    async deliver(settings, batch) {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify({ settings, batch }) });
      return (await response.json()) as SinkReply;
    },
    stop: () => miniflare.dispose(),
  };
}
