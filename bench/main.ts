/**
 * `npm run bench`: what Weir costs, as ratios within one run (README).
 * Exit codes: 0 measured, whatever the figures; 1 it could not be measured, or Weir miscounted; 2 bad
 * arguments.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureDecision } from './decision.ts';
import { summaryOf, type Section } from './figures.ts';
import { describeMachine, type Machine } from './machine.ts';
import { measureFlags } from './flags/cost.ts';
import { measureMemory } from './memory.ts';
import { heading, tableOf, verdict } from './report.ts';
import { measureRules } from './rule-cost.ts';
import { measureRulesInRuntime } from './rule-runtime.ts';
import { readSettings, USAGE, UsageError, type Settings } from './settings.ts';
import { openStage } from './stage.ts';
import { measureBundle, measureStartup } from './startup.ts';
import { noiseOf, throughputSections } from './throughput-figures.ts';
import { measureThroughput, type Throughput } from './throughput.ts';
import { wrkVersion } from './wrk.ts';

/** Two runs of the same Worker that differ by more than this say that the others mean little, too. */
const QUIET = 0.05;

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  if (settings === 'help') {
    console.log(USAGE);
    return;
  }
  const wrk = wrkVersion();
  if (wrk === undefined) throw new Error('wrk is not installed: apt-get install wrk (or brew install wrk)');

  const machine = describeMachine(wrk);
  const startedAt = new Date();
  // Progress goes to stderr: stdout is the result.
  const log = (line: string): void => console.error(line);
  log('building');
  const stage = await openStage();
  try {
    log('decision, rules, flags, memory, start-up');
    const short = [
      await measureDecision(settings.shortRounds),
      ...(await measureRules(settings.shortRounds)),
      await measureRulesInRuntime(stage, settings.shortRounds),
      ...(await measureFlags(settings.shortRounds)),
      measureMemory(settings.shortRounds),
      await measureStartup(stage, settings.shortRounds),
      measureBundle(stage),
    ];
    const throughput = await measureThroughput(stage, settings, log);
    const sections = [...throughputSections(throughput.samples), ...short];

    console.log(`\n${heading(machine, settings)}\n\n${tableOf(sections)}\n`);
    conclude(sections, throughput);
    console.log(`written to ${write(startedAt, machine, settings, sections, throughput)}`);
  } finally {
    await stage.close();
  }
}

/** What a person has to know beside the table. */
function conclude(sections: readonly Section[], { samples, problems }: Throughput): void {
  if (samples.some(sample => sample.cpuSeconds === null)) {
    console.log('CPU time is left out: this machine has no /proc.');
  }
  const noise = noiseOf(samples);
  if (noise > QUIET) {
    console.log(
      `THE MACHINE WAS NOT QUIET: two runs of the same Worker differ by ${Math.round(noise * 100)} %. Don't rely on this run.`,
    );
  }
  const missed = sections.flatMap(({ title, figures }) =>
    figures.filter(figure => summaryOf(figure).reached === false).map(({ name }) => `  ${title}: ${name}`),
  );
  if (missed.length > 0) console.log(`targets not reached:\n${missed.join('\n')}`);
  if (problems.length > 0) {
    console.log(`WEIR MISCOUNTED:\n${problems.map(problem => `  ${problem}`).join('\n')}`);
    process.exitCode = 1;
  } else {
    console.log("Weir's counts agree with wrk's, but for requests under way when it stopped.");
  }
}

/** @returns where */
function write(
  startedAt: Date,
  machine: Machine,
  settings: Settings,
  sections: readonly Section[],
  { samples, problems }: Throughput,
): string {
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  // No colons: file names of all systems.
  const file = `${folder}${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}Z.json`;
  const figures = sections.map(section => ({
    ...section,
    figures: section.figures.map(figure => ({ ...figure, ...summaryOf(figure), verdict: verdict(figure) })),
  }));
  const result = {
    startedAt: startedAt.toISOString(),
    machine,
    settings,
    sections: figures,
    samples,
    problems,
  };
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  return relative(process.cwd(), file);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

await main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof UsageError) console.error(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
