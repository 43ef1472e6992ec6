// How the page of the diagrams is bundled: one script and one style sheet for a browser.

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
    plugins: [onlyDrawn],
  };
}

/** Mermaid loads each kind of diagram when it first meets one. The kinds that are not drawn become empty modules. */
const onlyDrawn = {
  name: 'only-drawn',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'dynamic-import' && !drawn.test(path) ? { path, namespace: 'not-drawn' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'not-drawn' }, () => ({
      contents: 'export default undefined; export const diagram = undefined;',
    }));
  },
};

/** The same for the page with sample data, opened alone in a browser. */
export function sampleOptions(root) {
  return { ...pageOptions(root), entryPoints: { 'webview-sample': 'webview/sample/sample.ts' } };
}
