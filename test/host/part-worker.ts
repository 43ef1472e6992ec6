import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import * as esbuild from 'esbuild';

/** The script of a pool's threads as it is shipped, with what it reads beside it. */
export function bundledPartWorker(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-part-worker-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const root = path.join(import.meta.dirname, '../..');
  const script = path.join(folder, 'part-worker.cjs');
  esbuild.buildSync({
    ...{ absWorkingDir: root, entryPoints: ['src/host/part-worker.ts'], outfile: script, bundle: true, platform: 'node', format: 'cjs' },
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  for (const asset of ['web-tree-sitter/web-tree-sitter.wasm', 'tree-sitter-c/tree-sitter-c.wasm'])
    copyFileSync(path.join(root, 'node_modules', asset), path.join(folder, path.basename(asset)));
  return script;
}
