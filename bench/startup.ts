/** What Weir's script costs before the first request: its size, and the time until it answers. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { atMost, type Section } from './figures.ts';
import type { Stage } from './stage.ts';

export async function measureStartup(stage: Stage, rounds: number): Promise<Section> {
  const weir: number[] = [];
  const empty: number[] = [];
  const start = async (worker: 'weir' | 'empty'): Promise<void> => {
    const runtime = await stage.start(worker);
    (worker === 'weir' ? weir : empty).push(runtime.readyMs);
    await runtime.stop();
  };
  for (let round = 0; round < rounds; round++) {
    for (const worker of round % 2 === 0 ? (['empty', 'weir'] as const) : (['weir', 'empty'] as const)) {
      await start(worker);
    }
  }
  return {
    title: 'Start-up',
    note:
      'From the start of the runtime process to its first answer to HEAD /__weir/health, asked every 2 ms. The difference ' +
      "is Weir's script: reading, parsing, top level and the first request; the empty Worker has the same bindings.",
    figures: [
      { name: 'empty Worker', unit: 'ms', values: empty },
      { name: 'Weir', unit: 'ms', values: weir },
      {
        name: 'Weir − empty Worker',
        unit: 'ms',
        values: weir.map((value, round) => value - empty[round]!),
        target: atMost(50),
      },
    ],
  };
}

export function measureBundle(stage: Stage): Section {
  const bundle = readFileSync(stage.weirBundle);
  return {
    title: 'Bundle',
    note: 'dist/index.js, minified as it is deployed; gzip at its default level; 1 KB is 1,024 bytes.',
    figures: [
      { name: 'raw', unit: 'KB', values: [bundle.length / 1024] },
      { name: 'gzip', unit: 'KB', values: [gzipSync(bundle).length / 1024], target: atMost(150) },
    ],
  };
}
