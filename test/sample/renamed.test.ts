import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { rmSync } from 'node:fs';
import type { Finding } from '../../src/model/checks/finding.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, treeOf } from '../checks/fixture.ts';
import { copySample, readTree } from './sample-tree.ts';

const folder = copySample();
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('nothing depends on a name: renamed throughout, the sample gives the same findings', async () => {
  const files = readTree(folder);
  const names = ownNames(files);
  assert.ok(names.size > 100 && names.has('kvm') && names.has('srcu') && names.has('kvm_sbi_ext_hsm_handler'));
  const rename = (text: string): string =>
    text.replace(/[A-Za-z_]\w*/g, (word, at: number) => (isOwn(word, text, at, names) ? renamed(word) : word));
  const other = new Map(
    [...files].map(([path, text]) => [
      path,
      path.endsWith('.rst') ? renameDocument(text, rename) : /\.(c|h)$/.test(path) ? renameLines(text, rename) : text,
    ]),
  );
  const before = await findingsOf(files);
  const now = await findingsOf(other);
  assert.ok(before.length >= 3);
  assert.deepEqual(
    now.map((f) => f.check),
    before.map((f) => f.check),
  );
  assert.deepEqual(
    now.map((f) => shape(f)),
    before.map((f) => rename(shape(f))),
  );
});

/** Names the sample's own code declares: functions, structs, fields, variables, macros; not the locking API's. */
function ownNames(files: ReadonlyMap<string, string>): Set<string> {
  const names = new Set<string>();
  for (const [path, text] of files) {
    if (!/\.(c|h)$/.test(path) || /include\/linux\/(mutex|spinlock|srcu|types|errno)\.h$/.test(path)) continue;
    const code = text.replace(/\/\*[\s\S]*?\*\/|"[^"\n]*"/g, ' ');
    for (const [word] of code.matchAll(/\b[a-z_]\w*\b/g)) names.add(word);
  }
  const api = [...files]
    .filter(([path]) => /include\/linux\/(mutex|spinlock|srcu|types|errno)\.h$/.test(path))
    .map(([, text]) => text)
    .join('\n');
  for (const [word] of api.matchAll(/\b[A-Za-z_]\w*\b/g))
    if (!/^(lock|mutex|kvm|srcu|idx|flags|count|name)$/.test(word)) names.delete(word);
  for (const word of keywords) names.delete(word);
  // What Lockstep knows of the kernel besides locks: how C is spelt there, allocation, registration.
  for (const word of names)
    if (
      /^(container_of|likely|unlikely|offsetof|define|include|ifdef|ifndef|endif|defined|inline|kzalloc|kfree|module_\w+|__\w+)$/.test(word)
    )
      names.delete(word);
  return names;
}

/** `struct mutex` is the API's, a field or variable called mutex is not. */
function isOwn(word: string, text: string, at: number, names: ReadonlySet<string>): boolean {
  if (!names.has(word)) return false;
  return word !== 'mutex' || !/\bstruct\s+$/.test(text.slice(Math.max(0, at - 12), at));
}

function renameLines(text: string, rename: (text: string) => string): string {
  return text
    .split('\n')
    .map((line) => (/^\s*#\s*include/.test(line) || !/[\w]/.test(line) ? line : rename(line)))
    .join('\n');
}

/** In prose only the lock expressions are names: `kvm->lock`. */
function renameDocument(text: string, rename: (text: string) => string): string {
  return text.replace(/\b\w+(?:->\w+)+/g, rename);
}

function renamed(word: string): string {
  return `q${[...word].reverse().join('')}q`;
}

async function findingsOf(files: ReadonlyMap<string, string>): Promise<readonly Finding[]> {
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  return reviewer.check({ paths: ['arch/riscv/kvm', 'virt/kvm'], scope: 'paths' }).findings;
}

/** Everything a finding says but its columns, which move with the length of names. */
function shape(finding: Finding): string {
  const hops = finding.witnesses.map((witness) =>
    witness.map((hop) => `${hop.at.line} ${hop.function} ${hop.text} ${hop.via ?? ''}`).join(' | '),
  );
  return [finding.at.line, finding.function, finding.acquires, finding.held.join(), ...hops, finding.order?.line].join('\n');
}

const keywords = (
  'auto break case char const continue default do double else enum extern float for goto if inline int long register return short signed ' +
  'sizeof static struct switch typedef union unsigned void volatile while bool true false typeof'
).split(' ');
