import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../src/model/checks/finding.ts';
import { applyFix, fixesOf } from '../../src/model/fixes/fix.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import type { CheckResult } from '../../src/model/reviewer-api.ts';
import { grammar, readFixtures, treeOf, type Fixture } from '../checks/fixture.ts';

const fixtures = readFixtures('');

test('each finding of the fixtures is suppressed by the comment that is put there, and by its reason', async () => {
  let count = 0;
  for (const fixture of fixtures) {
    const before = (await check(fixture)).findings;
    for (const finding of before) {
      const fix = textFixes(fixture, finding).find(({ isRepair }) => !isRepair);
      assert.equal(fix === undefined, finding.check === 'suppression', finding.id);
      if (!fix) continue;
      count++;
      const unfilled = await check(fixture, finding.at.file, applyFix(fix, textOf(fixture, finding), fix.edits[0]!.hole!.hint));
      assert.ok(unfilled.findings.some(isOf(finding)), `${finding.id}: no reason suppresses nothing`);
      const { findings, suppressed } = await check(fixture, finding.at.file, applyFix(fix, textOf(fixture, finding), 'it is a test'));
      assert.ok(
        suppressed.some(({ finding: other, reason }) => isOf(finding)(other) && reason === 'it is a test'),
        `${finding.id}: not suppressed`,
      );
      for (const other of findings) assert.ok(before.some(isOf(other)), `${finding.id}: brought ${other.id}`);
    }
  }
  assert.ok(count > 50, `${count} findings`);
});

test('what mends the code takes its finding away, and brings none', async () => {
  const mended = new Map<string, number>();
  for (const fixture of fixtures) {
    const before = (await check(fixture)).findings;
    for (const finding of before) {
      for (const fix of textFixes(fixture, finding).filter(({ isRepair }) => isRepair)) {
        const { findings } = await check(fixture, finding.at.file, applyFix(fix, textOf(fixture, finding), ''));
        assert.ok(!findings.some(isOf(finding)), `${fixture.name}: ${finding.id} is still there`);
        for (const other of findings) assert.ok(before.some(isOf(other)), `${fixture.name}: ${fix.title} brought ${other.id}`);
        mended.set(finding.check, (mended.get(finding.check) ?? 0) + 1);
      }
    }
  }
  assert.deepEqual([...mended.keys()].sort(), ['documented-order', 'lock-order-cycle', 'missing-release']);
});

function isOf({ id }: Finding): (other: Finding) => boolean {
  return (other) => other.id === id;
}

function textFixes(fixture: Fixture, finding: Finding): ReturnType<typeof fixesOf> {
  return fixesOf(finding, textOf(fixture, finding));
}

function textOf({ files }: Fixture, { at }: Finding): string {
  return files.get(at.file)!;
}

async function check(fixture: Fixture, file?: string, text?: string): Promise<CheckResult> {
  const files = new Map(fixture.files);
  if (file !== undefined && text !== undefined) files.set(file, text);
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  const orders = [...files.keys()].filter((path) => path.endsWith('.rst'));
  return reviewer.check({ paths: ['fixture'], scope: 'paths', orders });
}

const head = `#include "kernel.h"
struct box { struct mutex lock; struct mutex other; struct box *next; int n; };
`;

/** What the fix makes of a function, or nothing where none is offered. */
async function mended(body: string): Promise<string | undefined> {
  const text = `${head}${body}`;
  const fixture: Fixture = { name: 'x.c', files: new Map([...fixtures[0]!.files].filter(([path]) => !path.endsWith('.c'))) };
  const { findings } = await check(fixture, 'fixture/x.c', text);
  assert.ok(findings.length > 0, 'nothing was found');
  const fixes = findings.flatMap((finding) => fixesOf(finding, text).filter(({ isRepair }) => isRepair));
  return fixes[0] && applyFix(fixes[0], text, '').slice(head.length);
}

const leaking = (exit: string, unlock = 'mutex_unlock(&b->lock);'): string => `int f(struct box *b, int flag)
{
	mutex_lock(&b->lock);
${exit}
	${unlock}
	return 0;
}
`;

test('a return alone behind its condition gets braces with the unlock', async () => {
  const text = leaking('\tif (flag)\n\t\treturn -EINVAL;');
  const want = leaking('\tif (flag) {\n\t\tmutex_unlock(&b->lock);\n\t\treturn -EINVAL;\n\t}');
  assert.equal(await mended(text), want);
});

test('a return in braces gets a line before it', async () => {
  const text = leaking('\tif (flag) {\n\t\tb->n++;\n\t\treturn -EINVAL;\n\t}');
  assert.equal(await mended(text), text.replace('\t\treturn -EINVAL', '\t\tmutex_unlock(&b->lock);\n\t\treturn -EINVAL'));
});

for (const [why, text] of [
  ['what is returned is read under the lock', leaking('\tif (flag)\n\t\treturn b->n;')],
  ['the condition goes on', leaking('\tif (flag)\n\t\treturn -EINVAL;\n\telse\n\t\tb->n++;')],
  ['the return shares its line', leaking('\tif (flag) return -EINVAL;')],
  ['the unlock names what the lock does not', leaking('\tstruct box *c = b;\n\tif (flag)\n\t\treturn -EINVAL;', 'mutex_unlock(&c->lock);')],
] as const) {
  test(`no unlock is offered where ${why}`, async () => {
    assert.equal(await mended(text), undefined);
  });
}

const inverted = (second: string, between = ''): string => `void g(struct box *b)
{
	mutex_lock(&b->lock);
${between}	${second}
	mutex_unlock(&b->other);
	mutex_unlock(&b->lock);
}
void h(struct box *b)
{
	mutex_lock(&b->other);
	b->n++;
	mutex_lock(&b->lock);
	mutex_unlock(&b->lock);
	mutex_unlock(&b->other);
}
`;

test('two acquisitions with nothing between are taken the other way round', async () => {
  const text = inverted('mutex_lock(&b->other);');
  const pair = ['mutex_lock(&b->lock);', 'mutex_lock(&b->other);'];
  assert.equal(await mended(text), text.replace(pair.join('\n\t'), pair.toReversed().join('\n\t')));
});

for (const [why, text] of [
  ['something lies between', inverted('mutex_lock(&b->other);', '\tb->n++;\n')],
  ['a comment lies between', inverted('mutex_lock(&b->other);', '\t/* first, because */\n')],
  ['the second is reached through what the first may guard', inverted('mutex_lock(&b->next->other);')],
] as const) {
  test(`no swap is offered where ${why}`, async () => {
    assert.equal(await mended(text), undefined);
  });
}
