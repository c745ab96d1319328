/** Returns a figure; what it does to get it may take its time. */
export type Measurement = () => number | Promise<number>;

/**
 * Several measurements once a round, in the opposite order every other round, after a round that
 * nobody counts: by then the compiler has seen all of it.
 *
 * @returns the values of each, by round
 */
export async function inTurn(rounds: number, measurements: readonly Measurement[]): Promise<number[][]> {
  const runs = measurements.map(measure => ({ measure, values: [] as number[] }));
  for (const { measure } of runs) await measure();
  for (let round = 0; round < rounds; round++) {
    for (const { measure, values } of round % 2 === 0 ? runs : runs.toReversed())
      values.push(await measure());
  }
  return runs.map(({ values }) => values);
}
