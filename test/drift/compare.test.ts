import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fixtureFolder, treeOf } from '../checks/fixture.ts';
import { compare, linkC, markedLines } from './comparison.ts';
import { cPrelude, modelPrelude, pairs } from './pairs.ts';

const kernel = readFileSync(`${fixtureFolder}kernel.h`, 'utf8');

for (const pair of pairs) {
  test(pair.name, () => {
    const model = modelPrelude + pair.model;
    const c = cPrelude + pair.c;
    const tree = treeOf(
      new Map([
        ['fixture/kernel.h', kernel],
        ['fixture/fixture.c', c],
      ]),
    );
    const drift = compare(model, linkC(tree, ['fixture']));
    const messages = drift.findings.map((finding) => finding.message).join('\n');
    assert.deepEqual(drift.modelLines, markedLines(model), messages);
    assert.deepEqual(drift.cLines, markedLines(c), messages);
    if (pair.says) assert.match(messages, pair.says);
    assert.deepEqual(drift.withoutCounterpart, pair.withoutCounterpart ?? []);
    const expected = pair.leftOut ?? [];
    assert.equal(drift.leftOut.length, expected.length, drift.leftOut.map((each) => each.text).join('\n'));
    for (const [i, pattern] of expected.entries()) assert.match(drift.leftOut[i]!.text, pattern);
    assert.deepEqual(drift.limits, []);
  });
}
