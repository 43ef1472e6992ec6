import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Patch, PatchSet } from '../../src/model/patch/patch.ts';
import { readPatches } from '../../src/model/patch/read.ts';

const diff = `diff --git a/a.c b/a.c
--- a/a.c
+++ b/a.c
@@ -1,3 +1,3 @@
 one
-two
+zwei
 three
`;

function read(text: string): Promise<PatchSet> {
  return readPatches(Buffer.from(text, 'latin1'), 'some.patch');
}

function messages({ problems }: Pick<PatchSet, 'problems'>): string[] {
  return problems.map(({ line, message }) => `${line}: ${message}`);
}

/** Path and lines of each file of the only patch. */
function changes(set: PatchSet): string[] {
  assert.deepEqual(messages(set), []);
  assert.equal(set.patches.length, 1);
  return set.patches[0]!.files.map(({ kind, before, after, hunks }) => {
    const path = before === after || before === undefined || after === undefined ? (after ?? before) : `${before} > ${after}`;
    return `${kind} ${path}: ${hunks.flatMap((hunk) => hunk.lines.map((line) => line.kind + line.text)).join('|')}`;
  });
}

const change = 'changed a.c:  one|-two|+zwei| three';

interface Letter {
  readonly subject?: string;
  readonly id?: string;
  readonly heads?: readonly string[];
  readonly body: string;
}

function letter({ subject = '[PATCH] a: change', id = '1@x', heads = [], body }: Letter): string {
  const lines = [
    `Message-ID: <${id}>`,
    'From: Jo <jo@example.org>',
    'Date: Mon, 8 Apr 2024 09:12:00 +0200',
    `Subject: ${subject}`,
    ...heads,
  ];
  return `From mboxrd@z Thu Jan  1 00:00:00 1970\n${lines.join('\n')}\n\n${body}\n`;
}

test('a series is sorted, with its cover letter; replies are left out', async () => {
  const box = [
    letter({ subject: '[PATCH v2 2/2] b: second', id: '2@x', heads: ['References: <0@x>'], body: `Second.\n---\n${diff}-- \n2.39.5\n` }),
    letter({
      subject: 'Re: [PATCH v2 2/2] b: second',
      id: 'r@x',
      heads: ['In-Reply-To: <2@x>'],
      body: `> ${diff.replaceAll('\n', '\n> ')}\nFine.\n`,
    }),
    letter({
      subject: '[PATCH v2 0/2] Both',
      id: '0@x',
      body: 'All of it.\n\nbase-commit: 0123456789012345678901234567890123456789\n-- \nJo\n',
    }),
    letter({
      subject: '[PATCH v2 1/2] a: first',
      id: '1@x',
      heads: ['To: A <a@x>, b@x', 'Cc: L: c@x, d@x;'],
      body: `First.\n>From here.\n>>From there.\n---\n${diff}`,
    }),
    letter({ subject: '[PATCH v2 1/2] a: first', id: '1@x', body: `First.\n---\n${diff}` }),
  ].join('');
  const set = await read(box);
  assert.deepEqual(messages(set), []);
  assert.deepEqual(
    set.patches.map(({ subject, number, total }) => [subject, number, total]),
    [
      ['a: first', 1, 2],
      ['b: second', 2, 2],
    ],
  );
  const [first, second] = set.patches as [Patch, Patch];
  assert.equal(first.mail?.subject, '[PATCH v2 1/2] a: first');
  assert.deepEqual(first.mail.to, [
    { name: 'A', address: 'a@x' },
    { name: '', address: 'b@x' },
  ]);
  assert.deepEqual(
    first.mail.cc.map((one) => one.address),
    ['c@x', 'd@x'],
  );
  assert.equal(first.mail.date, 'Mon, 8 Apr 2024 09:12:00 +0200');
  assert.ok(first.text.startsWith('First.\nFrom here.\n>From there.\n---\n'));
  assert.equal(second.text, `Second.\n---\n${diff}`);
  assert.deepEqual(second.mail?.references, ['<0@x>']);
  assert.equal(box.split('\n')[second.firstLine! - 1], 'Second.');
  assert.equal(box.split('\n')[first.firstLine! - 1], 'First.');
  assert.equal(set.cover?.subject, 'Both');
  assert.equal(set.cover.base, '0123456789012345678901234567890123456789');
  assert.equal(set.cover.text, `All of it.\n\nbase-commit: ${set.cover.base}\n`);
});

