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
const VCPUS = parameter('vcpus', 3);
function helper(o: item): int { return o.v; }
function silent(o: item): void { o.v = 1; }
function sum(list: array<int>): int { return list[0] + list[1]; }
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
  ['for (const x of «o.locks») {}', /a mutex is no value: go over the numbers/],
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
  ['o.v = «o.l»;', /o.l is a mutex, no value/],
  ['o.v = «finished»;', /finished is a completion, no value/],
  ['const l = «big_lock»;', /big_lock is a mutex, no value/],
  // Calls
  ['«frobnicate»(o);', /frobnicate is neither a function of this model nor a primitive/],
  ['«eval»("1");', /eval is neither/],
  ['«o.part.v()»;', /a model calls functions by their name/],
  ['«helper.call(o)»;', /a model calls functions by their name/],
  ['«helper?.(o)»;', /a model calls functions by their name/],
  ['«(() => 1)()»;', /a model calls functions by their name/],
  ['«helper()»;', /helper takes 1 argument$/],
  ['«thread»("T", helper);', /thread cannot be called here/],
  ['«at_end»(() => true);', /at_end cannot be called here/],
  ['«object»<item>();', /object cannot be called here/],
  ['«unfinished»(o);', /unfinished cannot be called here/],
  ['«mutex_lock()»;', /mutex_lock takes 1 argument$/],
  ['mutex_lock(«o.s»);', /o.s is a spinlock_t: a mutex is expected here/],
  ['mutex_lock(«o.v»);', /o.v is a number: a mutex is expected here/],
  ['mutex_lock(«o»);', /o is not a place in memory/],
  ['down_read(«o.rw»);', /o.rw is a rwlock_t: a rw_semaphore is expected here/],
  ['«down»(o.sem);', /down is neither/],
  ['«ww_mutex_lock»(o.l);', /ww_mutex_lock is neither/],
  ['«atomic_dec_and_mutex_lock»(o.v, o.l);', /is neither/],
  ['«cpus_read_lock()»;', /cpus_read_lock takes cpu_hotplug_lock, which this model does not declare/],
  ['mutex_lock_nested(o.l, «SINGLE_DEPTH_NESTING»);', /SINGLE_DEPTH_NESTING is not declared/],
  ['spin_lock_irqsave(o.s, «flags»);', /flags is not declared/],
  ['«WRITE_ONCE(o.v)»;', /WRITE_ONCE takes 2 arguments$/],
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
  ['wait_event(o.q, () => «o.l»);', /o.l is a mutex, no value/],
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
  ["if (option(«'vcpus'»)) {}", /vcpus is a parameter of this model already/],
  // Types
  ['o.next = «2»;', /2 is a number: a reference to item is expected here/],
  ['o.next = «o.part»;', /o.part is a reference to inner: a reference to item is expected here/],
  ['o.v = «o.next»;', /o.next is a reference to item: a number is expected here/],
  ['o.v = «null»;', /null is a reference: a number is expected here/],
  ['o.v = «o.ints»;', /o.ints is an array of int: a number is expected here/],
  ['o.v = «items»;', /items is an array of item: a number is expected here/],
  ['o.v = «silent(o)»;', /silent\(o\) gives nothing back: a number is expected here/],
  ['o.v = 1 + «mutex_unlock(o.l)»;', /gives nothing back: a number is expected here/],
  ['o.v = «o.done»;', /o.done is a completion, no value/],
  ['o.v = «o.q»;', /o.q is a wait queue, no value/],
  ['«o.done» = 3;', /o.done cannot be assigned/],
  ['«o.q» = 3;', /o.q cannot be assigned/],
  ['«o.ints» = o.ints;', /o.ints cannot be assigned/],
  ['«o.next» += 1;', /o.next is a reference to item: a number is expected here/],
  ['«o.next»++;', /o.next is a reference to item: a number is expected here/],
  ['o.v += «o»;', /o is a reference to item: a number is expected here/],
  ['let l = o; l = «3»;', /3 is a number: a reference to item is expected here/],
  ['let n = 3; n = «o»;', /o is a reference to item: a number is expected here/],
  ['«o» += 1;', /o is a reference to item: a number is expected here/],
  ['let l: pointer<item> | null = «3»;', /3 is a number: a reference to item is expected here/],
  ['const nothing = «silent(o)»;', /silent\(o\) gives nothing back/],
  ['let «l» = null;', /the type of l is missing/],
  ['let l: «mutex»;', /a local is a number or a reference/],
  ['let l: «void»;', /a local is a number or a reference/],
  ['if (o.next == «5») {}', /5 is a number: a reference to item is expected here/],
  ['if (5 != «o.next») {}', /o.next is a reference to item: a number is expected here/],
  ['if (o == «o.part») {}', /o.part is a reference to inner: a reference to item/],
  ['if («o.next» < 5) {}', /o.next is a reference to item: a number is expected here/],
  ['if («items») {}', /items is an array of item: a condition is expected here/],
  ['while («silent(o)») {}', /gives nothing back: a condition is expected here/],
  ['o.v = -«o»;', /o is a reference to item: a number/],
  ['o.v = true ? 1 : «o»;', /o is a reference to item: a number is expected here/],
  ['const x = true ? o : «1»;', /1 is a number: a reference to item is expected here/],
  ['o.v = o.ints[«o»];', /o is a reference to item: a number is expected here/],
  ['switch (o.v) { case «o»: break; }', /o is a reference to item: a number is expected here/],
  ['switch («silent(o)») { default: }', /gives nothing back/],
  ['helper(«3»);', /3 is a number: a reference to item is expected here/],
  ['helper(«o.part»);', /o.part is a reference to inner/],
  ['helper(o, «1, 2»);', /helper takes 1 argument$/],
  ['sum(«items»);', /items is an array of item: an array of int is expected here/],
  ['mutex_lock(o.l, «3, 4»);', /mutex_lock takes 1 argument$/],
  ['mutex_lock(«o.done»);', /o.done is a completion: a mutex is expected here/],
  ['mutex_lock_nested(o.l, «o»);', /o is a reference to item: a number is expected here/],
  ['mutex_lock_nest_lock(o.l, «o.v»);', /o.v is not a lock/],
  ['spin_lock_irqsave(o.s, 0, «1»);', /spin_lock_irqsave takes 1 to 2 arguments/],
  ['rcu_read_lock(«1»);', /rcu_read_lock takes 0 arguments/],
  ['complete(«o.v»);', /o.v is a number: a completion is expected here/],
  ['wait_for_completion(«o.q»);', /o.q is a wait queue: a completion is expected here/],
  ['wait_event(«o.done», () => o.v > 0);', /o.done is a completion: a wait queue is expected here/],
  ['wake_up(«o.v»);', /o.v is a number: a wait queue is expected here/],
  ['mutex_init(«o.s»);', /o.s is a spinlock_t: a mutex is expected here/],
  ['«wake_up()»;', /wake_up takes 1 argument$/],
  ['msleep(«o»);', /o is a reference to item: a number is expected here/],
  ['schedule(«1»);', /schedule takes 0 arguments/],
  ['WRITE_ONCE(o.next, «1»);', /1 is a number: a reference to item is expected here/],
  ['WRITE_ONCE(o.v, «o»);', /o is a reference to item: a number is expected here/],
  ['o.v = «xchg(o.next, o)»;', /xchg\(o.next, o\) is a reference to item: a number is expected here/],
  ['atomic_inc(«o.next»);', /o.next is a reference to item: a number is expected here/],
  ['atomic_inc(«o.done»);', /o.done is a completion: a number is expected here/],
  ['atomic_inc(«o.ints.length»);', /is not a number or a pointer in memory/],
  ['READ_ONCE(«o.done»);', /is not a number or a pointer in memory/],
  ['choose(1, «o»);', /o is a reference to item: a number is expected here/],
  ['choose(«silent(o)»);', /gives nothing back/],
  ['any_other(items, «1»);', /1 is a number: a reference to item is expected here/],
  ['assert(«items»);', /items is an array of item: a condition is expected here/],
  ["assert(true, 'text', 'torn', «1»);", /assert takes 1 to 3 arguments/],
  ['wait_event(o.q, () => o.next == «5»);', /5 is a number: a reference to item is expected here/],
  ['wait_event(o.q, () => o.v > «o»);', /o is a reference to item: a number is expected here/],
  ['wait_event(o.q, () => «items»);', /items is an array of item: a condition is expected here/],
  ['wait_event(o.q, () => READ_ONCE(«LIMIT») > 1);', /LIMIT is not a place in memory/],
  ['wait_event(o.q, () => «o.done» > 0);', /o.done is a completion, no value/],
  ['return «1»;', /1 is a number: nothing is expected here/],
  // What is wrong in one place hides nothing in the next.
  ['«o.l» = 1;\nif («nothing») { «frobnicate»(); } else «debugger;»\nhelper(«1»);', /./],
  ['o.v = «nothing» + o.«nothing» + items[«neither»].v;', /./],
  ['helper(«nothing», «1»);\nmutex_lock(«nothing»);', /./],
  ['for (const x of «o.v») { «x.y.z()»; «eval»(x); }', /./],
  ['const «{ v, w: [x] }» = «nothing»; o.v = v + x;', /./],
  ["const x = «nothing»; x.y = 1; mutex_lock(x.l); for (const z of x.list) helper(z); assert(x, «1», «'other'»);", /./],
  ['while («nothing») { break; }\nswitch («nothing») { case «nothing»: «eval»(); }', /./],
  ['wait_event(«nothing», () => «nothing» > o.«nothing»);', /./],
];

