import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckRequest, CheckResult } from '../../src/model/reviewer-api.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, readFixtures, treeOf } from './fixture.ts';

/** `back` takes the locks the other way round, and says why that is right. */
const program = (forth: string, before = '') => `#include "kernel.h"
static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);

${before}void forth(void)
{
	mutex_lock(&a);
${forth}
	mutex_unlock(&b);
	mutex_unlock(&a);
}

// lockstep: ignore lock-order-cycle: the other side
void back(void)
{
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}
`;

async function check(text: string, scope: CheckRequest['scope'] = 'module'): Promise<CheckResult> {
  const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c'))).set('fixture/x.c', text);
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  return reviewer.check({ paths: ['fixture'], scope });
}

const shown = ({ findings }: CheckResult) => findings.map(({ check: id, severity, message }) => `${id} ${severity} ${message}`);
const reasons = ({ suppressed }: CheckResult) => suppressed.map(({ finding, reason }) => `${finding.function}: ${reason}`);

const lock = '\tmutex_lock(&b);';
const ignore = 'lockstep: ignore lock-order-cycle:';
const other = 'back: the other side';

const suppressing: Readonly<Record<string, string>> = {
  'on its line': program(`${lock} /* ${ignore} why */`),
  'on its line, to its end': program(`${lock} // ${ignore} why`),
  'on its line, in front': program(`\t/* ${ignore} why */ mutex_lock(&b);`),
  'on the line above': program(`\t// ${ignore} why\n${lock}`),
  'above, with empty lines, other comments and directives between': program(
    `\t/* ${ignore} why */\n\n\t/* more */\n#ifdef CONFIG_TWO\n\twork(1);\n#else\n#endif\n${lock}`.replace('\twork(1);\n', ''),
  ),
  'in a comment of several lines': program(
    `\t/*\n\t * What b is for.\n\t *\n\t * ${ignore}\n\t * why\n\t *\n\t * More of b.\n\t */\n${lock}`,
  ),
  'in the first line of several, and with Windows ends of lines': program(`\t/* ${ignore} why\n\t */\n${lock}`).replaceAll('\n', '\r\n'),
  'several in a row': program(
    `\t/* lockstep: ignore sync-deadlock: other */\n\t// ${ignore} why\n\t/* lockstep: ignore documented-order: o */\n${lock}`,
  ),
  'several in one comment': program(`\t/*\n\t * lockstep: ignore sync-deadlock: other\n\t * ${ignore} why\n\t */\n${lock}`),
  'above a statement that goes on': program(
    `\t/* ${ignore} why */\n\tif (work_left() &&\n\t    mutex_lock_interruptible(&b)) {\n\t\tmutex_unlock(&a);\n\t\treturn;\n\t}`,
  ),
  'behind a statement that goes on': program(
    `\tif (work_left() &&\n\t    mutex_lock_interruptible(&b)) { // ${ignore} why\n\t\tmutex_unlock(&a);\n\t\treturn;\n\t}`,
  ),
  'above an else': program(
    `\tif (work_left()) {\n\t/* ${ignore} why */\n\t} else if (mutex_lock_interruptible(&b)) {\n\t\tmutex_unlock(&a);\n\t\treturn;\n\t}`,
  ),
  'directly above the function': program(lock, `/* ${ignore} why */\n`),
  'in the comment of the function': program(lock, `/**\n * forth() - goes on\n *\n * ${ignore} why\n */\n`),
  "between the function's comment and its head": program(lock, `/* Goes on. */\n// ${ignore} why\nstatic inline\n`),
  "in the function's head": program(lock, `static inline /* ${ignore} why */\n`),
  'behind a macro that has no semicolon': program(lock, `EXPORT_SYMBOL(work)\n/* ${ignore} why */\n`),
  'behind strings that look like comments': program(`\twork("/*"[0] + '"' + '\\'');\n${lock} /* ${ignore} why */`),
};

for (const [name, text] of Object.entries(suppressing)) {
  test(`suppresses: ${name}`, async () => {
    const result = await check(text, 'paths');
    assert.deepEqual([shown(result), reasons(result)], [[], ['forth: why', other]]);
  });
}

const cycle = 'lock-order-cycle error b is taken here with a held, but back takes a with b held';
const nothing = 'suppression information no lock-order-cycle is found here: nothing is ignored';
const nowhere = 'suppression information this stands neither in a function nor directly above one: nothing is ignored';

