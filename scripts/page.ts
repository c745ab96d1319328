/**
 * Bundles the dashboard into `build/dashboard.ts`, a module of strings that the Worker serves:
 * nothing is built at request time, and nothing is fetched from elsewhere.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';

const path = (relative: string): string => fileURLToPath(new URL(`../${relative}`, import.meta.url));

/**
 * uPlot hangs functions that this page never calls on itself, where no bundler finds that out: other
 * kinds of lines, and tools for callers. That is 2 KB of gzip.
 */
const UNUSED =
  /^\t?\(?(?:uPlot|paths)\.(?:bars|spline|join|tzDate|orient|addGap|rangeLog|rangeAsinh) *= \w+\)?;$/gm;

const leaner: Plugin = {
  name: 'leaner-uplot',
  setup(build) {
    build.onLoad({ filter: /uPlot\.esm\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const contents = text.replace(UNUSED, '');
      if (contents === text) throw new Error('uPlot has another shape: look at what it exports now');
      return { contents, loader: 'js' };
    });
  },
};

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path(entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    // What runs in the browsers of two years ago.
    target: ['es2022', 'chrome120', 'firefox121', 'safari17'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [leaner],
  });
  return outputFiles[0]!.text;
}

const [script, style] = await Promise.all([
  bundle('dashboard/main.tsx'),
  bundle('dashboard/style/index.css'),
]);
const nameOf = (text: string, extension: string): string =>
  `dashboard.${createHash('sha256').update(text).digest('hex').slice(0, 12)}.${extension}`;
const names = { script: nameOf(script, 'js'), style: nameOf(style, 'css') };
const html = readFileSync(path('dashboard/index.html'), 'utf8')
  .replace(/\n\s*/g, '\n')
  .replace('{{icon}}', encodeURIComponent(readFileSync(path('dashboard/icon.svg'), 'utf8').trim()))
  .replace('{{script}}', names.script)
  .replace('{{style}}', names.style);

mkdirSync(path('build'), { recursive: true });
const constants = Object.entries({ html, script, scriptName: names.script, style, styleName: names.style });
// Replaced in one step: another build may be reading it.
const draft = path(`build/dashboard.${process.pid}.tmp`);
writeFileSync(
  draft,
  `/** Made by scripts/page.ts from dashboard/. */\n${constants
    .map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`)
    .join('')}`,
);
renameSync(draft, path('build/dashboard.ts'));

const size = (text: string): string => `${(gzipSync(text).length / 1024).toFixed(1)} KB`;
console.log(`dashboard: script ${size(script)}, style ${size(style)} (gzip)`);
