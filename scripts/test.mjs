// npm test: every check and every test of the project, in one run. `--fast` leaves out what needs a bundle, kernel sources or an editor.
// `--shots FOLDER` also copies the pictures of the README, taken by the end-to-end tests, to the folder.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installMissing } from './install.mjs';
import { kernelTrees } from './kernels.mjs';
import { nodeTool, root, run } from './process.mjs';

const { fast, shots } = parseArgs({ options: { fast: { type: 'boolean' }, shots: { type: 'string' } } }).values;
const strict = process.env.CI === 'true';
const e2e = path.join(root, 'test/e2e');
/** Of the pictures that the end-to-end tests take, those that documents show; the folder is theirs below test/e2e. */
const documentShots = [
  ...['finding.png', 'hover.png', 'documented-orders.png'].map((name) => `.shots/${name}`),
  ...['trace.png', 'comparison.png', 'start-path.png'].map((name) => `.run/diagrams-shots/${name}`),
];
const total = { passed: 0, failed: 0, skipped: 0 };
const times = [];

await installMissing(root);
for (const config of typeConfigs()) await check(`types ${config}`, () => nodeTool('typescript/bin/tsc', ['-p', config]));
await check('lint', () => nodeTool('eslint/bin/eslint.js', ['--max-warnings=0', '.']));
await check('boundaries', () =>
  nodeTool('dependency-cruiser/bin/dependency-cruise.mjs', ['--config', '.dependency-cruiser.cjs', 'src', 'webview']),
);
await check('format', () => nodeTool('prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.']));
await tests('unit tests', unitTests(), ['--import', 'tsx', `--test-concurrency=${os.availableParallelism()}`]);
if (!fast) await slowTests();

for (const [name, seconds] of times) console.log(`${seconds.toFixed(1).padStart(7)} s  ${name}`);
if (strict && total.skipped > 0) console.log('CI=true: what was skipped counts as failed');
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || (strict && total.skipped > 0) ? 1 : 0;

async function slowTests() {
  const built = await check('build', () => nodeTool('scripts/build.mjs', []));
  const packed = built && (await check('package', () => nodeTool('scripts/package.mjs', [])));

  const kernels = testFiles('test/kernel', '.test.ts');
  const trees = kernels.length > 0 ? await timed('kernel sources', kernelTrees) : {};
  if (trees.problem !== undefined) skip('kernel tests', trees.problem);
  else await tests('kernel tests', kernels, ['--import', 'tsx'], { LOCKSTEP_KERNELS: trees.folder });

  if (!packed) return fail('end-to-end tests', 'there is no .vsix to test');
  const { browserProblem, setUpBrowser, setUpServer } = await import('../test/e2e/setup.mjs');
  const problem = browserProblem();
  if (problem !== undefined) return skip('end-to-end tests', problem);
  const failure = await timed('editor set-up', async () => {
    try {
      await installMissing(e2e);
      setUpServer();
      setUpBrowser();
    } catch (error) {
      return error.message;
    }
  });
  if (failure !== undefined) return skip('end-to-end tests', `the editor cannot be set up: ${failure}`);
  await tests('tests of the page', testFiles('test/webview', '.test.mjs'), []);
  await tests(
    'end-to-end tests',
    testFiles('test/e2e', '.test.mjs'),
    [],
    trees.folder === undefined ? {} : { LOCKSTEP_KERNELS: trees.folder },
  );
  if (shots !== undefined) copyShots(shots);
}

function copyShots(folder) {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of documentShots) fs.copyFileSync(path.join(e2e, name), path.join(folder, path.basename(name)));
}

/** The projects of tsc: the root, and each side that has its own. */
function typeConfigs() {
  const folders = fs.readdirSync(path.join(root, 'src')).map((name) => `src/${name}`);
  return ['.', ...folders, 'webview'].filter((folder) => fs.existsSync(path.join(root, folder, 'tsconfig.json')));
}

function unitTests() {
  const slow = ['test/kernel/', 'test/e2e/', 'test/fixtures/'];
  return testFiles('test', '.test.ts').filter((file) => !slow.some((folder) => file.startsWith(folder)));
}

/** Files below a folder with this ending, sorted; packages are not searched. */
function testFiles(folder, ending) {
  const found = [];
  const search = (at) => {
    for (const entry of fs.readdirSync(path.join(root, at), { withFileTypes: true })) {
      const file = `${at}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) search(file);
      if (entry.isFile() && entry.name.endsWith(ending)) found.push(file);
    }
  };
  if (fs.existsSync(path.join(root, folder))) search(folder);
  return found.sort();
}

/** One check: passed if the exit code is 0. */
async function check(name, work) {
  const code = await timed(name, work);
  if (code !== 0) fail(name, `exit code ${code}`);
  else total.passed++;
  return code === 0;
}

/** Runs test files with Node's own runner, and adds up what it counted. */
async function tests(name, files, nodeArgs, env = {}) {
  if (files.length === 0) return;
  const counted = path.join(os.tmpdir(), `lockstep-tests-${process.pid}`);
  const reporters = Object.entries({ spec: 'stdout', './scripts/count-reporter.mjs': counted });
  const report = reporters.flatMap(([reporter, to]) => [`--test-reporter=${reporter}`, `--test-reporter-destination=${to}`]);
  const code = await timed(name, () => run(process.execPath, [...nodeArgs, '--test', ...report, ...files], { env }));
  const counts = Object.fromEntries([...readText(counted).matchAll(/^(\w+) (\d+)$/gm)].map(([, key, value]) => [key, Number(value)]));
  fs.rmSync(counted, { force: true });
  const failed = (counts.fail ?? 0) + (counts.cancelled ?? 0);
  total.passed += counts.pass ?? 0;
  total.failed += failed;
  total.skipped += (counts.skipped ?? 0) + (counts.todo ?? 0);
  if (code !== 0 && failed === 0) fail(name, `exit code ${code}`);
}

async function timed(name, work) {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const result = await work();
  times.push([name, (performance.now() - start) / 1000]);
  return result;
}

function fail(name, reason) {
  total.failed++;
  console.log(`FAILED ${name}: ${reason}`);
}

function skip(name, reason) {
  total.skipped++;
  console.log(`SKIPPED ${name}: ${reason}`);
}

function readText(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}
