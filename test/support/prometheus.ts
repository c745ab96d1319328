/** The real Prometheus server and its tool, for what only they can tell. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { closedPort } from './origin.ts';

const SERVER = '/usr/bin/prometheus';
const TOOL = '/usr/bin/promtool';

/** For `skipIf`; the name of such a test says that it needs prometheus. */
export const HAS_PROMETHEUS = existsSync(SERVER) && existsSync(TOOL);

export interface PrometheusOptions {
  /** Where Weir answers, without a path. */
  readonly scrape: string;
  readonly token: string;
  /** Paths of rule files; they are evaluated once a second. */
  readonly rules?: readonly string[];
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metadata {
  readonly type: string;
  readonly unit: string;
  readonly help: string;
}

export interface Prometheus {
  /** An instant query, now. @throws with Prometheus' words if it is no PromQL */
  query(expression: string): Promise<Series[]>;
  /** The value of a query with one series at most; undefined without any. */
  value(expression: string): Promise<number | undefined>;
  /**
   * A range query, as a chart asks it, over the last `seconds` in steps of one. Series without any
   * finite value are left out; `value` is the last one.
   */
  queryRange(expression: string, seconds: number): Promise<Series[]>;
  /** What the exposition said of each metric, by the family's name there. */
  metadata(): Promise<ReadonlyMap<string, Metadata>>;
  /** What it has logged so far, at level debug. */
  log(): readonly string[];
  stop(): Promise<void>;
}

/** Scrapes every second; resolves after the first scrape that went well. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-prometheus-'));
  const config = join(directory, 'prometheus.yml');
  writeFileSync(config, configuration(options));
  const address = new URL(await closedPort()).host;
  const child = spawn(
    SERVER,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=debug',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));

  const api = async <T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> => {
    const response = await fetch(
      `http://${address}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`,
    );
    const answer = (await response.json()) as ApiAnswer<T>;
    if (answer.status !== 'success') throw new Error(`${answer.error}: ${JSON.stringify(parameters)}`);
    return answer.data;
  };
  const query = async (expression: string): Promise<Series[]> => {
    const { result } = await api<QueryResult>('query', { query: expression });
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  };
  const prometheus: Prometheus = {
    query,
    async value(expression) {
      const series = await query(expression);
      if (series.length > 1) throw new Error(`${series.length} series: ${expression}`);
      return series[0]?.value;
    },
    async queryRange(expression, seconds) {
      const end = Date.now() / 1000;
      const parameters = { query: expression, start: String(end - seconds), end: String(end), step: '1' };
      const { result } = await api<RangeResult>('query_range', parameters);
      return result.flatMap(({ metric, values }) => {
        const last = values.findLast(([, value]) => Number.isFinite(Number(value)));
        return last === undefined ? [] : [{ labels: metric, value: Number(last[1]) }];
      });
    },
    async metadata() {
      const known = await api<Readonly<Record<string, readonly Metadata[]>>>('metadata');
      return new Map(Object.entries(known).flatMap(([name, [first]]) => (first ? [[name, first]] : [])));
    },
    log: () => output.split('\n'),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }
      rmSync(directory, { recursive: true });
    },
  };
  try {
    await eventually('a scrape', async () => (await prometheus.value('up')) === 1, 30_000);
  } catch (error) {
    await prometheus.stop();
    throw new Error(`prometheus does not scrape:\n${output}`, { cause: error });
  }
  return prometheus;
}

type ApiAnswer<T> =
  { readonly status: 'success'; readonly data: T } | { readonly status: 'error'; readonly error: string };

interface QueryResult {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [at: number, value: string];
  }[];
}

interface RangeResult {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly values: readonly (readonly [at: number, value: string])[];
  }[];
}

/** JSON, which is YAML too. */
function configuration({ scrape, token, rules = [] }: PrometheusOptions): string {
  return JSON.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: rules,
    scrape_configs: [
      {
        job_name: 'weir',
        metrics_path: '/__weir/metrics',
        authorization: { credentials: token },
        static_configs: [{ targets: [new URL(scrape).host] }],
      },
    ],
  });
}

export interface ToolRun {
  readonly status: number | null;
  readonly output: string;
}

/** `promtool` with these arguments, in the folder that relative paths start from. */
export function promtool(args: readonly string[], options: { cwd?: string; input?: string } = {}): ToolRun {
  const run = spawnSync(TOOL, args, { encoding: 'utf8', ...options });
  return { status: run.status, output: `${run.stdout}${run.stderr}` };
}
