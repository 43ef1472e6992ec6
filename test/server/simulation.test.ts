import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { CancellationToken, CancellationTokenSource } from 'vscode-languageserver/node';
import type { SimulationRequests } from '../../src/protocol/simulation.ts';
import { startClient, type Client } from './client.ts';

const sample = path.join(import.meta.dirname, '../../samples/riscv-hsm/tree');
const limits = { memory: 2000 };
/** More states than fit anywhere. */
const endless = { model: { name: 'followup' }, vcpus: 4, rounds: 3, limits };

const abba = `
interface pair { a: mutex; b: mutex; value: int; }
const both = object<pair>();
function first(): void { mutex_lock(both.a); mutex_lock(both.b); mutex_unlock(both.b); mutex_unlock(both.a); }
function second(): void { mutex_lock(both.b); mutex_lock(both.a); mutex_unlock(both.a); mutex_unlock(both.b); }
scenario('abba', 'Two locks, two ways', () => { thread('one', first); thread('two', second); });
`;
const hostile = abba.replace("'Two locks, two ways'", "'[x](command:y) \\u202e $(bug)'").replaceAll("'abba'", "'a b\\n<img src=x>'");
const outside = abba.replace('mutex_lock(both.a);', "require('child_process').execSync('touch never'); mutex_lock(both.a);");