/** What is of the language, and easy to take for something that is not. */
const accepted: readonly string[] = [
  'if (o.next) o.next = null; if (!o.next || o.next == o) o.next = o;',
  'o.next = true ? o : null; o.next = choose(o, null, o.next);',
  'let l: pointer<item> | null = null; l = o; l = o.next; if (l != null && null != l) l!.v = 1;',
  'o.v = true; o.v = o.v == 1; o.v += o.ints.length; o.v = sum(o.ints);',
  'const part = o.part; part.v = 1; if (part == o.part) return;',
  'for (const each of items) { if (each == o) continue; each.next = any_other(items, each); }',
  'WRITE_ONCE(o.next, null); o.next = READ_ONCE(o.next); o.next = xchg(o.next, o); o.v = cmpxchg(o.next, null, o) == null;',
  'const i = srcu_read_lock(o.srcu); srcu_read_unlock(o.srcu, i); spin_lock_irqsave(o.s); spin_unlock_irqrestore(o.s, 0);',
  'switch (o.next) { case null: break; case o: o.v = 1; }',
  'wait_event(o.q, () => o.next == null || READ_ONCE(o.next) == o || o.next!.part.v);',
  'complete(finished); mutex_lock(big_lock); mutex_lock(o.locks[1]); mutex_lock_nest_lock(o.l, big_lock);',
  'return silent(o);',
  'let $dev = o; const é = $dev.v; $dev.v = é; mutex_lock($dev.l); mutex_unlock($dev.l);',
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
  ['function f(«l: mutex»): void {}', /a mutex is passed by the object that has it/],
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
  ["function f(): void {}\nscenario('s', 'S', () => { thread('A', f, «1»); });", /f takes 0 arguments/],
  ["scenario('s', 'S', () => { at_end(«true»); });", /written \(\) => expression/],
  ['models(«1»);', /a path of the tree in quotes/],
  ["const a = parameter('n', 1);\nconst b = parameter(«'n'», 2);", /parameter n is declared twice/],
  ["const a = parameter('n', 1, «2»);", /parameter takes 1 to 2 arguments/],
  ['interface o { v: int }\nconst x = object<o>(«1»);', /object takes 0 arguments/],
  ["scenario('s', 'S', () => {}, {}, «1»);", /scenario takes 3 to 4 arguments/],
  ["scenario('s', 'S', («x: int») => {});", /the body of a scenario is given nothing/],
  ['interface o { v: int; «v»: int }', /v is declared twice/],
  ['interface «mutex» { v: int }', /mutex is a type of the language/],
  ['interface o { v: «void» }', /void is not a type of models/],
  ['interface o { v: «o | null» }', /only a pointer may be null/],
  ['interface o { v: «int | null» }', /only a pointer may be null/],
  ['function f(«c: completion»): void {}', /a completion is passed by the object that has it/],
  ['function f(c: «void»): void {}', /void is not the type of a parameter/],
  ['function f(): «mutex» {}', /gives back a number, a reference, or nothing/],
  ['function «f»() { return 1; }', /the type of what f gives back is missing/],
  ['function f(): int { «return;» }', /return gives nothing back: a number is expected here/],
  ['function f(x: int): «int» { if (x) return 1; }', /f may end without giving back a number/],
  ['interface o { v: int }\nfunction f(x: o): o { return «1»; }', /1 is a number: a reference to o is expected here/],
  ['interface o { v: int }\nfunction f(x: o): int { return «x»; }', /x is a reference to o: a number is expected here/],
  [
    "function f(x: int): void {}\nconst x = object<mutex>();\nscenario('s', 'S', () => { thread('A', f, «x»); });",
    /x is a mutex, no value/,
  ],
  [
    "interface o { v: int }\nconst x = object<o>();\nfunction f(x: int): void {}\nscenario('s', 'S', () => { thread('A', f, «x»); });",
    /x is a ref/,
  ],
  ["scenario('s', 'S', () => { at_end(() => unfinished(«1»)); });", /1 is not an object/],
  // What is wrong in one place hides nothing in the next.
  ['interface o { v: «any»; «w();» x: int }\nfunction f(y: o): void { y.v = 1; y.w = y.v.z; y.«u» = 1; }', /./],
  ["const x = «'a'»;\n«let z = 2;»\nfunction f(): int { return x + z + «y»; }", /./],
  ['function f(x: «any», «y»): «string» { x.y = 1; return y; }\nfunction g(): void { f(1, 2); f(«1»); }'.replace('f(«1»)', '«f(1)»'), /./],
  ["models(«1», 'a', «2»);\nscenario('s', 'S', () => { «eval»(); thread('A', «g»); thread(«1», g); }, { «vcpus»: 1 });", /./],
  // Syntax
  ['function f(): void { mutex_lock(«;» }', /'\)' expected/],
  ['const x = @«;»', /Expression expected/],
];

