/** The body of an OFREP request, no more of it than a context can need. */
import { err, ok, type Result } from '../../core/result.ts';

/** A context is a handful of attributes; a thousand long ones still fit. */
export const MAX_BODY_BYTES = 64 * 1024;

/** @returns an error if it is longer; the rest is then not read */
export async function bodyText(request: Request): Promise<Result<string, 'too large'>> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) return err('too large');
  const reader = (request.body as ReadableStream<Uint8Array> | null)?.getReader();
  if (reader === undefined) return ok('');
  const decoder = new TextDecoder();
  let text = '';
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return ok(text + decoder.decode());
    bytes += value.length;
    if (bytes > MAX_BODY_BYTES) {
      await reader.cancel();
      return err('too large');
    }
    text += decoder.decode(value, { stream: true });
  }
}
