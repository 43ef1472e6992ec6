import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, readFixtures, treeOf } from './fixture.ts';

const operations = 'struct port;\nstruct port_operations {\n\tint (*notify)(struct port *port, int on);\n};\n';

async function check(header: string, call: string) {
  const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
  files.set(header, operations);
  files.set(
    'fixture/x.c',
    `#include "kernel.h"
#include <port.h>
static DEFINE_SPINLOCK(ports);
struct port { const struct port_operations *ops; };

static int port_notify(struct port *port, int on)
{
	void *p = 0;

	spin_lock(&ports);
	if (on)
		p = kzalloc(8, GFP_KERNEL);
	spin_unlock(&ports);
	kfree(p);
	return 0;
}

static const struct port_operations port_ops = { .notify = port_notify };

void port_close(struct port *port)
{
	${call}
}
`,
  );
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  return reviewer.check({ paths: ['fixture'], scope: 'paths' }).findings;
}

test('what one caller passes says nothing of others that follow the same pointer', async () => {
  const findings = await check('include/port.h', 'port->ops->notify(port, 0);');
  assert.deepEqual(
    findings.map(({ check: id, function: name, confidence }) => [id, name, confidence]),
    [['sleep-in-atomic', 'port_notify', 'high']],
  );
  // Not the caller that passes zero: the way begins with the function itself.
  assert.doesNotMatch(JSON.stringify(findings[0]!.witnesses), /port_close/);
});

test('where the pointer is of the same driver, there are no others', async () => {
  assert.deepEqual(await check('fixture/port.h', 'port->ops->notify(port, 0);'), []);
});
