import assert from 'node:assert/strict';
import { test } from 'node:test';
import { treeOf } from '../checks/fixture.ts';
import { analyzeTree } from './program.ts';

const header = `
struct mutex { long owner; };
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
struct handler { void (*disconnect)(struct mutex *own); void (*notify)(void); };
void core_unregister(struct handler *handler);
`;

const core = `
#include "core.h"
static struct mutex core_mutex;
static struct mutex detach_mutex;
static void core_detach(struct handler *handler)
{
	mutex_lock(&detach_mutex);
	handler->disconnect(&core_mutex);
	mutex_unlock(&detach_mutex);
}
void core_unregister(struct handler *handler)
{
	mutex_lock(&core_mutex);
	core_detach(handler);
	mutex_unlock(&core_mutex);
}
`;

function driver(name: string, leaves = true): string {
  return `
#include "core.h"
static struct mutex ${name}_mutex;
static void ${name}_disconnect(struct mutex *own)
{
	mutex_lock(&${name}_mutex);
	mutex_unlock(&${name}_mutex);
}
static struct handler ${name}_handler = { .disconnect = ${name}_disconnect };
${leaves ? `void ${name}_exit(void) { core_unregister(&${name}_handler); }` : ''}
`;
}

test('a function behind a pointer is shown by way of an entry of its own file', () => {
  const files = { 'core.h': header, 'core.c': core, 'a.c': driver('a'), 'b.c': driver('b'), 'c.c': driver('c', false) };
  const { analysis, functions } = analyzeTree(treeOf(new Map(Object.entries(files))), '');
  const entered = functions('a_disconnect', 'b_disconnect', 'c_disconnect').flatMap((fn) =>
    analysis.contexts.of(fn).map((context) => ({
      name: fn.ir.name,
      entry: context.entry.ir.name,
      held: context.held.map(({ lockClass, context: { fn: taker } }) => `${lockClass} of ${taker.ir.name}`),
      isOnWay: context.held.every((lock) => {
        for (let c = context.caller?.context; c; c = c.caller?.context) if (c === lock.context) return true;
        return false;
      }),
    })),
  );
  const held = ['core_mutex of core_unregister', 'detach_mutex of core_detach'];
  const others = entered.filter(({ name }) => name !== 'c_disconnect');
  assert.deepEqual(
    others.sort((a, b) => (a.name < b.name ? -1 : 1)),
    [
      { name: 'a_disconnect', entry: 'a_exit', held, isOnWay: true },
      { name: 'b_disconnect', entry: 'b_exit', held, isOnWay: true },
    ],
  );
  // Without one of its own it is shown by way of another's.
  const [foreign] = entered.filter(({ name }) => name === 'c_disconnect');
  assert.match(foreign!.entry, /^[ab]_exit$/);
  assert.deepEqual(foreign!.held, held);
});
