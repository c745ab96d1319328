/** What the runtime's process holds in memory, as Linux tells it; elsewhere nobody knows. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

export const CAN_MEASURE_MEMORY = existsSync('/proc/net/tcp');

/** The process that listens on a port of this machine. @throws if there is none of ours */
export function processListeningOn(port: number): number {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const listening = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .find(([, local, , state]) => local?.endsWith(`:${hexPort}`) === true && state === '0A');
  const inode = listening?.[9];
  if (inode === undefined) throw new Error(`nothing listens on port ${port}`);
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    if (openFiles(pid).includes(`socket:[${inode}]`)) return Number(pid);
  }
  throw new Error(`no process of ours listens on port ${port}`);
}

/** Megabytes of memory that the process occupies just now. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

function openFiles(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(file => readlinkSync(`/proc/${pid}/fd/${file}`));
  } catch {
    // Another user's process, or one that has ended meanwhile.
    return [];
  }
}
