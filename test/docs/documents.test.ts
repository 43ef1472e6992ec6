import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { lockstep } from '../cli/lockstep.ts';

interface Script {
  packedReadme(text: string, read: (file: string) => Buffer): string;
}

const root = path.join(import.meta.dirname, '../..');
const decisions = readdirSync(path.join(root, 'docs/decisions')).sort();
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(path.join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  ...decisions.map((name) => `docs/decisions/${name}`),
];

test('docs/checks.md and the settings are what the checks say', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

/** Of what a command of the README prints, the part that it shows. */
const shownParts: Readonly<Record<string, RegExp>> = {
  check: /^.+\n(?: .+\n)*/,
  review: /^new lock class[^]*?(?=^what functions do)/m,
  simulate: /^(?:.+\n)+?(?=lockdep)/,
};

test('the output that the README shows is what comes out', async () => {
  const shown = [...read('README.md').matchAll(/```text\n\$ lockstep (.+)\n([\s\S]*?)…\n```/g)];
  assert.deepEqual(
    shown.map(([, command]) => command!.split(' ')[0]),
    Object.keys(shownParts),
  );
  for (const [, command, output] of shown) {
    const args = command!.split(' ');
    const { stdout } = await lockstep(root, ...args);
    const part = shownParts[args[0]!]!.exec(stdout)?.[0] ?? '';
    if (process.env['UPDATE'])
      writeFileSync(
        path.join(root, 'README.md'),
        read('README.md').replace(`${command!}\n${output!}`, () => `${command!}\n${part}`),
      );
    else assert.equal(output, part);
  }
});

test('commands that the documents show are taken as they are written', async () => {
  const commands = ['README.md', 'docs/command-line.md'].flatMap((document) =>
    [...read(document).matchAll(/^ {4}lockstep ((?:simulate|export) [^#>\n]+)/gm)].map(([, command]) => command!.trim().split(/\s+/)),
  );
  assert.ok(commands.length > 6);
  for (const args of commands) {
    const few = args[0] === 'simulate' ? ['--max-states', '10'] : [];
    const known = args.map((arg) => (arg === 'my.model.ts' ? 'before' : arg === '~/linux' ? 'samples/riscv-hsm/tree' : arg));
    const { status, stderr } = await lockstep(root, ...known, ...few);
    assert.notEqual(status, 2, `${args.join(' ')}: ${stderr}`);
  }
});

test('docs/checks.md has every doubt there is', () => {
  const folder = path.join(root, 'src/model/checks');
  const sources = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'utf8'));
  const added = sources.flatMap((source) => source.match(/\b(?:doubts\.add|reasons\.push)\((?!reason\b)/g) ?? []);
  const listed = read('docs/checks.md')
    .slice(read('docs/checks.md').indexOf('## Confidence'))
    .match(/^- .+$/gm);
  assert.equal(listed?.length, added.length);
});

test('the README says how many findings were right as docs/accuracy.md counts them', () => {
  const row = /^\| groups 3 to 6 \| \| (\d+) \| (\d+) \| (\d+) \(\d+ %\) \| (\d+ of \d+) /m.exec(read('docs/accuracy.md'));
  assert.ok(row, 'the row of docs/accuracy.md that sums up');
  const [, folders, all, right, causes] = row;
  const said = read('README.md').replace(/\s+/g, ' ');
  for (const words of [`over ${folders} folders`, `${right} of ${all} findings of high confidence`, `(${causes}, where`])
    assert.ok(said.includes(words), words);
});

for (const document of documents) {
  test(`links of ${document} lead somewhere`, () => {
    for (const [, target] of read(document).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
      if (/^https?:/.test(target!)) continue;
      assert.ok(existsSync(path.join(root, path.dirname(document), target!)), target);
    }
  });
}

test('the packed README has its picture in it, and no link to a file that is not packed', async () => {
  // By a URL, as scripts have no types.
  const script = (await import(new URL('../../scripts/readme.mjs', import.meta.url).href)) as Script;
  const text = script.packedReadme(read('README.md'), (file) => readFileSync(path.join(root, file)));
  assert.match(text, /!\[[^\]]+\]\(data:image\/png;base64,iVBOR/);
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) assert.match(target!, /^(?:https:|#|data:image\/png;)/);
});

test('decisions are numbered without a gap, and short', () => {
  for (const [index, name] of decisions.entries()) {
    assert.equal(name.slice(0, 5), `${String(index + 1).padStart(4, '0')}-`);
    assert.ok(read(`docs/decisions/${name}`).trimEnd().split('\n').length <= 30, name);
  }
});

test('ARCHITECTURE.md stays readable in one go, and names files that are there', () => {
  const text = read('ARCHITECTURE.md');
  assert.ok(text.split('\n').length <= 200);
  const files = ['src', 'test', 'scripts', 'webview'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }),
  );
  const names = new Set(files.map((file) => path.basename(file)));
  for (const [, file] of text.matchAll(/`(?:[\w./-]*\/)?([\w-]+\.ts)`/g)) assert.ok(names.has(file!), file);
});

function read(document: string): string {
  return readFileSync(path.join(root, document), 'utf8');
}
