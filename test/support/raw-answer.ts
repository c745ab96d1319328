/** Reads an HTTP/1.1 response off its bytes (RFC 9112), and whether all of it is there. */

export interface RawAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body without its chunked coding; content codings are left as they are. */
  readonly body: Buffer;
  readonly text: string;
  /** Whether the body ended where its framing says, not just where the connection did. */
  readonly isComplete: boolean;
  /** Values of the header, in order; each line by itself. */
  all(name: string): string[];
  /** @throws if there are several */
  header(name: string): string | undefined;
}

interface Body {
  readonly bytes: Buffer;
  readonly isComplete: boolean;
}

export function readAnswer(
  received: Buffer,
  { isHead, isClosed }: { readonly isHead: boolean; readonly isClosed: boolean },
): RawAnswer {
  const end = received.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] =
    end < 0 ? [] : received.subarray(0, end).toString('latin1').split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 0);
  const all = (name: string): string[] =>
    headers.flatMap(([header, value]) => (header === name ? [value] : []));
  const body =
    end < 0
      ? { bytes: Buffer.alloc(0), isComplete: false }
      : readBody(received.subarray(end + 4), {
          isBodyless: isHead || status === 101 || status === 204 || status === 304,
          isChunked: all('transfer-encoding').includes('chunked'),
          length: all('content-length')[0],
          isClosed,
        });
  return {
    status,
    headers,
    body: body.bytes,
    text: body.bytes.toString('latin1'),
    isComplete: body.isComplete,
    all,
    header(name) {
      const values = all(name);
      if (values.length > 1) throw new Error(`several ${name}: ${values.join(' | ')}`);
      return values[0];
    },
  };
}

function readBody(
  bytes: Buffer,
  framing: {
    readonly isBodyless: boolean;
    readonly isChunked: boolean;
    readonly length: string | undefined;
    readonly isClosed: boolean;
  },
): Body {
  if (framing.isBodyless) return { bytes, isComplete: true };
  if (framing.isChunked) return readChunks(bytes);
  if (framing.length !== undefined) return { bytes, isComplete: bytes.length >= Number(framing.length) };
  return { bytes, isComplete: framing.isClosed };
}

function readChunks(bytes: Buffer): Body {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = lineEnd < 0 ? NaN : parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    const start = lineEnd + 2;
    if (Number.isNaN(size) || bytes.length < start + size + 2) {
      return { bytes: Buffer.concat(parts), isComplete: false };
    }
    if (size === 0) return { bytes: Buffer.concat(parts), isComplete: true };
    parts.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}