for (const [text, message] of statements) {
  test(`outside the language: ${text}`, () => checkMarked(`${head}function test(o: item): void {\n${text}\n}\n`, message));
}
for (const text of accepted)
  test(`of the language: ${text}`, () => checkMarked(`${head}function test(o: item): void {\n${text}\n}\n`, /./));
for (const [text, message] of models) test(`outside the language: ${text}`, () => checkMarked(text, message));

test('a function gives back a value on each of its ways', () => {
  const bodies = [
    'if (x) return 1; else return 2;',
    'if (x) return 1; else if (x == 2) return 3; return 2;',
    'while (true) { if (x) return 1; x++; }',
    'switch (x) { case 1: return 1; default: return 2; }',
    'for (;;) x++;',
  ];
  for (const body of bodies) checkMarked(`function f(x: int): int { ${body} }`, /./);
});

test('names are those of TypeScript', () => {
  const text = `
    interface $dev { $x: int; é: mutex }
    const é = object<$dev>();
    function $f(ü: $dev): void { mutex_lock(ü.é); ü.$x++; mutex_unlock(ü.é); }
    scenario('s', 'S', () => { thread('A', $f, é); });`;
  const { program, problems } = compileModel(text, 'test.model.ts');
  assert.deepEqual(problems, []);
  const [lock] = program.functions[0]!.steps;
  assert.ok(lock?.kind === 'acquire');
  assert.deepEqual([lock.lock.lockClass, lock.lock.root], ['struct $dev.é', 'ü']);
});

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
