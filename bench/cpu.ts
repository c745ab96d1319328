/** CPU time of another process, all its threads, as Linux counts it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Ticks a second; the files of /proc count in ticks. */
const hertz = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;

/** @returns user and system time in seconds; undefined where there is no /proc */
export function cpuSeconds(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  // proc(5): the second field is the name, in parentheses, and may hold anything; utime is field 14.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / hertz;
}
