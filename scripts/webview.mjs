// How the page of the diagrams is bundled: one script and one style sheet for a browser.
import fs from 'node:fs';

/** Of Mermaid only what is drawn: sequence diagrams, and flowcharts with their layout. Parts shared by diagrams come along as needed. */
const drawn = /\/(sequenceDiagram|flowDiagram|dagre|chunk)-[^/]+$/;

/** Options of esbuild for the page. */
export function pageOptions(root) {
  return {
    absWorkingDir: root,
    entryPoints: { webview: 'webview/main.ts' },
    outdir: 'dist',
    bundle: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    logLevel: 'warning',
    plugins: [onlyDrawn, withRests],
  };
}

/** A name with two dollars twice is no formula but text, whatever markup it looks like. */
const noFormulas = `export default { renderToString: (text) => '$$' + text.replace(/[<>&"]/g, (character) => '&#' + character.charCodeAt() + ';') + '$$' };`;

/** Mermaid loads each kind of diagram when it first meets one. The kinds that are not drawn become empty modules. */
const onlyDrawn = {
  name: 'only-drawn',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'dynamic-import' && !drawn.test(path) ? { path, namespace: 'not-drawn' } : undefined,
    );
    build.onLoad({ filter: /^katex$/, namespace: 'not-drawn' }, () => ({ contents: noFormulas }));
    build.onLoad({ filter: /./, namespace: 'not-drawn' }, () => ({ contents: 'export const diagram = undefined;' }));
  },
};

/** Mermaid draws a picture in one go, which blocks keys and clicks. It awaits each message and note: there it may rest (webview/drawing.ts). */
const withRests = {
  name: 'with-rests',
  setup(build) {
    build.onLoad({ filter: /sequenceDiagram-[^/]+[.]mjs$/ }, ({ path }) => {
      const awaits = /await (boundMessage|drawMessage|drawNote)(?=\()/g;
      const source = fs.readFileSync(path, 'utf8');
      if (source.match(awaits)?.length !== 3) throw new Error(`${path}: not the Mermaid whose messages and notes are awaited`);
      return { contents: source.replace(awaits, 'await (await globalThis.restWhileDrawing(), $1)') };
    });
  },
};

/** The same for the page with sample data, opened alone in a browser. */
export function sampleOptions(root) {
  return { ...pageOptions(root), entryPoints: { 'webview-sample': 'webview/sample/sample.ts' } };
}
