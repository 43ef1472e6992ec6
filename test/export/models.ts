/** Small models that hold, one for each part of the language, and what goes wrong in their relatives. */
export interface SmallModel {
  readonly name: string;
  readonly text: string;
  readonly answer: 'holds' | 'violated';
  readonly properties: readonly string[];
}

const state = `interface state { a: mutex; b: mutex; sp: spinlock_t; rw: rw_semaphore; srcu: srcu_struct; done: completion; x: int; y: int }
const q = object<state>();
const w = object<wait_queue_head_t>();
`;

function model(
  name: string,
  answer: SmallModel['answer'],
  text: string,
  properties: readonly string[] = ['deadlock', 'assert'],
): SmallModel {
  return { name, answer, properties, text: state + text };
}

export const smallModels: readonly SmallModel[] = [
  model(
    'two mutexes in one order',
    'holds',
    `function f(): void { mutex_lock(q.a); mutex_lock(q.b); q.x = 1; mutex_unlock(q.b); mutex_unlock(q.a); }
scenario('s', 'S', () => { thread('one', f); thread('other', f); });`,
  ),
  model(
    'ABBA',
    'violated',
    `function f(): void { mutex_lock(q.a); mutex_lock(q.b); mutex_unlock(q.b); mutex_unlock(q.a); }
function g(): void { mutex_lock(q.b); mutex_lock(q.a); mutex_unlock(q.a); mutex_unlock(q.b); }
scenario('s', 'S', () => { thread('one', f); thread('other', g); });`,
  ),
  model(
    'a lock taken twice',
    'violated',
    `function f(): void { if (choose(0, 1)) { mutex_lock(q.a); mutex_lock(q.a); } }
scenario('s', 'S', () => { thread('one', f); });`,
  ),
  model(
    'trylock backs off',
    'holds',
    `function f(): void { mutex_lock(q.a); mutex_lock(q.b); mutex_unlock(q.b); mutex_unlock(q.a); }
function g(): void { mutex_lock(q.b); if (mutex_trylock(q.a)) { mutex_unlock(q.a); } mutex_unlock(q.b); }
scenario('s', 'S', () => { thread('one', f); thread('other', g); });`,
  ),
  model(
    'a grace period',
    'holds',
    `function reader(): void { srcu_read_lock(q.srcu); const v = READ_ONCE(q.x); const u = READ_ONCE(q.y); srcu_read_unlock(q.srcu); assert(!v || !u, 'both'); }
function writer(): void { WRITE_ONCE(q.x, 1); WRITE_ONCE(q.x, 0); synchronize_srcu(q.srcu); WRITE_ONCE(q.y, 1); }
scenario('s', 'S', () => { thread('reader', reader); thread('reader', reader); thread('writer', writer); });`,
  ),
  model(
    'two grace periods at once, and a read side in a read side',
    'holds',
    `function reader(): void { for (let i = 0; i < 2; i++) { srcu_read_lock(q.srcu); srcu_read_lock(q.srcu); srcu_read_unlock(q.srcu); q.x = i; srcu_read_unlock(q.srcu); } }
function writer(): void { synchronize_srcu(q.srcu); const v = q.x; if (v) synchronize_srcu(q.srcu); }
scenario('s', 'S', () => { thread('reader', reader); thread('writer', writer); thread('writer', writer); });`,
  ),
  model(
    'a grace period inside a lock that a reader waits for',
    'violated',
    `function reader(): void { srcu_read_lock(q.srcu); mutex_lock(q.a); mutex_unlock(q.a); srcu_read_unlock(q.srcu); }
function writer(): void { mutex_lock(q.a); synchronize_srcu(q.srcu); mutex_unlock(q.a); }
scenario('s', 'S', () => { thread('reader', reader); thread('writer', writer); });`,
  ),
  model(
    'readers and writers',
    'holds',
    `function reader(): void { down_read(q.rw); const v = q.x; const u = q.y; up_read(q.rw); assert(v == u, 'torn'); }
function writer(): void { down_write(q.rw); q.x = 1; q.y = 1; up_write(q.rw); }
scenario('s', 'S', () => { thread('reader', reader); thread('reader', reader); thread('writer', writer); thread('writer', writer); });`,
  ),
  model(
    'a reader that reads again behind a writer',
    'violated',
    `function reader(): void { down_read(q.rw); down_read(q.rw); up_read(q.rw); up_read(q.rw); }
function writer(): void { down_write(q.rw); up_write(q.rw); }
scenario('s', 'S', () => { thread('reader', reader); thread('writer', writer); });`,
  ),
  model(
    'a completion for each',
    'holds',
    `function waiter(): void { wait_for_completion(q.done); q.x = 1; }
function worker(): void { complete(q.done); complete(q.done); }
scenario('s', 'S', () => { thread('waiter', waiter); thread('waiter', waiter); thread('worker', worker); at_end(() => q.x == 1, 'somebody wrote'); });`,
  ),
  model(
    'a completion too few',
    'violated',
    `function waiter(): void { wait_for_completion(q.done); }
function worker(): void { complete(q.done); }
scenario('s', 'S', () => { thread('waiter', waiter); thread('waiter', waiter); thread('worker', worker); });`,
  ),
  model(
    'choices at the start and later',
    'holds',
    `function f(): void { const v = choose(0, 1, 2); if (v == 2) return; mutex_lock(q.a); const u = choose(3, 4); q.x = v + u; mutex_unlock(q.a); }
function g(): void { const v = choose(0, 1); if (v) { const u = q.x; assert(u != 2 && u != 1, 'sums'); } }
scenario('s', 'S', () => { thread('one', f); thread('other', f); thread('third', g); });`,
  ),
  model(
    'a claim that breaks once in many runs',
    'violated',
    `function f(): void { const v = q.x; q.x = v + 1; }
function g(): void { const v = q.x; q.x = v + 1; const u = READ_ONCE(q.x); assert(u != 1, 'lost'); }
scenario('s', 'S', () => { thread('one', f); thread('other', g); });`,
  ),
  model(
    'waiting for two variables, idle and by signal',
    'holds',
    `function f(): void { wait_event(w, () => READ_ONCE(q.x) == 1 && READ_ONCE(q.y) != 0); q.x = 2; }
function g(): void { const signal = wait_event_interruptible(w, () => q.x == 2 || q.y == 3); if (!signal) q.y = 2; }
function h(): void { wait_event_idle(w, () => q.x == 9); q.y = 5; }
function k(): void { q.y = 1; q.x = 1; }
scenario('s', 'S', () => { thread('f', f); thread('g', g); thread('h', h); thread('k', k); at_end(() => q.x == 2 && q.y != 5, 'end'); });`,
  ),
  model(
    'waiting in vain',
    'violated',
    `function f(): void { wait_event(w, () => q.x == 1 && q.y == 1); }
function g(): void { q.x = 1; if (choose(0, 1)) q.y = 1; }
scenario('s', 'S', () => { thread('f', f); thread('g', g); });`,
  ),
  model(
    'what must hold at the end, of threads too',
    'violated',
    `interface job { n: int }
const job0 = object<job>();
function f(job: job): void { wait_event_idle(w, () => q.x == 1); }
function g(): void { if (choose(0, 1)) q.x = 1; }
scenario('s', 'S', () => { thread('f', f, job0); thread('g', g); at_end(() => !unfinished(job0), 'the job is done'); });`,
  ),
  model(
    'a start where nothing can happen',
    'violated',
    `function f(): void { const v = choose(0, 1); if (v) mutex_lock(q.a); else wait_event(w, () => q.x == 1); }
scenario('s', 'S', () => { thread('f', f); });`,
  ),
  model(
    'a loop without end',
    'holds',
    `function f(): void { while (true) { spin_lock(q.sp); q.x ^= 1; spin_unlock(q.sp); } }
function g(): void { while (READ_ONCE(q.x) != 1) { } spin_lock(q.sp); q.y = 1; spin_unlock(q.sp); }
scenario('s', 'S', () => { thread('f', f); thread('g', g); });`,
  ),
  model(
    'numbers of all sizes, of which some are never read',
    'holds',
    `function f(): void { q.x = -40000; q.x = 300; q.x = -1; const v = xchg(q.y, 70000); q.x = v; atomic_or(1 << 31, q.y); }
function g(): void { const v = q.x; if (v < 0) q.y = 1 << 20; }
scenario('s', 'S', () => { thread('f', f); thread('g', g); });`,
  ),
  model(
    'data races',
    'holds',
    `function f(): void { mutex_lock(q.a); q.x = 1; mutex_unlock(q.a); WRITE_ONCE(q.y, 1); if (READ_ONCE(q.y) == 2) q.x = 3; }
function g(): void { mutex_lock(q.a); q.x = 2; mutex_unlock(q.a); }
scenario('s', 'S', () => { thread('f', f); thread('g', g); });`,
    ['race'],
  ),
  model(
    'a data race',
    'violated',
    `function f(): void { WRITE_ONCE(q.y, 1); q.x = 1; }
function g(): void { const v = READ_ONCE(q.y); if (v) q.x = 2; }
scenario('s', 'S', () => { thread('f', f); thread('g', g); });`,
    ['race'],
  ),
  model(
    'a deadlock that nobody asks about',
    'holds',
    `function f(): void { mutex_lock(q.a); mutex_lock(q.b); mutex_unlock(q.b); mutex_unlock(q.a); }
function g(): void { mutex_lock(q.b); mutex_lock(q.a); mutex_unlock(q.a); mutex_unlock(q.b); q.x = 1; }
scenario('s', 'S', () => { thread('one', f); thread('other', g); at_end(() => q.x == 1, 'end'); });`,
    ['assert'],
  ),
];
