// Bundles the extension, the language server, its worker, the command line and the page of the diagrams into dist/. `--watch` keeps doing so.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { typescriptPluginName } from './process.mjs';
import { pageOptions } from './webview.mjs';

const root = path.dirname(import.meta.dirname);
const dist = path.join(root, 'dist');
const watch = process.argv.includes('--watch');

/** Bundle name → where it starts. */
const entries = {
  extension: 'src/extension/extension.ts',
  server: 'src/server/main.ts',
  worker: 'src/server/worker.ts',
  simulator: 'src/server/simulator.ts',
  cli: 'src/cli/main.ts',
  'part-worker': 'src/host/part-worker.ts',
  'model-compiler': 'src/model/compile-model.ts',
};
/** Read by our code at run time and handed to the core as bytes. */
const assets = ['web-tree-sitter/web-tree-sitter.wasm', 'tree-sitter-c/tree-sitter-c.wasm'];
/** A CommonJS bundle has no `import.meta.url`, which web-tree-sitter asks for. */
const head = `'use strict';\nconst moduleUrl = require('node:url').pathToFileURL(__filename).href;`;

/** What an analysis keeps on disk is of these texts alone: what others keep is made anew. While they are watched nothing is kept. */
const build = digestOf(['src/model', 'src/host', 'package-lock.json']);

fs.mkdirSync(dist, { recursive: true });
for (const asset of assets) fs.copyFileSync(path.join(root, 'node_modules', asset), path.join(dist, path.basename(asset)));
// What an editor needs to complete and check models.
fs.copyFileSync(path.join(root, 'src/model/frontend/ts/lockstep-model.d.ts'), path.join(dist, 'lockstep-model.d.ts'));

const bundles = [...Object.entries(entries).map(([name, entry]) => options(name, entry)), page(), typescriptPlugin()];
const contexts = await Promise.all(bundles.map((bundle) => esbuild.context(bundle)));
if (watch) {
  await Promise.all(contexts.map((context) => context.watch()));
} else {
  const built = await Promise.allSettled(contexts.map((context) => context.rebuild()));
  await Promise.all(contexts.map((context) => context.dispose()));
  if (built.every((result) => result.status === 'fulfilled')) compileModels();
  if (built.some((result) => result.status === 'rejected')) process.exit(1);
  fs.chmodSync(path.join(dist, 'cli.cjs'), 0o755);
}

function options(name, entry) {
  return {
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: `dist/${name}.cjs`,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
    define: { 'import.meta.url': 'moduleUrl', ...(watch ? {} : { lockstepBuild: JSON.stringify(build) }) },
    banner: { js: name === 'cli' ? `#!/usr/bin/env node\n${head}` : head },
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    plugins: watch ? [announce(name)] : [],
  };
}

function digestOf(names) {
  const hash = createHash('sha256');
  for (const name of names) {
    const place = path.join(root, name);
    const files = fs.statSync(place).isFile() ? [''] : fs.readdirSync(place, { recursive: true }).sort();
    for (const file of files) {
      const full = path.join(place, file);
      if (fs.statSync(full).isFile()) hash.update(`${name}/${file}\0`).update(fs.readFileSync(full)).update('\0');
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function page() {
  const made = pageOptions(root);
  return watch ? { ...made, plugins: [...made.plugins, announce('webview')] } : made;
}

/** TypeScript's server loads plugins from node_modules of the extension and from nowhere else. */
function typescriptPlugin() {
  const folder = path.join(root, 'node_modules', typescriptPluginName);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: typescriptPluginName, version: '0.1.0', main: 'index.js' }));
  return {
    ...options(typescriptPluginName, 'src/extension/declarations-plugin.ts'),
    outfile: path.join(folder, 'index.js'),
    banner: {},
    footer: { js: 'module.exports = module.exports.default;' },
    sourcemap: false,
  };
}

/** Says when a bundle starts and ends, in the words that .vscode/tasks.json waits for. */
function announce(name) {
  return {
    name: 'announce',
    setup(build) {
      build.onStart(() => console.log(`[watch] ${name}: build started`));
      build.onEnd(() => console.log(`[watch] ${name}: build finished`));
    },
  };
}

/** The shipped models, compiled once here, so that running one needs no parser. */
function compileModels() {
  const { compileModel } = createRequire(import.meta.url)(path.join(dist, 'model-compiler.cjs'));
  const models = ['before', 'patched', 'followup'].map((name) => {
    const file = `${name}.model.ts`;
    const { program, problems } = compileModel(fs.readFileSync(path.join(root, 'src/model/vcpu', file), 'utf8'), file);
    if (problems.length > 0) throw new Error(`${file}: ${problems[0].message}`);
    return { name, file, program };
  });
  fs.writeFileSync(path.join(dist, 'models.json'), JSON.stringify(models));
}
