import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, treeOf } from '../checks/fixture.ts';
import { readSelftest, type SelftestCase } from './selftest/cases.ts';
import { families, leftOut } from './selftest/families.ts';
import { programOf } from './selftest/program.ts';
import { agrees, renderTables, type Answer } from './selftest/table.ts';

/** lockdep's own suite, lib/locking-selftest.c: what Lockstep says of each case, against what lockdep must say. */
const kernels = process.env['LOCKSTEP_KERNELS'];
const document = new URL('../../docs/accuracy.md', import.meta.url);
/** The part of the document that is written here. */
const written = /(<!-- selftest: .*? -->\n\n)([^]*?)(\n\n<!-- \/selftest -->)/;

if (kernels === undefined) console.log('lockdep selftest: skipped, LOCKSTEP_KERNELS names no folder');
else {
  let answers: readonly Answer[] = [];
  before(async () => {
    answers = await answer(readSelftest(join(kernels, 'linux-source-6.12')));
  });

  test('every case is of one kind, and every kind has cases', () => {
    assert.ok(answers.length > 300);
    const kinds = [...families, ...leftOut];
    for (const { of } of answers) assert.equal(kinds.filter(({ names }) => names.test(of.name)).length, 1, of.name);
    for (const { about, names } of kinds)
      assert.ok(
        answers.some(({ of }) => names.test(of.name)),
        about,
      );
  });

  for (const family of families) {
    test(family.whyNot === undefined ? `as lockdep: ${family.about}` : `not as lockdep: ${family.about}`, () => {
      const cases = answers.filter(({ of }) => family.names.test(of.name));
      const others = cases.filter((each) => !agrees(each, family)).map(({ of, checks }) => `${of.name}: ${checks.join() || 'silent'}`);
      if (family.whyNot === undefined) assert.deepEqual(others, []);
      else assert.notDeepEqual(others, [], 'all agree: there is nothing to explain');
    });
  }

  test('docs/accuracy.md has the table', () => {
    const text = readFileSync(document, 'utf8');
    const tables = renderTables(answers);
    if (process.env['UPDATE'] === '1')
      writeFileSync(
        document,
        text.replace(written, (_, start: string, __, end: string) => start + tables + end),
      );
    assert.equal(written.exec(readFileSync(document, 'utf8'))?.[2], tables, 'UPDATE=1 writes it');
  });
}

/** Each case is a program by itself. */
async function answer(cases: readonly SelftestCase[]): Promise<readonly Answer[]> {
  const path = ({ name }: SelftestCase): string => `cases/${name}.c`;
  const files = new Map(cases.map((each) => [path(each), programOf(each)]));
  const reviewer = await createReviewer({ tree: treeOf(new Map([['MAINTAINERS', ''], ...files])), ...grammar });
  return cases.map((each) => {
    const { findings, problems } = reviewer.check({ paths: [path(each)], scope: 'paths' });
    assert.deepEqual(problems, [], each.name);
    const certain = findings.filter(({ severity }) => severity !== 'information');
    return { of: each, checks: [...new Set(certain.map(({ check }) => check))].sort() };
  });
}
