/** Bounded waiting inside a Durable Object. */

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}

/** @throws if the promise hasn't settled after `ms`; it goes on unobserved */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const late = sleep(ms).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  return Promise.race([promise, late]);
}