describe('simulation', { concurrency: false }, () => {
  let client: Client;
  before(async () => {
    const files = {
      'own/abba.model.ts': abba,
      'own/hostile.model.ts': hostile,
      'own/outside.model.ts': outside,
      'own/user.model.ts': 'class User {}',
      'own/gadget.c':
        'struct gadget { struct mutex lock; };\nvoid gadget_stop(struct gadget *g)\n{\n\tmutex_lock(&g->lock);\n\tmutex_unlock(&g->lock);\n}\n',
    };
    client = await startClient(files, { worker: 'test/server/stub-worker.ts', simulator: true });
    cpSync(sample, client.folder, { recursive: true });
  });
  after(() => client.dispose());

  function ask<M extends keyof SimulationRequests>(
    method: M,
    params: SimulationRequests[M]['params'],
    token = CancellationToken.None,
  ): Promise<SimulationRequests[M]['result']> {
    return client.connection.sendRequest(method, params, token);
  }

  it('lists the models that come along, with scenarios, numbers and optional threads', async () => {
    const models = await ask('lockstep/models', {});
    assert.deepEqual(
      models.map(({ name }) => name),
      ['before', 'patched', 'followup'],
    );
    const [everything] = models[0]!.scenarios;
    assert.deepEqual(everything, {
      ...everything!,
      title: 'Everything together',
      vcpus: 2,
      rounds: 1,
      options: ['aia', 'imsic', 'create', 'mps'],
    });
    assert.match(await ask('lockstep/modelText', { name: 'before' }), /scenario\('everything'/);
  });

  it('answers before with its deadlock, each step at its line of C, in under 300 ms', async () => {
    await ask('lockstep/models', {});
    // A person reads the list meanwhile.
    await sleep(1500);
    const times: number[] = [];
    const measured = async () => {
      const started = performance.now();
      const found = await ask('lockstep/simulate', { model: { name: 'before' }, limits });
      times.push(Math.round(performance.now() - started));
      return found;
    };
    const answer = await measured();
    // Other tests have the machine too: the best of three counts.
    for (let again = 0; again < 2; again++) await measured();
    console.log(
      `from the last choice to the deadlock of before: ${times.join(', ')} ms; exploring the first: ${answer.milliseconds.toFixed(0)} ms`,
    );
    assert.ok(Math.min(...times) < 300, `${times.join(', ')} ms`);
    assert.equal(answer.answer, 'violated');
    assert.match(answer.message, /^deadlock: .* waits for /);
    const { steps } = answer.trace!.sequence;
    assert.ok(steps.length <= 10);
    const taken = steps.find(({ text }) => text === 'takes vm.lock')!;
    const last = steps.find(({ action, functions }) => action === 'wait' && functions.at(-1) === 'kvm_sbi_ext_hsm_handler')!;
    for (const [step, expected] of [
      [steps[0]!, 'mutex_lock_killable(&vcpu->mutex)'],
      [taken, 'mutex_lock(&kvm->lock)'],
      [last, 'mutex_lock(&kvm->lock)'],
    ] as const) {
      assert.equal(step.source?.isOperation, true, step.text);
      assert.ok(lineOf(step.source.path, step.source.line).includes(expected), `${step.text} at ${step.source.path}:${step.source.line}`);
    }
    assert.equal(last.source?.path, 'arch/riscv/kvm/vcpu_sbi_hsm.c');
    assert.equal(last.mark, 'cycle');
    // kvm_request_pending is no function of the sample.
    const request = steps.find(({ functions }) => functions.at(-1) === 'kvm_request_pending');
    assert.ok(request && request.source === undefined && request.model!.line > 0);
  });

  it('goes on from a step with another thread, and lets the threads do the same on another version', async () => {
    const run = { scenario: 'start-aia', limits };
    const { trace } = await ask('lockstep/simulate', { ...run, model: { name: 'before' } });
    const { sequence, schedule } = trace!;
    const step = sequence.steps.findIndex(({ instead }) => instead && instead.length > 0);
    const { move, text } = sequence.steps[step]!.instead![0]!;
    const other = await ask('lockstep/continue', { ...run, model: { name: 'before' }, turn: { schedule, step, move } });
    assert.equal(other.sequence.steps[step]?.text, text);
    assert.deepEqual(
      other.sequence.steps.slice(0, step).map((each) => each.text),
      sequence.steps.slice(0, step).map((each) => each.text),
    );
    await assert.rejects(
      ask('lockstep/continue', { ...run, model: { name: 'before' }, turn: { schedule, step: 1000, move } }),
      /no step 1001/,
    );
    const after = await ask('lockstep/follow', { ...run, model: { name: 'patched' }, like: sequence });
    assert.equal(after.property, undefined);
    assert.ok(
      after.sequence.steps.some(({ text: words }) => /mp_state_lock/.test(words)),
      'the lock of the patch',
    );
    assert.ok(
      after.sequence.steps.some(({ text: words }) => words === 'the grace period of vm.srcu is over'),
      'AIA gets to its end',
    );
  });

  it('tells of the other properties, of lockdep and of contention when asked', async () => {
    const views = await ask('lockstep/simulationViews', {
      ...{ model: { name: 'before' }, scenario: 'start-create', limits },
      ...{ verdicts: ['deadlock', 'order'], lockdep: true, contention: true, drift: true },
    });
    assert.deepEqual(views.verdicts, { deadlock: 'holds', order: 'violated' });
    assert.match(views.lockdep!.before.reports[0]!, /struct kvm_vcpu\.mutex → struct kvm\.lock/);
    assert.match(views.lockdep!.before.reports[0]!, /lockdep compares classes/, 'why both are right');
    assert.ok(
      views.drift!.compared > 5 && views.drift!.withoutCounterpart.includes('kvm_riscv_aia_aplic_init'),
      'compared with the sample',
    );
    assert.ok(views.contention!.locks.some(({ lock, share }) => lock === 'vm.lock' && share > 0));
  });

  it('says which limit was reached, and the server lives', async () => {
    const answer = await ask('lockstep/simulate', { ...endless, vcpus: 3, rounds: 2, limits: { memory: 50 } });
    assert.equal(answer.answer, 'unknown');
    assert.equal(answer.limit, 'memory');
    assert.ok(answer.memory <= 50e6, `${answer.memory} bytes`);
    assert.match(answer.message, /^unknown: the limit of memory was reached after [1-9]\d* states/);
  });

  it('reports progress, and ends at once when cancelled: its process is gone', async () => {
    const reports: string[] = [];
    const source = new CancellationTokenSource();
    client.connection.onNotification('$/progress', ({ value }: { value: { message?: string } }) => {
      if (value.message !== undefined) reports.push(value.message);
    });
    const running = ask('lockstep/simulate', { ...endless, workDoneToken: 'long' }, source.token);
    running.catch(() => undefined);
    await client.waitFor('three reports', () => reports.length >= 3);
    assert.match(reports.at(-1)!, /^[\d,]+ states, [\d,]+ a second, depth \d+, \d+ MB$/);
    const busy = childrenOf(client.server.pid!);
    const started = performance.now();
    source.cancel();
    await assert.rejects(running, /cancelled/);
    const answered = performance.now() - started;
    await client.waitFor('the process to end', () => childrenOf(client.server.pid!).length < busy.length);
    console.log(`cancel: answered after ${answered.toFixed(0)} ms, the process gone after ${(performance.now() - started).toFixed(0)} ms`);
    assert.ok(answered < 200);
  });

  it('reports progress of a single run, and ends at once when cancelled: its process is gone', async () => {
    const { trace } = await ask('lockstep/simulate', { model: { name: 'before' }, scenario: 'start-aia', limits });
    const kinds: string[] = [];
    const large = { ...endless, vcpus: 5, rounds: 4 };
    client.connection.onNotification('$/progress', ({ token, value }: { token: string; value: { kind: string; title?: string } }) => {
      if (token === 'single') kinds.push(`${value.kind}${value.title === undefined ? '' : ` ${value.title}`}`);
    });
    for (const method of ['lockstep/continue', 'lockstep/follow'] as const) {
      kinds.length = 0;
      const source = new CancellationTokenSource();
      const params = { ...large, workDoneToken: 'single', ...(method === 'lockstep/follow' && { like: trace!.sequence }) };
      const running = client.connection.sendRequest(method, params, source.token);
      running.catch(() => undefined);
      await client.waitFor('the beginning', () => kinds.length > 0);
      assert.equal(kinds[0], 'begin Following a run of followup');
      const busy = childrenOf(client.server.pid!);
      const started = performance.now();
      source.cancel();
      await assert.rejects(running, /cancelled/);
      assert.ok(performance.now() - started < 200);
      await client.waitFor('the end', () => kinds.at(-1) === 'end');
      await client.waitFor('the process to end', () => childrenOf(client.server.pid!).length < busy.length);
    }
  });

  it('keeps a single run within the limits too', async () => {
    await assert.rejects(
      ask('lockstep/continue', { ...endless, limits: { memory: 1 } }),
      /the threads alone need more memory than there may be/,
    );
  });

  it('does not go on from a run of a model that was edited since', async () => {
    const model = { uri: client.uri('own/abba.model.ts') };
    const { trace } = await ask('lockstep/simulate', { model, limits });
    const { schedule, sequence } = trace!;
    const step = sequence.steps.findIndex(({ instead }) => instead && instead.length > 0);
    const turn = { schedule, step, move: sequence.steps[step]!.instead![0]!.move };
    assert.ok(await ask('lockstep/continue', { model, limits, turn }));
    client.open('own/abba.model.ts', abba.replace('function second(): void { ', 'function second(): void { both.value = 1; '));
    await sleep(50);
    const message = /the model has changed since; simulate again/;
    await assert.rejects(ask('lockstep/continue', { model, limits, turn }), message);
    client.close('own/abba.model.ts');
    const { digest: _, ...old } = schedule;
    await assert.rejects(ask('lockstep/continue', { model, limits, turn: { ...turn, schedule: old } }), message);
  });

  it('judges a run that goes on otherwise by all that was asked for', async () => {
    const model = { uri: client.uri('own/kept.model.ts') };
    client.open('own/kept.model.ts', abba.replace('mutex_unlock(both.b); mutex_unlock(both.a); }', 'mutex_unlock(both.b); }'));
    await sleep(50);
    const { trace } = await ask('lockstep/simulate', { model, limits });
    assert.equal(trace!.property, 'deadlock');
    const { schedule, sequence } = trace!;
    const { move } = sequence.steps[1]!.instead![0]!;
    const made = await ask('lockstep/continue', { model, limits, turn: { schedule, step: 1, move } });
    assert.equal(made.property, 'exit');
    assert.match(made.message, /^exit at step \d+: the thread ends with both\.a held$/);
    const without = await ask('lockstep/continue', { model, limits, properties: ['race'], turn: { schedule, step: 1, move } });
    assert.match(without.message, /^nothing of what was looked for \(race\) goes wrong on this run; .*one run shows no more than that$/);
    client.close('own/kept.model.ts');
  });

  it('says so when the process crashes, and goes on', async () => {
    const running = ask('lockstep/simulate', endless);
    running.catch(() => undefined);
    await sleep(700);
    for (const id of childrenOf(client.server.pid!)) process.kill(id, 'SIGSEGV');
    await assert.rejects(running, /the simulation ended with SIGSEGV/);
    const answer = await ask('lockstep/simulate', { model: { name: 'patched' }, scenario: 'start-start', limits });
    assert.equal(answer.answer, 'holds');
  });

  it('runs the model of a file, as it is open', async () => {
    const model = { uri: client.uri('own/abba.model.ts') };
    assert.match((await ask('lockstep/simulate', { model, limits })).message, /^deadlock: one waits for both\.b, held by two/);
    client.open('own/abba.model.ts', abba.replace('mutex_lock(both.b); mutex_lock(both.a);', 'mutex_lock(both.a); mutex_lock(both.b);'));
    await sleep(50);
    assert.equal((await ask('lockstep/simulate', { model, limits })).answer, 'holds');
    client.close('own/abba.model.ts');
  });

  it('underlines what is outside the language, takes it back, and leaves other TypeScript alone', async () => {
    client.open('own/user.model.ts', 'class User { name = "x" }');
    client.open('own/outside.model.ts', outside);
    const [first] = await client.diagnostics('own/outside.model.ts', (found) => found.length > 0);
    const line = outside.split('\n').findIndex((each) => each.includes('require'));
    assert.equal(first?.range.start.line, line);
    assert.equal(first?.source, 'lockstep');
    client.change('own/outside.model.ts', 2, abba);
    await client.diagnostics('own/outside.model.ts', (found, version) => found.length === 0 && version === 2);
    client.close('own/outside.model.ts');
    client.close('own/user.model.ts');
    assert.ok(client.published.every(({ uri }) => uri !== client.uri('own/user.model.ts')));
  });

  it('underlines where a model parts from the C of its tree, with the line of C, and takes it back', async () => {
    const model = (body: string): string => `models('own/gadget.c');
interface gadget { lock: mutex; }
const gadget = object<gadget>();
function gadget_stop(): void { ${body} }
scenario('stop', 'Stop it', () => { thread('stop', gadget_stop); });
`;
    client.open('own/gadget.model.ts', model(''));
    const [drift] = await client.diagnostics('own/gadget.model.ts', (found) => found.length > 0);
    assert.equal(drift?.code, 'model-drift');
    assert.match(String(drift.message), /acquires struct gadget\.lock/);
    const [related] = drift.relatedInformation ?? [];
    assert.equal(related?.location.uri, client.uri('own/gadget.c'));
    assert.equal(related.location.range.start.line, 3);
    client.change('own/gadget.model.ts', 2, model('mutex_lock(gadget.lock); mutex_unlock(gadget.lock);'));
    await client.diagnostics('own/gadget.model.ts', (found, version) => found.length === 0 && version === 2);
    client.close('own/gadget.model.ts');
  });

  it('outlines scenarios for lenses, whatever they are called', async () => {
    const outline = await ask('lockstep/modelOutline', { uri: client.uri('own/hostile.model.ts') });
    const [scenario] = outline.scenarios;
    assert.equal(scenario?.name, 'a b\n<img src=x>');
    const model = { uri: client.uri('own/hostile.model.ts') };
    assert.equal((await ask('lockstep/simulate', { model, scenario: scenario.name, limits })).answer, 'violated');
  });

  for (const [what, params, message] of [
    ['an unknown model', { model: { name: '../../etc/passwd' } }, /no model \.\.\/\.\.\/etc\/passwd comes with Lockstep; there is: before/],
    ['a model that cannot be read', { model: { uri: 'file:///nowhere/x.model.ts' } }, /cannot read x\.model\.ts: not found/],
    ['an unknown scenario', { model: { name: 'before' }, scenario: '__proto__' }, /no scenario __proto__; there is: everything/],
    ['an unknown thread', { model: { name: 'before' }, with: ['constructor'] }, /no optional thread constructor/],
    ['too many vCPUs', { model: { name: 'before' }, vcpus: 1e9 }, /the number of vcpus goes from 1 to 1000, not 1000000000/],
    ['no vCPU', { model: { name: 'before' }, vcpus: 0 }, /goes from 1 to 1000/],
    ['more threads than there may be', { model: { name: 'before' }, vcpus: 500 }, /starts more than 30 threads/],
  ] as const) {
    it(`answers ${what} with words`, async () => {
      await assert.rejects(ask('lockstep/simulate', { ...params, limits }), message);
    });
  }

  it('answers a model of 10 MB, one outside the language, and one that has no end', async () => {
    const simulate = (text: string): Promise<unknown> => {
      client.open('own/bad.model.ts', text);
      return ask('lockstep/simulate', { model: { uri: client.uri('own/bad.model.ts') }, limits }).finally(() =>
        client.close('own/bad.model.ts'),
      );
    };
    await assert.rejects(simulate(`${abba}// ${'x'.repeat(10_000_000)}`), /the model has \d+ characters: 1000000 are read/);
    await assert.rejects(simulate(outside), /bad\.model\.ts is outside the model language: line \d+: /);
    const recursive = abba.replace('mutex_unlock(both.b); mutex_unlock(both.a); }', 'first(); }');
    await assert.rejects(simulate(recursive), /first calls itself/);
    const outOfRange = abba.replace("thread('one', first);", "thread('one', late);").replace(
      'scenario(',
      `interface list { slot: array<int, 2>; i: int; }
const l = object<list>();
function late(): void { const i = l.i; l.slot[i + 2] = 1; }
scenario(`,
    );
    await assert.rejects(simulate(outOfRange), /the model cannot be run: .*l\.slot\[2\].* \(line 8, one, in late\)/);
    const endlessLoop = abba.replace('function first(): void {', 'function first(): void { let i = 0; while (true) i = i + 1;');
    await assert.rejects(simulate(endlessLoop), /the model cannot be run: |is outside the model language/);
  });

  it('leaves no process behind when it is killed, not even a busy one', async () => {
    const running = ask('lockstep/simulate', endless);
    running.catch(() => undefined);
    await sleep(1000);
    const children = childrenOf(client.server.pid!);
    assert.ok(children.length > 0);
    client.server.kill('SIGKILL');
    await client.waitFor('the processes to end', () => children.every((id) => !isRunning(id)));
  });

  function lineOf(file: string, line: number): string {
    return readFileSync(path.join(client.folder, file), 'utf8').split('\n')[line - 1] ?? '';
  }
});

/** Processes whose parent is this one, on Linux; elsewhere none are seen. */
function childrenOf(parent: number): number[] {
  try {
    return readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function isRunning(id: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, 'utf8'));
  } catch {
    return false;
  }
}
