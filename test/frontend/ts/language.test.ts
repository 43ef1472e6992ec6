import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileModel } from '../../../src/model/frontend/ts/compile.ts';

/** What statements below may use. */
const head = `
interface inner { v: int }
interface item {
  v: int; next: pointer<item>; l: mutex; s: spinlock_t; rw: rwlock_t; sem: rw_semaphore; srcu: srcu_struct;
  done: completion; q: wait_queue_head_t; part: inner; ints: array<int, 2>; locks: array<mutex, 2>;
}
const LIMIT = 3;
const items = objects<item>(2);
const only = object<item>();
const big_lock = object<mutex>();
const finished = object<completion>();
function helper(o: item): int { return o.v; }
`;

/** Statements of a function with a parameter \`o: item\`: what stands between « and » is the problem. */
const statements: readonly (readonly [text: string, message: RegExp])[] = [
  // Statements
  ['«try { o.v = 1; } catch {}»', /try is not a statement of models/],
  ["«throw 'x';»", /throw is not a statement/],
  ['«debugger;»', /is not a statement/],
  ['«for (const k in o) {}»', /is not a statement/],
  ['«class c {}»', /class is not a statement/],
  ['«function f(): void {}»', /function is not a statement/],
  ['«again: while (true) break;»', /is not a statement/],
  ['while (true) { while (true) continue; }\nfor (;;) { break «again»; }', /Jump target|models have no labels/],
  ['«var x = 1»;', /declare locals with const or let/],
  ['const «{ v }» = o;', /a declaration names one local/],
  ['const «[x]» = o.ints;', /a declaration names one local/],
  ['«o.v»;', /this statement does nothing/],
  ['«o.v === 1»;', /this statement does nothing/],
  ['«await o.v»;', /this statement does nothing|await/],
  ['for (const i of o.ints) { «i» = 1; }', /i is const/],
  ['for («var i» of o.ints) {}', /a loop declares one name/],
  ['for (const x of «o.v») {}', /a loop goes over an array/],
  ['for (const x of «o.locks») {}', /locks are no values/],
  ['const x = 1; «x» = 2;', /x is const/],
  ['«LIMIT» = 2;', /LIMIT is not a place in memory/],
  ['«o.ints.length» = 3;', /cannot be assigned/],
  ['«o.part» = o.part;', /cannot be assigned/],
  ['«o.l» = 0;', /cannot be assigned/],
  ['«break;»', /there is no loop to leave here|Jump target/],
  // Expressions
  ["o.v = «'text'»;", /is not an expression of models/],
  ['o.v = «`text`»;', /is not an expression of models/],
  ['o.v = «`${o.v}`»;', /is not an expression of models/],
  ['o.v = «{ v: 1 }»;', /is not an expression/],
  ['o.v = «[1, 2]»;', /is not an expression/],
  ['o.v = «/x/»;', /is not an expression/],
  ['o.v = «1n»;', /is not an expression/],
  ['o.v = «new item()»;', /is not an expression/],
  ['o.v = «() => 1»;', /is not an expression/],
  ['o.v = «function () {}»;', /is not an expression/],
  ['o.v = «typeof o»;', /is not an expression/],
  ['o.v = «void 0»;', /is not an expression/],
  ['o.v = «delete o.v»;', /is not an expression/],
  ['o.v = «this»;', /is not an expression/],
  ['o.v = («o.v, 1»);', /cannot be used inside an expression/],
  ['o.v = «o.v = 1»;', /= cannot be used inside an expression/],
  ['o.v = «o.v++»;', /is not an expression/],
  ['o.v = «++o.v»;', /write it as a statement of its own/],
  ['o.v = «o.v ** 2»;', /\*\* cannot be used/],
  ['o.v = «o.v >>> 1»;', />>> cannot be used/],
  ['o.v = «o.v ?? 1»;', /\?\? cannot be used/],
  ["o.v = «'v' in o»;", /in cannot be used|is not an expression/],
  ['o.v = «o instanceof item»;', /instanceof cannot be used/],
  ['«o.v **= 2»;', /this statement does nothing/],
  ['«o.v ||= 2»;', /this statement does nothing/],
  ['o.v = «0.5»;', /0.5 is not an integer of 32 bits/],
  ['o.v = «4294967296»;', /is not an integer of 32 bits/],
  ['o.v = «nothing»;', /nothing is not declared/],
  ['o.v = o.«nothing»;', /interface item has no field nothing/],
  ['o.v = o.«constructor»;', /interface item has no field constructor/],
  ['o.v = o.part.v.«v»;', /only an object has fields/],
  ['o.v = «o?.v»;', /models have no \?\./],
  ["o.v = «o['v']»;", /o is not an array/],
  ['o.v = «o.v[0]»;', /o.v is not an array/],
  ['o.v = «o.l»;', /o.l is a lock, which is no value/],
  ['o.v = «finished»;', /finished is no value/],
  ['const l = «big_lock»;', /big_lock is no value/],
  // Calls
  ['«frobnicate»(o);', /frobnicate is neither a function of this model nor a primitive/],
  ['«eval»("1");', /eval is neither/],
  ['«o.part.v()»;', /a model calls functions by their name/],
  ['«helper.call(o)»;', /a model calls functions by their name/],
  ['«helper?.(o)»;', /a model calls functions by their name/],
  ['«(() => 1)()»;', /a model calls functions by their name/],
  ['«helper()»;', /helper takes 1 arguments/],
  ['«thread»("T", helper);', /thread cannot be called here/],
  ['«at_end»(() => true);', /at_end cannot be called here/],
  ['«object»<item>();', /object cannot be called here/],
  ['«unfinished»(o);', /unfinished cannot be called here/],
  ['«mutex_lock()»;', /mutex_lock takes more arguments/],
  ['«mutex_lock(o.s)»;', /mutex_lock is for a mutex, o.s is a spinlock/],
  ['mutex_lock(«o.v»);', /o.v is not a lock/],
  ['mutex_lock(«o»);', /o is not a place in memory/],
  ['«down_read(o.rw)»;', /down_read is for a rwsem, o.rw is a rwlock/],
  ['«down»(o.sem);', /down is neither/],
  ['«ww_mutex_lock»(o.l);', /ww_mutex_lock is neither/],
  ['«atomic_dec_and_mutex_lock»(o.v, o.l);', /is neither/],
  ['«cpus_read_lock()»;', /cpus_read_lock takes cpu_hotplug_lock, which this model does not declare/],
  ['mutex_lock_nested(o.l, «SINGLE_DEPTH_NESTING»);', /SINGLE_DEPTH_NESTING is not declared/],
  ['spin_lock_irqsave(o.s, «flags»);', /flags is not declared/],
  ['«WRITE_ONCE(o.v)»;', /WRITE_ONCE takes 2 arguments/],
  ['READ_ONCE(«o.l»);', /o.l is not a number or a pointer in memory/],
  ['READ_ONCE(«o.part»);', /o.part is not a number or a pointer/],
  ['READ_ONCE(«1»);', /1 is not a place in memory/],
  ['set_bit(0, «LIMIT»);', /LIMIT is not a place in memory/],
  ['wait_event(o.q, «o.v»);', /written \(\) => expression/],
  ['wait_event(o.q, «() => { return true; }»);', /written \(\) => expression/],
  ['wait_event(o.q, «(x) => x»);', /written \(\) => expression/],
  ['wait_event(o.q, () => «helper(o)»);', /calls nothing but READ_ONCE/],
  ['wait_event(o.q, () => «atomic_inc_return(o.v)» === 1);', /calls nothing but READ_ONCE/],
  ['wait_event(o.q, () => «unfinished(o)»);', /calls nothing but READ_ONCE/],
  ['wait_event(o.q, () => «o.l»);', /o.l is a lock/],
  ["wait_event(o.q, () => «'x'»);", /cannot be part of a condition/],
  ['wait_event(«1», () => true);', /is not a place in memory/],
  ['wake_up(«eval("1")»);', /is not a place in memory/],
  ['«choose()»;', /choose takes the values/],
  ['any_of(«o»);', /o is not an array of objects/],
  ['any_of(«o.ints»);', /o.ints is not an array of objects/],
  ['any_of(«o.locks»);', /o.locks is not an array of objects/],
  ['assert(true, «1»);', /a text in quotes/],
  ['assert(true, «`${o.v}`»);', /a text in quotes/],
  ["assert(true, 'text', «'deadlock'»);", /a claim is about one of assert, torn, start/],
  ["option(«'a b'»);", /an option has a name of letters and digits/],
];

