/** Bounded waiting. Timers belong to the request that makes them; nothing here is shared. */

export class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}

/** @throws TimedOut if the promise hasn't settled after `ms`; it goes on unobserved */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimedOut(`no answer within ${ms} ms`)), ms);
    promise.then(
      value => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/** Waits until the work is done or the time is up, whichever is first; the work goes on. */
export function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    work.then(done, done);
  });
}

/** For work behind a request: a failure is logged and becomes undefined; it never reaches a visitor. */
export async function attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    console.warn(
      JSON.stringify({
        message: `${what} failed`,
        error: error instanceof Error ? error.message : String(error),
      }),
    );
    return undefined;
  }
}
