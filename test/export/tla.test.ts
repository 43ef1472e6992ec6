import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { moduleName, toTla } from '../../src/model/export/tla.ts';
import { assertGolden } from './golden.ts';
import { smallModels } from './models.ts';
import { readModel, systemOf } from './system.ts';

test('a module that people can read', () => {
  const { text, properties } = smallModels.find(({ name }) => name === 'a grace period')!;
  const { module, config } = toTla(systemOf(text, { properties }), 'grace_period', { text });
  assertGolden('grace_period.tla', module);
  assertGolden('grace_period.cfg', config);
});

describe('TLA+', () => {
  for (const { name, text, properties } of smallModels) {
    test(`${name}: what is named is defined`, () => {
      checkModule(toTla(systemOf(text, { properties }), name, { text, deadlocks: properties.includes('deadlock') }));
    });
  }

  for (const name of ['before', 'patched', 'followup']) {
    test(`vCPUs, ${name}: what is named is defined`, () => {
      const properties = ['deadlock', 'torn', 'start', 'race', 'atomic', 'exit'];
      const system = systemOf(readModel(name), { scenario: 'everything', values: { aia: 1, imsic: 1, create: 1, mps: 1 }, properties });
      checkModule(toTla(system, name, { text: readModel(name) }));
    });
  }

  test('a name for a module', () => {
    assert.deepEqual(['grace period', '../x', '9p', '', 'TLC', '\u00e9', 'followup.everything'].map(moduleName), [
      'grace_period',
      'x',
      'Model_9p',
      'Model_',
      'Model_TLC',
      'Model_',
      'followup_everything',
    ]);
  });
});

/** Brackets are paired, every definition is there once and before its use, and the configuration names definitions. */
function checkModule({ module, config }: { module: string; config: string }): void {
  const code = module.replace(/\\\*.*$/gm, '');
  assert.doesNotMatch(code, /[^ -~\n]/);
  const open: string[] = [];
  const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{', '>>': '<<' };
  const bare = code.replace(/"[^"\n]*"/g, '""');
  for (const [token] of bare.matchAll(/<<|>>|[()[\]{}]/g)) {
    if (token in pairs) assert.equal(open.pop(), pairs[token], module);
    else open.push(token);
  }
  assert.deepEqual(open, [], module);
  const known = new Set('MODULE EXTENDS Integers VARIABLES pc mem EXCEPT UNCHANGED SUBSET ENABLED TRUE FALSE'.split(' '));
  known.add(/^---- MODULE (\w+) ----$/m.exec(module)![1]!);
  for (const line of bare.split('\n')) {
    const defined = /^(\w+) ==/.exec(line)?.[1];
    if (defined !== undefined) {
      assert.ok(!known.has(defined), `${defined} is defined twice`);
      known.add(defined);
    }
    for (const [name] of line.matchAll(/(?<![\w.\\!])[A-Za-z]\w*(?! (:|\|->))/g))
      if (!/^p\d+$/.test(name)) assert.ok(known.has(name) || isField(name), `${name} is not defined\n${module}`);
  }
  for (const [, name] of config.matchAll(/^(?:SPECIFICATION|INVARIANT) (\w+)$/gm)) assert.ok(known.has(name!), name);

  function isField(name: string): boolean {
    return /^(var|lock|readers|awaited|race|nothing)/.test(name);
  }
}
