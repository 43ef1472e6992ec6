import PostalMime, { type Address, type Email } from 'postal-mime';
import { cutReturns, sectionsOf, withoutReturns, type Section } from './box.ts';
import { toBinary, toBytes } from './bytes.ts';
import type { MailHead } from './patch.ts';
import { findParts } from './parts.ts';

/** A mail as it is needed here: who, and the lines of its text with those of its attached diffs. */
export interface Mail {
  readonly head: MailHead;
  readonly isReply: boolean;
  /** Binary strings. */
  readonly lines: readonly string[];
  readonly charset?: string;
  /** Line of the file with the first of them; undefined where they were encoded, or are of several parts. */
  readonly firstLine?: number;
  /** What it carries that is a mail of its own, or a file of patches. */
  readonly attached: readonly Section[];
}

const maxDepth = 8;
const maxLeaves = 1000;

/** Reads a mail, or says why it cannot be read. */
export async function readMail(section: Section): Promise<Mail | { readonly error: string }> {
  const start = section.lines.findIndex((line) => line.trim() !== '');
  const message = cutMail(section.lines, section.firstLine, Math.max(start, 0));
  const email = await parse(`${message.head.join('\n')}\n\n`);
  if (email === undefined) return { error: 'mail left out: its head cannot be read' };
  const leaves = leavesOf(message, 0, section.isBoxed);
  const texts: Leaf[] = [];
  const attached: Section[][] = [];
  for (const leaf of leaves) {
    const read = await readLeaf(leaf);
    if (read === undefined) continue;
    const sections = leaf.isText ? [] : attachedIn(read);
    if (sections.length > 0) attached.push(sections);
    else if (leaf.isText || findParts(read.lines).parts.length > 0) texts.push(read);
  }
  const [only] = texts;
  const isPlain = texts.length === 1 && only!.encoding === '';
  const charset = only?.charset;
  return {
    head: headOf(email),
    isReply: /^\s*(?:re|aw|sv|antw)\s*:/i.test(email.subject ?? ''),
    lines: texts.flatMap((text) => text.lines),
    ...(charset === undefined ? {} : { charset }),
    ...(isPlain ? { firstLine: only!.firstLine } : {}),
    attached: attached.flat(),
  };
}

/** A forwarded mail, or a file of patches; their lines are told by the place where they are attached. */
function attachedIn({ type, lines, firstLine }: Leaf): Section[] {
  if (type === 'message/rfc822') return [{ kind: 'mail', lines, firstLine, isBoxed: false }];
  const sections = sectionsOf(lines.join('\n'));
  return sections.every((section) => section.kind === 'diff') ? [] : sections.map((section) => ({ ...section, firstLine }));
}

interface Message {
  readonly head: readonly string[];
  readonly headers: ReadonlyMap<string, string>;
  readonly body: readonly string[];
  readonly firstLine: number;
}

interface Leaf {
  readonly type: string;
  readonly charset?: string;
  /** `base64`, `quoted-printable`, or nothing. */
  readonly encoding: string;
  /** Text of the mail itself, not attached to it. */
  readonly isText: boolean;
  readonly lines: readonly string[];
  readonly firstLine: number;
}

function cutMail(lines: readonly string[], firstLine: number, start = 0): Message {
  const isBlank = (line: string): boolean => line === '' || line === '\r';
  let end = start;
  while (end < lines.length && !isBlank(lines[end]!)) end++;
  const head = lines.slice(start, end);
  // A transport ends each line in CRLF, and heads have no other reason to.
  const isCrlf = head.length > 0 && head.every((line) => line.endsWith('\r'));
  const body = lines.slice(end + 1);
  const plainHead = cutReturns(head);
  return { head: plainHead, headers: headersOf(plainHead), body: isCrlf ? cutReturns(body) : body, firstLine: firstLine + end + 1 };
}

