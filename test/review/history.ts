import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { lockstep, type Ran } from '../cli/lockstep.ts';
import { Repository } from '../patch/repository.ts';

export const core = `#include "kernel.h"
#include "demo.h"

void demo_add(struct demo *demo)
{
	mutex_lock(&demo->bus->lock);
	demo_enter(demo);
	list_add(&demo->list, &demo->bus->demos);
	demo_leave(demo);
	mutex_unlock(&demo->bus->lock);
}

void demo_remove(struct demo *demo)
{
	demo_enter(demo);
	list_del(&demo->list);
	demo_leave(demo);
}
`;

/** `demo_remove` takes the lock of the bus inside that of what it removes. */
export const inverted = core.replace(
  '\tlist_del(&demo->list);\n',
  '\tmutex_lock(&demo->bus->lock);\n\tlist_del(&demo->list);\n\tmutex_unlock(&demo->bus->lock);\n',
);

export const header = `struct state {
	struct mutex lock;
	int count;
};

struct bus {
	struct mutex lock;
	struct list_head demos;
};

struct demo {
	struct state state;
	struct bus *bus;
	struct list_head list;
};

#define demo_enter(demo) mutex_lock(&(demo)->state.lock)
#define demo_leave(demo) mutex_unlock(&(demo)->state.lock)
`;

export const document = `Locks of demo
=============

- bus->lock is taken outside state->lock
`;

/** A repository with a driver that is in order. */
export class History extends Repository {
  constructor(t: TestContext, files: Readonly<Record<string, string | Uint8Array>> = {}) {
    super();
    t.after(() => this.remove());
    const kernel = readFileSync(new URL('../fixtures/c/kernel.h', import.meta.url));
    const own = { MAINTAINERS: '', 'drivers/demo/kernel.h': kernel, 'drivers/demo/demo.h': header, 'drivers/demo/core.c': core };
    for (const [file, text] of Object.entries({ ...own, ...files })) this.write(file, text);
    this.commit('demo: begin');
  }

  /** Files as they are with a commit. */
  with(subject: string, files: Readonly<Record<string, string | Uint8Array>>): string {
    for (const [file, text] of Object.entries(files)) this.write(file, text);
    return this.commit(subject);
  }

  review(...args: string[]): Promise<Ran> {
    return lockstep(this.root, 'review', ...args);
  }

  check(...args: string[]): Promise<Ran> {
    return lockstep(this.root, 'check', ...args);
  }

  /** What a review says, without its last line; its status, and what it says besides. */
  async said(...args: string[]): Promise<{ lines: string[]; status: number | null; notices: string }> {
    const { stdout, stderr, status } = await this.review(...args);
    return { lines: stdout.split('\n').slice(0, -2), status, notices: stderr };
  }
}
