/** A small real origin that shows which version answered: its identity, its behaviour, its life. */
import { createServer } from 'node:http';
import { applyChange, type Behaviour, type BehaviourChange } from './behaviour.ts';
import type { Controlled } from './control.ts';
import { listen, stopListening, trackSockets } from './listening.ts';
import { serve } from './serving.ts';

export interface OriginOptions extends BehaviourChange {
  readonly variant: string;
  readonly version?: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly host?: string;
}

export interface Origin {
  readonly url: string;
  readonly port: number;
  readonly behaviour: Behaviour;
  /** Throws a RangeError, and changes nothing, for a value out of bounds. */
  setBehaviour(change: BehaviourChange): void;
  /** Ends requests and WebSockets that are still open, too. */
  close(): Promise<void>;
}

/** Longer than proxies keep an idle connection, so that none sends a request into a closing one. */
const KEEP_ALIVE_MS = 120_000;

/** Rejects with the code EADDRINUSE when something already listens on the port. */
export async function startOrigin(options: OriginOptions): Promise<Origin> {
  const { variant, host = '127.0.0.1', errorRate = 0, delayMs = 0 } = options;
  const version = options.version ?? (variant === 'stable' ? '1.0.0' : '1.1.0');

  let behaviour: Behaviour = { errorRate: 0, delayMs: 0 };
  const controlled: Controlled = {
    get behaviour() {
      return behaviour;
    },
    change(wanted) {
      const result = applyChange(behaviour, wanted);
      if (result.ok) behaviour = result.behaviour;
      return result;
    },
  };
  const setBehaviour = (wanted: BehaviourChange): void => {
    const result = controlled.change(wanted);
    if (!result.ok) throw new RangeError(`Expected ${result.expected}`);
  };
  setBehaviour({ errorRate, delayMs });

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  const sockets = trackSockets(server);
  serve(server, { variant, version }, controlled);
  const port = await listen(server, options.port, host);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    get behaviour() {
      return behaviour;
    },
    setBehaviour,
    close: () => stopListening(server, sockets),
  };
}