/** The first of each name, unfolded. */
function headersOf(head: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of head
    .join('\n')
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

function leavesOf(message: Message, depth: number, isBoxed: boolean): Leaf[] {
  const contentType = message.headers.get('content-type') ?? '';
  const type = /^[\w.+-]+\/[\w.+-]+/.exec(contentType)?.[0].toLowerCase() ?? 'text/plain';
  const boundary = type.startsWith('multipart/') ? parameter(contentType, 'boundary') : undefined;
  if (boundary !== undefined && boundary !== '') {
    if (depth >= maxDepth) return [];
    const parts = cutParts(message, boundary);
    return parts.flatMap((part) => leavesOf(cutMail(part.lines, part.firstLine), depth + 1, isBoxed)).slice(0, maxLeaves);
  }
  const encoding = /base64|quoted-printable/.exec(message.headers.get('content-transfer-encoding')?.toLowerCase() ?? '')?.[0] ?? '';
  const isAttached = /^attachment\b/i.test(message.headers.get('content-disposition') ?? '');
  const charset = parameter(contentType, 'charset');
  // Whoever wrote the mail box put a `>` before each `From `, also before those that had some.
  const lines = isBoxed && encoding === '' ? message.body.map((line) => (/^>+From /.test(line) ? line.slice(1) : line)) : message.body;
  const isText = type === 'text/plain' && !isAttached;
  const isSigned = lines.some((line) => line.startsWith('-----BEGIN PGP SIGNED MESSAGE-----'));
  return [
    {
      type,
      ...(charset === undefined ? {} : { charset }),
      encoding,
      isText,
      lines: isSigned ? withoutDashes(lines) : lines,
      firstLine: message.firstLine,
    },
  ];
}

/** What is signed in the text itself has `- ` before each line that begins with a dash, and the signature behind it. */
function withoutDashes(lines: readonly string[]): readonly string[] {
  const end = lines.findIndex((line) => line.startsWith('-----BEGIN PGP SIGNATURE-----'));
  return lines.slice(0, end < 0 ? lines.length : end).map((line) => (line.startsWith('- -') ? line.slice(2) : line));
}

function cutParts(message: Message, boundary: string): { lines: string[]; firstLine: number }[] {
  const parts: { lines: string[]; firstLine: number }[] = [];
  let part: { lines: string[]; firstLine: number } | undefined;
  for (const [index, line] of message.body.entries()) {
    const isMark = line.startsWith('--') && line.startsWith(boundary, 2);
    const rest = isMark ? line.slice(2 + boundary.length).trimEnd() : undefined;
    if (rest === '--') break;
    if (rest === '') {
      part = { lines: [], firstLine: message.firstLine + index + 1 };
      if (parts.length < maxLeaves) parts.push(part);
    } else {
      part?.lines.push(line);
    }
  }
  return parts;
}

function parameter(header: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(header);
  return found?.[1] ?? found?.[2];
}

/** The lines as they were before they were encoded; undefined for what holds no text of a patch, as HTML and signatures. */
async function readLeaf(leaf: Leaf): Promise<Leaf | undefined> {
  if (!/^text\/(?!html|calendar)|^application\/(?!pgp|pkcs7|x-pkcs7|pdf|zip)|^message\/rfc822$/.test(leaf.type)) return undefined;
  if (leaf.encoding === '') return { ...leaf, lines: leaf.isText ? leaf.lines : withoutReturns(leaf.lines) };
  const head = `Content-Type: application/octet-stream\nContent-Transfer-Encoding: ${leaf.encoding}\n\n`;
  const content = (await parse(head + leaf.lines.join('\n')))?.attachments[0]?.content;
  if (content === undefined || typeof content === 'string') return undefined;
  const lines = toBinary(new Uint8Array(content as ArrayBuffer)).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return { ...leaf, lines: withoutReturns(lines) };
}

async function parse(binary: string): Promise<Email | undefined> {
  try {
    return await PostalMime.parse(toBytes(binary));
  } catch {
    // It refuses heads of more than 2 MB.
    return undefined;
  }
}

function headOf(email: Email): MailHead {
  const raw = (key: string): string => email.headers.find((header) => header.key === key)?.value ?? '';
  const ids = (text: string): string[] => text.match(/<[^<>\s]+>/g) ?? [];
  const references = [...new Set([...ids(raw('references')), ...ids(raw('in-reply-to')).slice(0, 1)])];
  return {
    subject: email.subject ?? '',
    from: mailboxes(email.from === undefined ? [] : [email.from])[0] ?? { name: '', address: '' },
    to: mailboxes(email.to ?? []),
    cc: mailboxes(email.cc ?? []),
    date: raw('date'),
    messageId: ids(raw('message-id'))[0] ?? '',
    references,
  };
}

function mailboxes(addresses: readonly Address[]): { name: string; address: string }[] {
  const boxes = addresses.flatMap((entry) => entry.group ?? [entry]);
  return boxes.map(({ name, address }) => ({ name, address: address ?? '' }));
}
