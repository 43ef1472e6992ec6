import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { compileModel } from '../../../src/model/frontend/ts/compile.ts';
import { claimProperties, primitives } from '../../../src/model/frontend/ts/primitives.ts';
import { namedTypes } from '../../../src/model/frontend/ts/types.ts';
import { properties, simulate } from '../../../src/model/simulate.ts';

const root = path.join(import.meta.dirname, '../../..');
const document = readFileSync(path.join(root, 'docs/model-language.md'), 'utf8');
const code = [...document.matchAll(/```ts\n(.*?)```/gs)].map(([, text]) => text!);
const answers = [...document.matchAll(/--scenario (\w+)`[^`]*```text\n(.*)\n/g)].map(([, scenario, answer]) => ({ scenario, answer }));

test('the example of the document compiles and answers what the document says', () => {
  assert.equal(code.length, 1);
  const { program, problems } = compileModel(code[0]!, 'device.model.ts');
  assert.deepEqual(problems, []);
  assert.deepEqual(
    answers.map(({ scenario }) => scenario),
    program.scenarios.map(({ name }) => name),
  );
  for (const { scenario, answer } of answers)
    for (const isReduced of [true, false])
      assert.equal(simulate(program, { scenario: scenario!, isReduced, limits: {}, rules: [] }).message, answer);
});

/** Where the numbers of the document come from: a file, a constant in it, and the words of the document. */
const limits: readonly (readonly [file: string, constant: string, words: string])[] = [
  ['frontend/ts/compile.ts', 'textLimit', 'characters of a model'],
  ['frontend/ts/nesting.ts', 'depthLimit', 'levels of syntax'],
  ['frontend/ts/compile.ts', 'callDepth', 'functions that call one another'],
  ['frontend/ts/compile.ts', 'objectsInside', 'types inside a type'],
  ['explore/scenario.ts', 'threadLimit', 'threads of a scenario'],
  ['explore/system.ts', 'raceThreadLimit', 'threads, where data races'],
  ['explore/scenario.ts', 'stepLimit', 'steps to set a scenario up'],
  ['explore/memory.ts', 'entityLimit', 'objects'],
  ['explore/memory.ts', 'cellLimit', 'variables and locks'],
  ['explore/memory.ts', 'elementLimit', 'elements of an array'],
  ['explore/automaton.ts', 'nestingLimit', 'times that one thread has one lock'],
  ['explore/system.ts', 'valueLimit', 'values of one variable'],
  ['explore/automaton.ts', 'placeLimit', 'places of one thread'],
  ['explore/automaton.ts', 'silentLimit', 'things in a row'],
  ['explore/system.ts', 'silentLimit', 'such things'],
  ['explore/system.ts', 'combinationLimit', 'combinations of values'],
];

test('the limits of the document are those of the source', () => {
  const rows = [...document.matchAll(/^\| ([\d,]+) \| (.*) \|$/gm)].map(([, number, words]) => ({
    number: number!.replaceAll(',', ''),
    words: words!,
  }));
  assert.equal(rows.length, limits.length);
  for (const [file, constant, words] of limits) {
    const source = readFileSync(path.join(root, 'src/model', file), 'utf8');
    const value = new RegExp(`^const ${constant} = (?:(\\d+) << )?([\\d_]+);`, 'm').exec(source);
    assert.ok(value, `${constant} in ${file}`);
    const [, base, number = ''] = value;
    const plain = Number(number.replaceAll('_', ''));
    const row = rows.find((each) => each.words.startsWith(words));
    assert.equal(row?.number, String(base === undefined ? plain : Number(base) << plain), words);
  }
});

test('the document names only primitives, types and properties that there are', () => {
  const known = new Set([...primitives, ...namedTypes.keys(), ...claimProperties, ...properties]);
  for (const [, name] of document.matchAll(
    /`((?:raw_)?(?:mutex|spin|read|write|down|up|rcu|srcu|atomic|refcount|wait|wake|synchronize)_\w+)/g,
  )) {
    const isForm = name!.endsWith('_');
    const isLeftOut = document.slice(document.indexOf('Of the kernel')).includes(`\`${name!}`);
    assert.ok(isForm || isLeftOut || known.has(name!), name);
  }
  for (const property of properties) assert.match(document, new RegExp(`^### .*\\b${property}\\b`, 'm'));
});