/** Top levels of a model. */
const models: readonly (readonly [text: string, message: RegExp])[] = [
  ["«import x from 'node:fs';»", /a model has interfaces, objects, functions and scenarios/],
  ["«import 'node:fs';»", /a model has interfaces/],
  ["«export * from './x.ts';»", /a model has interfaces/],
  ['«export default 1;»', /a model has interfaces/],
  ['«class c {}»', /a model has interfaces/],
  ['«enum e { A }»', /a model has interfaces/],
  ['«namespace n {}»', /a model has interfaces/],
  ['«if (true) {}»', /a model has interfaces/],
  ['«eval("1");»', /outside of functions a model calls nothing but/],
  ['«mutex_lock(x);»', /outside of functions a model calls nothing but/],
  ['«let x = 1;»', /what a model declares for all is const/],
  ['«var x = 1;»', /what a model declares for all is const/],
  ['«const { x } = 1;»', /a constant has a name and a value/],
  ["const x = «'text'»;", /a constant of a model is a number/],
  ['const x = «Math.random()»;', /a constant of a model is a number/],
  ['const x = «y»;', /a constant of a model is a number/],
  ['const x = 1 + «(() => 1)()»;', /a constant of a model is a number/],
  ['const x = «1.5»;', /1.5 is not an integer/],
  ['const x = 1;\nconst «x» = 2;', /x is declared twice/],
  ['const «mutex_lock» = 1;', /mutex_lock is a primitive/],
  ['const x = «parameter(1)»;', /a parameter has a name in quotes/],
  ["const x = parameter('x', «y»);", /the value of a parameter is a number/],
  ['const x = «object()»;', /object<…>\(\) names the type/],
  ['const x = object<«int»>();', /a number or a pointer is a field of an object/],
  ['const x = object<«nothing»>();', /nothing is not a type of models/],
  ['interface o { v: int }\nconst x = «objects<o>()»;', /objects<…>\(n\) says how many/],
  ['interface o { v: int }\ninterface «o» { w: int }', /o is declared twice/],
  ['interface o { v: int }\ninterface «p» extends o { w: int }', /an interface of a model stands alone/],
  ['interface «o»<T> { w: int }', /an interface of a model stands alone/],
  ['interface o { «v?: int» }', /a field is a name and its type/],
  ['interface o { «f(): void» }', /a field is a name and its type/],
  ['interface o { «get v(): int» }', /a field is a name and its type/],
  ['interface o { «[key: string]: int» }', /a field is a name and its type/],
  ['interface o { «[Symbol.iterator]: int» }', /a field is a name and its type/],
  ["interface o { «'quoted': int» }", /a field is a name and its type/],
  ['interface o { v: «string» }', /string is not a type of models/],
  ['interface o { v: «any» }', /any is not a type of models/],
  ['interface o { v: «() => void» }', /is not a type of models/],
  ["interface o { v: «'text'» }", /is not a type of models/],
  ['interface o { v: «int | mutex» }', /is of two kinds/],
  ['interface o { v: pointer<«mutex»> }', /a pointer points to an object/],
  ['interface o { v: array<int, «1.5»> }', /1.5 is not an integer/],
  ['interface o { v: array<int, «int»> }', /the length of an array is a number or typeof a constant/],
  ['interface «o» { v: o }', /o would contain itself/],
  ['interface «o» { v: array<o, 2> }', /o would contain itself/],
  ['interface «a» { b: b }\ninterface «b» { a: a }', /would contain itself/],
  ['type a = «b»;\ntype b = «a»;', /leads back to itself/],
  ['type «t»<T> = int;', /a type of a model has no parameters/],
  ['function f(): void {}\nfunction «f»(): void {}', /f is declared twice/],
  ['async function «f»(): void {}', /neither async nor a generator/],
  ['function* «f»(): void {}', /neither async nor a generator/],
  ['function «f»<T>(): void {}', /no type parameters/],
  ['function «mutex_lock»(): void {}', /mutex_lock is a primitive/],
  ['function f(«x = 1»): void {}', /a parameter is a name and its type/],
  ['function f(«...x: array<int>»): void {}', /a parameter is a name and its type/],
  ['function f(«{ x }: int»): void {}', /a parameter is a name and its type/],
  ['function f(«x?: int»): void {}', /a parameter is a name and its type/],
  ['function f(«x»): void {}', /the type of x is missing/],
  ['function f(«l: mutex»): void {}', /a lock is passed by the object that has it/],
  ['function f(): void { «f()»; }', /f calls itself: models have no recursion/],
  ['function f(): void { g(); }\nfunction g(): void { «f()»; }', /f calls itself/],
  ["«scenario('s', 'S')»;", /a scenario is written/],
  ["«scenario('s', 'S', function () {})»;", /a scenario is written/],
  ["«scenario(`${1}`, 'S', () => {})»;", /a scenario is written/],
  ["scenario('s', 'S', () => «1»);", /the body of a scenario is a block/],
  ["scenario('s', 'S', () => {});\nscenario(«'s'», 'S', () => {});", /scenario s is declared twice/],
  ["scenario('s', 'S', () => {}, «1»);", /numbers of a scenario are written/],
  ["scenario('s', 'S', () => {}, { «n»: 1 });", /this model has no parameter n/],
  ["scenario('s', 'S', () => {}, { «...x» });", /numbers of a scenario are written/],
  ["scenario('s', 'S', () => { thread(«1», f); });", /a thread has a name in quotes/],
  ["scenario('s', 'S', () => { thread('A', «f»); });", /a thread runs a function of this model/],
  ["scenario('s', 'S', () => { thread('A', «() => {}»); });", /a thread runs a function of this model/],
  ["function f(): void {}\nscenario('s', 'S', () => { «thread('A', f, 1)»; });", /f takes 0 arguments/],
  ["scenario('s', 'S', () => { at_end(«true»); });", /written \(\) => expression/],
  ['models(«1»);', /a path of the tree in quotes/],
  // Syntax
  ['function f(): void { mutex_lock(«;» }', /'\)' expected/],
  ['const x = @«;»', /Expression expected/],
];

for (const [text, message] of statements) {
  test(`outside the language: ${text}`, () => checkMarked(`${head}function test(o: item): void {\n${text}\n}\n`, message));
}
for (const [text, message] of models) test(`outside the language: ${text}`, () => checkMarked(text, message));

/** Every marked range is a problem, no other is, and each says what is expected. */
function checkMarked(marked: string, message: RegExp): void {
  const expected: { start: number; end: number }[] = [];
  let text = '';
  for (const part of marked.split(/([«»])/)) {
    if (part === '«') expected.push({ start: text.length, end: -1 });
    else if (part === '»') expected.at(-1)!.end = text.length;
    else text += part;
  }
  const { problems } = compileModel(text, 'test.model.ts');
  const show = ({ start, end }: { start: number; end: number }): string => `${start}: ${text.slice(start, end)}`;
  assert.deepEqual(
    problems.map(({ at }) => show(at)),
    expected.map(show),
    problems.map((p) => p.message).join('\n'),
  );
  for (const problem of problems) assert.match(problem.message, message);
}
