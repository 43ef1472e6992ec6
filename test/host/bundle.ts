import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as esbuild from 'esbuild';

const root = path.join(import.meta.dirname, '../..');

/** Bundles scripts into a folder as they are shipped, from their sources by the names that they get there, with what they read beside them. */
export function bundleInto(folder: string, entries: Readonly<Record<string, string>>): void {
  for (const [name, entry] of Object.entries(entries)) {
    esbuild.buildSync({
      ...{ absWorkingDir: root, entryPoints: [entry], outfile: path.join(folder, name), bundle: true },
      ...{ platform: 'node', target: 'node20', format: 'cjs', mainFields: ['module', 'main'] },
      define: { 'import.meta.url': 'moduleUrl' },
      banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    });
  }
  for (const asset of ['web-tree-sitter/web-tree-sitter.wasm', 'tree-sitter-c/tree-sitter-c.wasm'])
    copyFileSync(path.join(root, 'node_modules', asset), path.join(folder, path.basename(asset)));
}

/** A folder that is gone when the process ends. */
export function passingFolder(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `lockstep-${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
