import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { both, contracts, get, program, reviewed, set } from './demo.ts';

const early = (take: string, first: string, last: string) =>
  program(
    set(`\t${take}\n\tif (demo->count) {\n\t\t${first}\n\t\treturn;\n\t}\n\tdemo->state = 1;\n\t${last}\n`) + get('\treturn 0;\n'),
    both,
  );
const lock = 'spin_lock(&demo->state_lock);';
const unlock = 'spin_unlock(&demo->state_lock);';
const lockBh = 'spin_lock_bh(&demo->state_lock);';
const unlockBh = 'spin_unlock_bh(&demo->state_lock);';
const plain = early(lock, unlock, unlock);

/** Findings with the changed lines they come by, what is said of functions, and the line that a reply quotes above what it says. */
async function told(before: string, after: string) {
  const { review, patches } = await reviewed(before, after);
  const { findings } = review.whole;
  const reply = renderReply({ patch: patches[0]!, remarks: remarksOf(review.whole).filter(({ isSaid }) => isSaid) }).split('\n');
  const at = reply.findIndex((line) => /With this patch/.test(line));
  return {
    findings: findings.map(({ change, check, at: { line } }) => `${change} ${check} ${line}`),
    causes: findings.flatMap(({ causes }) => causes.map(({ sign, text }) => `${sign}${text}`)),
    functions: contracts(review.whole),
    above: at < 0 ? undefined : reply[at - 2],
  };
}

const mode = 'demo_set now takes struct demo.state_lock with softirqs off (_bh) instead of with interrupts left as they are';
const lines = (text: string, line: string) => text.split('\n').flatMap((each, i) => (each.trim() === line ? [i + 1] : []));

test('a lock that is taken with softirqs off, and given back as before', async () => {
  const after = early(lockBh, unlock, unlock);
  assert.deepEqual(await told(plain, after), {
    findings: lines(after, unlock).map((line) => `new mismatched-release ${line}`),
    causes: [`+${lockBh}`, `+${lockBh}`],
    functions: [mode],
    above: `> +\t${lockBh}`,
  });
});

test('a lock of which one way out was forgotten', async () => {
  const after = early(lockBh, unlock, unlockBh);
  const said = await told(plain, after);
  assert.deepEqual(said.findings, [`new mismatched-release ${lines(after, unlock)[0]}`]);
  assert.deepEqual(said.functions, [mode]);
});

test('a lock that only is given back otherwise', async () => {
  const after = early(lock, unlock, unlockBh);
  assert.deepEqual(await told(plain, after), {
    findings: [`new mismatched-release ${lines(after, unlockBh)[0]}`],
    causes: [`+${unlockBh}`],
    functions: [],
    above: `> +\t${unlockBh}`,
  });
});

test('both halves: no finding, and what changes in how it is taken is said', async () => {
  const { findings, functions } = await told(plain, early(lockBh, unlockBh, unlockBh));
  assert.deepEqual([findings, functions], [[], [mode]]);
});

test('a half that was missing comes', async () => {
  const before = early(lockBh, unlock, unlockBh);
  const { findings } = await told(before, early(lockBh, unlockBh, unlockBh));
  assert.deepEqual(findings, [`fixed mismatched-release ${lines(before, unlock)[0]}`]);
});

test('interrupts that are turned on: an error where a caller has them off, else a warning', async () => {
  const inner = (give: string) =>
    `static void demo_table(struct demo *demo)\n{\n\tread_lock(&demo->table_lock);\n\tdemo->state = 1;\n\t${give}(&demo->table_lock);\n}\n\n`;
  for (const [take, give, severity] of [
    ['spin_lock_irq', 'spin_unlock_irq', 'error'],
    ['spin_lock', 'spin_unlock', 'warning'],
  ] as const) {
    const outer = set(`\t${take}(&demo->state_lock);\n\tdemo_table(demo);\n\t${give}(&demo->state_lock);\n`) + get('\treturn 0;\n');
    const { review } = await reviewed(program(inner('read_unlock') + outer, both), program(inner('read_unlock_irq') + outer, both));
    const found = review.whole.findings.map((finding) => [finding.change, finding.check, finding.severity, finding.confidence]);
    assert.deepEqual(found, [['new', 'mismatched-release', severity, 'high']]);
  }
});
