// One flag with nothing but fetch:  node examples/fetch/main.js user-1 pro
const weir = process.env.WEIR_URL ?? 'http://localhost:8787';
const key = process.env.FLAG_KEY ?? '';
const patience = Number(process.env.FLAG_TIMEOUT ?? 1000);

/**
 * What Weir says of a flag, or `fallback` if it says nothing: no answer, an error, a flag without a value.
 * Flags must never take the app down with them.
 */
async function flag(name, fallback, context) {
  try {
    const response = await fetch(`${weir}/__weir/ofrep/v1/evaluate/flags/${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ context }),
      signal: AbortSignal.timeout(patience),
    });
    const answer = await response.json();
    if (!response.ok) return { value: fallback, why: answer.errorCode ?? `status ${response.status}` };
    return { value: answer.value ?? fallback, why: answer.reason };
  } catch (error) {
    return { value: fallback, why: String(error) };
  }
}

const [targetingKey = 'user-1', plan = 'free'] = process.argv.slice(2);
for (const [name, fallback] of [
  ['new-checkout', false],
  ['banner', ''],
  ['page-size', 10],
  ['no-such-flag', 'the default'],
]) {
  const { value, why } = await flag(name, fallback, { targetingKey, plan });
  console.log(`${name}: ${JSON.stringify(value)} (${why})`);
}