test('of several versions the newest counts, also where it is in a thread of its own', async () => {
  for (const references of [[], ['References: <1@x>']]) {
    const box = [
      letter({ subject: '[PATCH 1/1] a: change', id: '1@x', body: diff }),
      letter({ subject: '[RFC PATCH net v3] a: change', id: '3@x', heads: references, body: diff.replace('zwei', 'drei') }),
      letter({ subject: '[PATCHv2] a: change', id: '2@x', body: diff }),
      letter({ subject: '[PATCH] c: something else', id: '4@x', body: diff }),
    ].join('');
    const set = await read(box.replace('[PATCH] c: something else', '[PATCH v3] c: something else'));
    assert.deepEqual(
      set.patches.map((patch) => patch.subject),
      ['a: change', 'c: something else'],
    );
    assert.equal(set.patches[0]!.mail?.messageId, '<3@x>');
    assert.deepEqual(messages(set), []);
    assert.equal(set.replaced.length, 2);
    assert.match(messages({ problems: set.replaced })[0]!, /^2: version 1 of the series is left out: version 3 of it is here too$/);
  }
});

test('patches that are not here are said, and a reply counts where nothing else does', async () => {
  const one = letter({ subject: '[PATCH 3/4] a: change', id: '3@x', body: diff });
  assert.deepEqual(messages(await read(one)), []);
  const two = await read(one + letter({ subject: '[PATCH 1/4] b: change', id: '1@x', body: diff }));
  assert.deepEqual(messages(two), ['1: of 4 patches of the series 2 are not here: 2, 4']);
  const cover = letter({ subject: '[PATCH 0/4] All', id: '0@x', body: 'All of it.\n' });
  assert.deepEqual(messages(await read(cover + one)), ['1: of 4 patches of the series 3 are not here: 1, 2, 4']);
  const reply = letter({ subject: 'Re: [PATCH 3/4] a: change', id: 'r@x', body: `Better:\n\n${diff}` });
  assert.equal((await read(reply)).patches[0]?.subject, 'a: change');
  const both = await read(one + reply);
  assert.deepEqual(messages(both), []);
  assert.match(messages({ problems: both.replaced })[0]!, /the diff in this reply is left out/);
});

test('encoded bodies and subjects', async () => {
  const subject = '=?UTF-8?Q?[PATCH=201/2]_Gr=C3=BC=C3=9Fe:?= =?utf-8?B?IGVpbmVu?=\n =?iso-8859-1?Q?_Satz?=';
  const qp = `Gr=C3=BC=C3=9Fe=20\n${diff.replaceAll('=', '=3D').replace('+zwei', '+zw=\nei')}`;
  const printed = await read(
    letter({ subject, heads: ['Content-Type: text/plain; charset="utf-8"', 'Content-Transfer-Encoding: quoted-printable'], body: qp }),
  );
  assert.deepEqual(changes(printed), [change]);
  assert.equal(printed.patches[0]!.subject, 'Grüße: einen Satz');
  assert.equal(printed.patches[0]!.firstLine, undefined);
  assert.ok(printed.patches[0]!.text.startsWith('Grüße \ndiff --git'));
  for (const end of ['\n', '\r\n']) {
    const coded = Buffer.from(`Gr\xfc\xdfe\n${diff}`.replaceAll('\n', end), 'latin1').toString('base64');
    const heads = ['Content-Type: text/plain; charset=iso-8859-1', 'Content-Transfer-Encoding: BASE64'];
    const set = await read(letter({ heads, body: coded.replace(/(.{76})/g, '$1\n') }));
    assert.deepEqual(changes(set), [change]);
    assert.ok(set.patches[0]!.text.startsWith('Grüße\n'));
  }
});

test('parts and attachments', async () => {
  const parts = (...bodies: string[]): string =>
    letter({
      heads: ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="b 1"'],
      body: `Ignored\n--b 1\n${bodies.join('\n--b 1\n')}\n--b 1--\nignored`,
    });
  const html = 'Content-Type: text/html\n\n<pre>diff --git a/x b/x</pre>';
  const one = await read(parts(`Content-Type: text/plain\n\n${diff}`, html, 'Content-Type: application/pgp-signature\n\nabc'));
  assert.deepEqual(changes(one), [change]);
  const attached =
    'Content-Type: text/x-patch; name="a.patch"\nContent-Disposition: attachment;\n filename="a.patch"\nContent-Transfer-Encoding: base64\n\n';
  const two = await read(parts('\nHello.\n\n-- \nJo', attached + Buffer.from(diff).toString('base64')));
  assert.deepEqual(changes(two), [change]);
  assert.ok(two.patches[0]!.text.startsWith('Hello.\n'));
  const mail = letter({ subject: '[PATCH 2/3] b: inner', id: 'i@x', body: diff });
  const three = await read(
    parts(
      '\nHello.',
      attached + Buffer.from(mail).toString('base64'),
      `Content-Type: message/rfc822\n\n${mail
        .slice(mail.indexOf('\n') + 1)
        .replace('i@x', 'j@x')
        .replace('2/3', '1/3')}`,
    ),
  );
  assert.deepEqual(
    three.patches.map((patch) => [patch.subject, patch.number]),
    [
      ['b: inner', 1],
      ['b: inner', 2],
    ],
  );
  const lines = parts('\nnothing', `Content-Type: text/plain\n\n${diff}`);
  assert.equal((await read(lines)).patches.length, 1);
});

