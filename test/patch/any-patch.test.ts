import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import { applyPatch, textsOf } from '../../src/model/patch/apply.ts';
import { PatchedTree } from '../../src/model/patch/overlay.ts';
import { readPatches } from '../../src/model/patch/read.ts';
import { joinPath, type Tree } from '../../src/model/source/tree.ts';

const sample = 'samples/riscv-hsm';
const originals = readdirSync(sample)
  .filter((name) => name.endsWith('.patch'))
  .map((name) => readFileSync(`${sample}/${name}`, 'latin1'));

/** One way to damage a patch. Numbers are shares of its length, so that they mean something for each of them. */
type Damage = readonly [kind: 'byte' | 'cut' | 'twice' | 'swap' | 'number' | 'word' | 'insert' | 'end', at: number, other: number];

const kinds = ['byte', 'cut', 'twice', 'swap', 'number', 'word', 'insert', 'end'] as const;
const damages = fc.array(
  fc.tuple(fc.constantFrom(...kinds), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  {
    minLength: 1,
    maxLength: 6,
  },
);
const words = [
  '../',
  '/',
  '.git/',
  '\0',
  '/dev/null',
  '"',
  '\\',
  '\r',
  '=?utf-8?q?',
  'a/',
  '@@ -',
  '--- ',
  '\u00ff',
  '-- ',
  'From a b c 1:00 2000',
];
const insertions = [
  '@@ -1,3 +1,3 @@',
  'diff --git a/x b/../x',
  '--- a/../../x',
  '+++ /etc/passwd',
  'rename to ../x',
  'rename from a',
  'new file mode 100644',
  'GIT binary patch',
  'From a@b Mon Sep 17 00:00:00 2001',
  'Content-Transfer-Encoding: base64',
  'Content-Type: multipart/mixed; boundary=--',
  '\\ No newline at end of file',
  'commit 0123456789',
  '',
];

function damage(text: string, [kind, at, other]: Damage): string {
  const lines = text.split('\n');
  const pick = <T>(from: readonly T[], share: number): T => from[Math.min(from.length - 1, Math.floor(share * from.length))]!;
  const line = Math.floor(at * (lines.length - 1));
  const place = Math.floor(at * text.length);
  const second = Math.floor(other * (lines.length - 1));
  switch (kind) {
    case 'byte':
      return text.slice(0, place) + String.fromCharCode(Math.floor(other * 255)) + text.slice(place + 1);
    case 'word':
      return text.slice(0, place) + pick(words, other) + text.slice(place);
    case 'cut':
      return lines.toSpliced(line, 1 + Math.floor(other * 5)).join('\n');
    case 'twice':
      return lines.toSpliced(line, 0, ...lines.slice(line, line + Math.floor(other * 20))).join('\n');
    case 'swap':
      return lines.with(line, lines[second]!).with(second, lines[line]!).join('\n');
    case 'insert':
      return lines.toSpliced(line, 0, pick(insertions, other)).join('\n');
    case 'end':
      return other < 0.5 ? text.slice(0, place) : text.replaceAll('\n', '\r\n');
    case 'number': {
      const numbers = [...text.matchAll(/\d+/g)];
      if (numbers.length === 0) return text;
      const number = pick(numbers, at);
      const made = pick(['0', '1', '2', '7', '40', '99999', '999999999', '99999999999999999999'], other);
      return text.slice(0, number.index) + made + text.slice(number.index + number[0].length);
    }
  }
}

test('ten thousand damaged patches: no exception, and no path outside the tree, no write', async () => {
  const disk = createDiskTree(`${sample}/tree`);
  const old = written();
  const asked = new Set<string>();
  const tree: Tree = { read: (path) => (asked.add(path), disk.read(path)), list: (folder) => disk.list(folder) };
  const patched = new PatchedTree(tree);
  const states = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.nat(originals.length - 1), damages, async (original, all) => {
      const text = all.reduce(damage, originals[original]!);
      const set = await readPatches(Buffer.from(text, 'latin1'), 'any.patch');
      assert.ok(set.patches.length > 0 || set.problems.length > 0);
      for (const patch of set.patches) {
        const count = patch.text.split('\n').length;
        for (const way of [tree, patched]) {
          const applied = applyPatch(way, patch);
          states.set(applied.state, (states.get(applied.state) ?? 0) + 1);
          for (const { line } of applied.refused) assert.ok(line >= 1 && line <= count);
          for (const file of applied.files) {
            for (const line of file.hunks.flatMap((hunk) => hunk.lines)) {
              const of = (text: string | undefined, at: number | undefined): string | undefined =>
                text?.split('\n')[at! - 1]?.replace(/\r$/, '');
              if (line.before !== undefined) assert.equal(of(file.before, line.before), line.text.replace(/\r$/, ''));
              if (line.after !== undefined) assert.equal(of(file.after, line.after), line.text.replace(/\r$/, ''));
            }
          }
          patched.set(textsOf(applied, 'after'));
        }
      }
      for (const path of asked) assert.ok(joinPath('', path) === path && !path.split('/').includes('.git') && !path.includes('\0'), path);
      asked.clear();
    }),
    { numRuns: 10_000, seed: 5 },
  );
  assert.deepEqual(written(), old);
  // The damage is such that all of it is reached.
  assert.deepEqual([...states.keys()].sort(), ['forward', 'none', 'partly', 'reversed']);
});

/** When each file of the sample was written. */
function written(): string[] {
  return readdirSync(sample, { recursive: true, encoding: 'utf8' }).map((name) => `${name} ${statSync(`${sample}/${name}`).mtimeMs}`);
}
