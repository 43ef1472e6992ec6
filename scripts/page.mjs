// npm run page: the page of the diagrams alone in a browser, with sample data. `dist/webview-sample.html#comparison/light` shows another sample.
import fs from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { root } from './process.mjs';
import { pageOptions, sampleOptions } from './webview.mjs';

export const samplePage = path.join(root, 'dist/webview-sample.html');

export async function buildSamplePage() {
  await Promise.all([pageOptions(root), sampleOptions(root)].map((options) => esbuild.build(options)));
  fs.copyFileSync(path.join(root, 'webview/sample/index.html'), samplePage);
}

if (process.argv[1] === import.meta.filename) {
  await buildSamplePage();
  console.log(`file://${samplePage}`);
}