const failing: Readonly<Record<string, readonly [text: string, ...said: string[]]>> = {
  'on another line': [program(`\t/* ${ignore} why */\n\twork(1);\n${lock}`), nothing, cycle],
  'behind the line': [program(`${lock}\n\t/* ${ignore} why */`), cycle, nothing],
  'of another check': [
    program(`${lock} /* lockstep: ignore sync-deadlock: why */`),
    ...[cycle, 'suppression information no sync-deadlock is found here: nothing is ignored'],
  ],
  'of no check there is': [
    program(`${lock} /* lockstep: ignore lock-order: why */`),
    cycle,
    'suppression warning there is no check "lock-order" to ignore; there is: documented-order, lock-order-cycle, sync-deadlock, double-acquire, missing-release, release-unheld, mismatched-release, sleep-in-atomic, irq-inversion, lock-contract, unprotected-access',
  ],
  'of no check at all': [
    program(`${lock} /* lockstep: ignore: why */`),
    cycle,
    'suppression warning this names no check to ignore; there is: documented-order, lock-order-cycle, sync-deadlock, double-acquire, missing-release, release-unheld, mismatched-release, sleep-in-atomic, irq-inversion, lock-contract, unprotected-access',
  ],
  'of itself': [
    program(`${lock} /* lockstep: ignore suppression: why */`),
    cycle,
    'suppression warning there is no check "suppression" to ignore; there is: documented-order, lock-order-cycle, sync-deadlock, double-acquire, missing-release, release-unheld, mismatched-release, sleep-in-atomic, irq-inversion, lock-contract, unprotected-access',
  ],
  ...Object.fromEntries(
    ['lock-order-cycle', 'lock-order-cycle:', 'lock-order-cycle: -', 'lock-order-cycle why'].map((words) => [
      `without a reason: ${words}`,
      [
        program(`${lock} /* lockstep: ignore ${words} */`),
        cycle,
        'suppression warning this gives no reason, so nothing is ignored: lockstep: ignore lock-order-cycle: REASON',
      ] as const,
    ]),
  ),
  'in a string': [program(`\twork("/* ${ignore} why */"[0]); ${lock}`), cycle],
  'in a comment that is in a string': [program(`\twork("\\"/*"[0]); ${lock}\n\twork("${ignore} why */"[0]);`), cycle],
  'amid the words of a comment': [program(`${lock} /* see ${ignore} why */`), cycle],
  'behind // in a comment': [program(`${lock} /* // ${ignore} why */`), cycle],
  'of a macro': [program(lock, `#define FORTH 1 /* ${ignore} why */\n`), nowhere, cycle],
  'above a macro': [program(lock, `/* ${ignore} why */\n#define FORTH 1\n`), nowhere, cycle],
  'above a variable': [program(lock, `/* ${ignore} why */\nstatic int forths;\n`), nowhere, cycle],
  'at the end of another function': [
    program(lock, `void before(void)\n{\n\tmutex_lock(&a);\n\tmutex_unlock(&a);\n\t/* ${ignore} why */\n}\n\n`),
    ...[nothing, cycle],
  ],
  'on the way there': [
    program(`\ttake_b(); /* ${ignore} why */`, 'static void take_b(void)\n{\n\tmutex_lock(&b);\n}\n\n'),
    ...[cycle.replace('error', 'warning'), nothing],
  ],
};

for (const [name, [text, ...said]] of Object.entries(failing)) {
  test(`suppresses nothing: ${name}`, async () => {
    const result = await check(text);
    assert.deepEqual([shown(result), reasons(result)], [said, [other]]);
  });
}

/** Two places each way: both ways are reported. */
const twice = (first: string, second: string, before?: string) =>
  `${program(`${first}\n\tmutex_unlock(&b);\n${second}`, before)}
/* lockstep: ignore lock-order-cycle: the other side */
void again(void)
{
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}
`;

test('a function is suppressed as a whole, and a line of it has the last word on why', async () => {
  const both = await check(twice(lock, `${lock} /* ${ignore} the second */`, `/* ${ignore} all of it */\n`));
  assert.deepEqual([shown(both), reasons(both)], [[], ['forth: all of it', 'forth: the second', other, 'again: the other side']]);
});

test('a finding has the same id whether another one is suppressed or not', async () => {
  const without = await check(twice(lock, lock));
  const first = await check(twice(`${lock} /* ${ignore} why */`, lock));
  assert.equal(without.findings.length, 2);
  assert.deepEqual(
    first.findings.map(({ id }) => id),
    [without.findings[1]!.id],
  );
});

test('where callers were not looked for, a comment that suppresses nothing is not told of, unless it never can', async () => {
  const quiet = await check(program(`\t/* ${ignore} why */\n\twork(1);\n${lock}`), 'paths');
  assert.deepEqual(shown(quiet), [cycle]);
  const never = await check(program(lock, `/* ${ignore} why */\nstatic int forths;\n`), 'paths');
  assert.deepEqual(shown(never), [nowhere, cycle]);
});

test('nor of a check that did not run', async () => {
  const { findings } = await check(program(`${lock} /* lockstep: ignore unprotected-access: why */`));
  assert.deepEqual(
    findings.filter(({ check: id }) => id === 'suppression'),
    [],
  );
});

test('nor in a function that could not be read', async () => {
  const { findings, problems } = await check(program(`\t/* ${ignore} why */\n\twork(1);\n\tif (((;\n`));
  assert.deepEqual([findings.filter(({ function: name }) => name === 'forth'), problems.length], [[], 1]);
});

test('a comment that comes and goes between two checks counts from the next', async () => {
  const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  const counts = [program(lock), program(lock, `/* ${ignore} why */\n`), program(lock)].map((text) => {
    files.set('fixture/x.c', text);
    reviewer.forget(['fixture/x.c']);
    const { findings, suppressed } = reviewer.check({ paths: ['fixture/x.c'], scope: 'module' });
    return [findings.length, suppressed.length];
  });
  assert.deepEqual(counts, [
    [1, 1],
    [0, 2],
    [1, 1],
  ]);
});

test('a comment is a place in the file, and in its function', async () => {
  const { findings } = await check(program(`${lock}\n\t/*\n\t * lockstep: ignore sync: why\n\t */`));
  const [finding] = findings.filter(({ check: id }) => id === 'suppression');
  assert.deepEqual(
    [finding?.at, finding?.function, finding?.id],
    [{ file: 'fixture/x.c', line: 10, column: 5, endLine: 10, endColumn: 31 }, 'forth', 'suppression:fixture/x.c:forth:sync'],
  );
});

test('comments that never end, or say a lot, take no time', async () => {
  const started = performance.now();
  const long = 'lockstep: ignore '.repeat(20_000);
  const result = await check(`${program(lock)}/* ${long}\n${' '.repeat(100_000)}x${'\n * lockstep: ignore x:'.repeat(5000)}`);
  assert.ok(result.findings.length > 5000);
  assert.ok(performance.now() - started < 5000);
});
