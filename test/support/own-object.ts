/** A Durable Object class of a test's own beside Weir, in the runtime, over Weir's own modules. */
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { startTestWeir, type TestWeir } from './weir.ts';

/**
 * @param source a module Worker with that class, which it finds as `env.OBJECTS`; bundled as if it stood in the root
 * @param bindings its variables and secrets
 * @returns the Weir to stop, and where the Worker answers
 */
export async function startOwnObject(
  source: string,
  className: string,
  bindings: Record<string, string> = {},
): Promise<{ readonly weir: TestWeir; readonly url: URL }> {
  const bundled = await build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
    bundle: true,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:workers'],
    write: false,
  });
  const weir = await startTestWeir({
    companions: [
      {
        name: OWN_OBJECT,
        script: bundled.outputFiles[0]!.text,
        durableObjects: { OBJECTS: { className, scriptName: OWN_OBJECT, useSQLite: true } },
        bindings,
      },
    ],
  });
  return { weir, url: await weir.miniflare.unsafeGetDirectURL(OWN_OBJECT) };
}

/** The Worker's name, which evictions ask for. */
export const OWN_OBJECT = 'own-object';
