/** `npm start` as a person runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { closedPort } from './origin.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Started {
  readonly process: ChildProcess;
  readonly url: string;
  readonly output: () => string;
  /** Ends it and everything that it started, at once; no matter if it has ended. */
  kill(): void;
}

/** @param variables its settings; give it a `STATE_DIR` of its own. Returns before it answers. */
export async function npmStart(variables: Readonly<Record<string, string>>): Promise<Started> {
  const port = variables['PORT'] ?? new URL(await closedPort()).port;
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, ADMIN_TOKEN: 'token', PORT: port, ...variables },
    detached: true,
  });
  let output = '';
  const collect = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return {
    process: child,
    url: `http://localhost:${port}`,
    output: () => output,
    kill() {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    },
  };
}