test('a mail that is signed in its text', async () => {
  const body = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${diff.replace(/^-/gm, '- -')}-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----`;
  assert.deepEqual(changes(await read(letter({ body }))), [change]);
});

test('CRLF of a transport is taken off, that of a file stays', async () => {
  const crlf = (text: string): string => text.replaceAll('\n', '\r\n');
  assert.deepEqual(changes(await read(crlf(letter({ body: diff })))), [change]);
  assert.deepEqual(changes(await read(crlf(diff))), [change]);
  const file = diff.replace(/^[-+ ](?!-- |\+\+ ).*$/gm, '$&\r');
  const wanted = ['changed a.c:  one\r|-two\r|+zwei\r| three\r'];
  assert.deepEqual(changes(await read(file)), wanted);
  assert.deepEqual(changes(await read(letter({ body: file }))), wanted);
  assert.deepEqual(changes(await read(crlf(letter({ body: file })))), wanted);
});

test('a mail that is in no mail box, and a mark of byte order', async () => {
  const mail = letter({ body: diff });
  assert.deepEqual(changes(await read(`\n${mail.slice(mail.indexOf('\n') + 1)}`)), [change]);
  assert.deepEqual(changes(await read(`\xef\xbb\xbf${mail}`)), [change]);
  assert.deepEqual(messages(await read('\xff\xfed\0i\0')), ['1: the text is UTF-16, as some shells write it: save it as UTF-8']);
});

test('a plain diff of two folders', async () => {
  const time = '2024-04-08 09:12:00.000000000 +0200';
  const text = `Only in linux.orig: gone.c
diff -ruN linux.orig/a.c linux/a.c
--- linux.orig/a.c\t${time}
+++ linux/a.c\t${time}
@@ -1 +1 @@
-two
+zwei
diff -ruN linux.orig/b c.c linux/b c.c
--- linux.orig/b c.c\t1970-01-01 01:00:00.000000000 +0100
+++ linux/b c.c\t${time}
@@ -0,0 +1 @@
+new
--- linux.orig/d.c\t${time}
+++ linux/d.c\t1969-12-31 19:00:00.000000000 -0500
@@ -1 +0,0 @@
-old
\\ No newline at end of file
Binary files linux.orig/e.bin and linux/e.bin differ
--- f.c.orig
+++ f.c
@@ -1 +1 @@
-two
+zwei
`;
  const set = await read(text);
  assert.deepEqual(messages(set), [
    '1: only one of the two trees has this file, and the diff has no text of it: `Only in linux.orig: gone.c`',
  ]);
  const wanted = ['changed a.c: -two|+zwei', 'added b c.c: +new', 'deleted d.c: -old', 'changed e.bin: ', 'changed f.c: -two|+zwei'];
  assert.deepEqual(changes({ ...set, problems: [] }), wanted);
  assert.equal(set.patches[0]!.subject, 'some.patch');
  assert.deepEqual(
    set.patches[0]!.files.map((file) => file.line),
    [2, 8, 13, 18, 19],
  );
});

test('a diff that git made of two folders', async () => {
  const text = `diff --git a/new/new.c b/new/new.c
new file mode 100644
--- /dev/null
+++ b/new/new.c
@@ -0,0 +1 @@
+new
diff --git a/old/k/a.c b/new/a.c
--- a/old/k/a.c
+++ b/new/a.c
@@ -1 +1 @@
-two
+zwei
diff --git a/old/k/b.c b/new/sub/c.c
similarity index 100%
rename from old/k/b.c
rename to new/sub/c.c
diff --git a/old/k/d.c b/old/k/d.c
deleted file mode 100644
--- a/old/k/d.c
+++ /dev/null
@@ -1 +0,0 @@
-old
`;
  const wanted = ['added new.c: +new', 'changed a.c: -two|+zwei', 'renamed b.c > sub/c.c: ', 'deleted d.c: -old'];
  assert.deepEqual(changes(await read(text)), wanted);
});

test('what is broken is left out and said, and the rest read', async () => {
  const second = '@@ -10,2 +10,2 @@\n-x\n+y\n z\n';
  const cases: readonly (readonly [string, RegExp])[] = [
    [diff.replace('@@ -1,3', '@@ -1,4') + second, /^4: hunk left out: it ends too early$/],
    [diff.replace('@@ -1,3', '@@ -1,2') + second, /^4: hunk left out: its lines are not as many/],
    [diff.replace('-1,3 +1,3', '-1,2 +1,2') + second, /^4: hunk left out: it has more lines/],
    [diff.replace('-1,3 +1,3', '-1,2 +1,2'), /^4: lines behind the hunk left out: its head does not count them$/],
    [diff.replace('-two', '*two') + second, /^4: hunk left out: it has a line that is none of a hunk: `\*two`$/],
    [`@@ -1 +1 @@\n-a\n+b\n${diff}`, /^1: hunk without a file/],
    [`diff --cc b.c\nindex 1,2..3\n--- a/b.c\n+++ b/b.c\n@@@ -1,1 -1,1 +1,2 @@@\n++x\n${diff}`, /^1: combined diff of a merge/],
    [`*** a/x.c\n--- b/x.c\n***************\n*** 1 ****\n! a\n--- 1 ----\n! b\n${diff}`, /^1: context diff/],
    [`* Unmerged path b.c\n${diff}`, /^1: file with conflicts/],
    ['Hello.\n', /^1: there is no diff in it$/],
    ['', /^1: there is no diff in it$/],
  ];
  for (const [text, wanted] of cases) {
    const set = await read(text);
    assert.equal(messages(set).length, 1, messages(set).join('\n'));
    assert.match(messages(set)[0]!, wanted);
    if (text.includes('diff --git')) assert.equal(set.patches[0]?.files.at(-1)?.hunks.length, 1, text);
  }
});

test('the last hunk is whole where its head says so, whatever text of a mail follows', async () => {
  for (const footer of [
    '- \nlist mailing list\nlist@x\n',
    '- \n',
    '--  \nJo\n',
    ' _____\nlist mailing list\n',
    '- list: a list\nhttps://x\n',
  ])
    assert.deepEqual(changes(await read(letter({ body: diff + footer }))), [change], footer);
});

test('paths that leave the tree are refused', async () => {
  const paths = [
    '../x.c',
    'a/../../x.c',
    '/etc/passwd',
    'a/./x.c',
    '.git/config',
    'a/.GIT/hooks/x',
    'C:/x.c',
    'a\\\\..\\\\x.c',
    '.git. /x',
    'git~1/x',
    'a\\000b',
  ];
  for (const path of paths) {
    const heads = [
      `diff --git "a/${path}" "b/${path}"\n--- "a/${path}"\n+++ "b/${path}"\n`,
      `diff --git a/b.c b/b.c\nrename from "${path}"\nrename to b.c\n--- a/x\n+++ b/b.c\n`,
      `--- "a/${path}"\n+++ "b/${path}"\n`,
      `--- /dev/null\n+++ "b/${path}"\n`,
    ];
    for (const head of heads) {
      const set = await read(`${head}@@ -1 +1 @@\n-a\n+b\n${diff}`);
      assert.equal(set.patches[0]?.files.length, 1, head);
      assert.match(messages(set).join('\n'), /^1: file left out: its path /, head);
    }
  }
});

test('each file is in its own encoding, the message in that of the mail', async () => {
  const text = `Gr\xfc\xdfe\n---\n${diff.replace('+zwei', '+\xc3\xbc')}${diff.replaceAll('a.c', 'b.c').replace('+zwei', '+\xfc')}`;
  const set = await read(
    letter({ heads: ['Content-Type: text/plain; charset=ISO-8859-1', 'Content-Transfer-Encoding: 8bit'], body: text }),
  );
  assert.deepEqual(changes(set), ['changed a.c:  one|-two|+ü| three', 'changed b.c:  one|-two|+ü| three']);
  assert.ok(set.patches[0]!.text.startsWith('Grüße\n---\n'));
  assert.equal(set.patches[0]!.text.split('\n').length, text.split('\n').length + 1);
});
