/**
 * A real ClickHouse (Debian's) with a table laid out like one of Analytics Engine's, which is
 * ClickHouse behind its SQL API.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from '../../scripts/free-port.ts';

const SERVER = '/usr/sbin/clickhouse-server';

/** For `skipIf`; the name of such a test says that it needs clickhouse-server. */
export const HAS_CLICKHOUSE = existsSync(SERVER);

/** A data point as Analytics Engine keeps it. */
export interface StoredPoint {
  readonly indexes: readonly string[];
  readonly blobs: readonly string[];
  readonly doubles: readonly number[];
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** The row stands for so many. */
  readonly sampleInterval: number;
}

export type Row = Readonly<Record<string, string | number>>;

export interface ClickHouse {
  /** @throws with the server's own words */
  query(sql: string): Promise<Row[]>;
  store(points: readonly StoredPoint[]): Promise<void>;
  stop(): Promise<void>;
}

const NUMBERS = Array.from({ length: 20 }, (_, i) => i + 1);
const TABLE = `CREATE TABLE weir (
  dataset String, timestamp DateTime, _sample_interval UInt32, index1 String,
  ${NUMBERS.map(n => `blob${n} String`).join(', ')},
  ${NUMBERS.map(n => `double${n} Float64`).join(', ')}
) ENGINE = Memory`;

export async function startClickHouse(): Promise<ClickHouse> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-clickhouse-'));
  const port = await freePort();
  writeFileSync(join(directory, 'config.xml'), configuration(directory, port));
  writeFileSync(join(directory, 'users.xml'), USERS);
  const child = spawn(SERVER, [`--config-file=${join(directory, 'config.xml')}`], { stdio: 'ignore' });
  const gone = once(child, 'exit');

  async function ask(sql: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: sql });
    const text = await response.text();
    if (!response.ok) throw new Error(`ClickHouse refused ${sql.slice(0, 500)}: ${text.slice(0, 500)}`);
    return text;
  }

  await eventually(
    'ClickHouse to answer',
    async () => {
      if (child.exitCode !== null)
        throw new Error(`clickhouse-server ended with exit code ${child.exitCode}`);
      return (await ask('SELECT 1')) === '1\n';
    },
    30_000,
  );
  await ask(TABLE);
  return {
    query: async sql => (JSON.parse(await ask(`${sql}\nFORMAT JSON`)) as { data: Row[] }).data,
    async store(points) {
      await ask(`INSERT INTO weir FORMAT JSONEachRow\n${points.map(storedRow).join('\n')}`);
    },
    async stop() {
      child.kill('SIGKILL');
      await gone;
      rmSync(directory, { recursive: true });
    },
  };
}

function storedRow({ indexes, blobs, doubles, timestamp, sampleInterval }: StoredPoint): string {
  return JSON.stringify({
    dataset: 'weir',
    timestamp,
    _sample_interval: sampleInterval,
    index1: indexes[0] ?? '',
    ...Object.fromEntries(NUMBERS.map(n => [`blob${n}`, blobs[n - 1] ?? ''])),
    ...Object.fromEntries(NUMBERS.map(n => [`double${n}`, doubles[n - 1] ?? 0])),
  });
}

const USERS = `<yandex>
  <profiles><default></default></profiles>
  <users><default>
    <password></password><networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile><quota>default</quota>
  </default></users>
  <quotas><default></default></quotas>
</yandex>`;

function configuration(directory: string, port: number): string {
  return `<yandex>
  <logger><level>none</level></logger>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${port}</http_port>
  <path>${directory}/data/</path>
  <tmp_path>${directory}/tmp/</tmp_path>
  <users_config>users.xml</users_config>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
  <mark_cache_size>1048576</mark_cache_size>
  <timezone>UTC</timezone>
</yandex>`;
}
