import { sectionsOf, type Section } from './box.ts';
import { decode, decodeMessage, toBinary } from './bytes.ts';
import { readDiff, type Diff } from './diff.ts';
import { readMail } from './mail.ts';
import { signature } from './parts.ts';
import type { MailHead, Patch, PatchNote, PatchSet } from './patch.ts';
import { chooseSeries, readTitle, type Candidate } from './series.ts';

const maxMegabytes = 64;
const maxPatches = 1000;
const maxProblems = 1000;

/**
 * Reads what a person has of a patch: mails as `git format-patch` writes them or a list's archive keeps them, `git show` and `git log -p`,
 * or a bare diff. What cannot be read is a problem, never an exception. `name` is what a bare diff is called.
 */
export async function readPatches(bytes: Uint8Array, name: string): Promise<PatchSet> {
  const refused = whyRefused(bytes);
  if (refused !== undefined) return { patches: [], problems: [{ line: 1, message: refused }], replaced: [] };
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const sections = sectionsOf(toBinary(isMarked ? bytes.subarray(3) : bytes));
  const state = new Reading(name);
  for (const section of sections) await state.read(section, 0);
  return state.finish(sections.some((section) => section.kind === 'commit'));
}

function whyRefused(bytes: Uint8Array): string | undefined {
  const megabytes = Math.ceil(bytes.length / (1024 * 1024));
  if (megabytes > maxMegabytes) return `${megabytes} MB are more than the limit of ${maxMegabytes} MB`;
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return isWide ? 'the text is UTF-16, as some shells write it: save it as UTF-8' : undefined;
}

interface Text {
  /** Binary strings. */
  readonly lines: readonly string[];
  readonly charset?: string;
  readonly firstLine?: number;
}

class Reading {
  private readonly found: Candidate[] = [];
  private readonly problems: PatchNote[] = [];
  private readonly covers: { version: number; cover: NonNullable<PatchSet['cover']> }[] = [];
  private isFull = false;

  constructor(private readonly name: string) {}

  async read(section: Section, depth: number): Promise<void> {
    if (section.kind === 'mail') return this.readMail(section, depth);
    const text = section.kind === 'commit' ? commitText(section) : { lines: section.lines, firstLine: section.firstLine };
    const subject = section.kind === 'commit' ? (text.lines.find((line) => line.trim() !== '') ?? '') : '';
    this.add(text, section, { subject: decode(subject.trim()), isReply: false });
  }

  private async readMail(section: Section, depth: number): Promise<void> {
    const mail = await readMail(section);
    if ('error' in mail) {
      this.problems.push({ line: section.firstLine, message: mail.error });
      return;
    }
    this.add(mail, section, { subject: mail.head.subject, mail: mail.head, isReply: mail.isReply });
    if (depth < 3) for (const attached of mail.attached) await this.read(attached, depth + 1);
  }

  private add(text: Text, section: Section, about: { subject: string; mail?: MailHead; isReply: boolean }): void {
    const diff = readDiff(text.lines);
    for (const { line, message } of diff.problems) {
      this.problems.push({ line: text.firstLine === undefined ? section.firstLine : text.firstLine + line, message });
    }
    const decoded = textOf(text, diff, section.kind === 'mail');
    const title = readTitle(about.subject);
    const base = /^base-commit: ([0-9a-f]{7,64})\s*$/m.exec(decoded)?.[1];
    const isCover = about.mail !== undefined && !about.isReply && title.number === 0 && diff.parts.length === 0;
    if (isCover) {
      const { subject, total, version } = title;
      const cover = { subject, total, mail: about.mail!, text: decoded, ...(base === undefined ? {} : { base }) };
      this.covers.push({ version, cover });
    }
    if (diff.files.length === 0) return;
    if (this.found.length >= maxPatches) {
      if (!this.isFull) this.problems.push({ line: section.firstLine, message: `only the first ${maxPatches} patches are read` });
      this.isFull = true;
      return;
    }
    const patch: Patch = {
      subject: title.subject === '' ? this.name : title.subject,
      number: title.number,
      total: title.total,
      ...(about.mail === undefined ? {} : { mail: about.mail }),
      ...(section.commit === undefined ? {} : { commit: section.commit }),
      ...(base === undefined ? {} : { base }),
      text: decoded,
      ...(text.firstLine === undefined ? {} : { firstLine: text.firstLine }),
      files: diff.files,
    };
    this.found.push({ patch, title, isReply: about.isReply, line: section.firstLine });
  }

  finish(isLog: boolean): PatchSet {
    const version = this.found.reduce((most, { title }) => Math.max(most, title.version), 1);
    const cover = this.covers.find((one) => one.version === version)?.cover ?? this.covers.at(-1)?.cover;
    const chosen = chooseSeries(this.found, isLog && isNewestFirst(this.found), cover !== undefined && cover.total > 1);
    const problems = [...this.problems, ...chosen.problems].sort((a, b) => a.line - b.line);
    if (problems.length > maxProblems) {
      const left = problems.length - maxProblems;
      problems.splice(maxProblems, left, { line: problems[maxProblems]!.line, message: `${left} more problems` });
    }
    if (chosen.patches.length === 0 && problems.length === 0) problems.push({ line: 1, message: 'there is no diff in it' });
    return { patches: chosen.patches, ...(cover === undefined ? {} : { cover }), problems, replaced: chosen.replaced };
  }
}

/** Behind the head; the message of a log is indented. */
function commitText(section: Section): Text {
  const { lines } = section;
  let start = lines.findIndex((line) => line === '') + 1;
  if (start === 0) start = 1;
  const firstDiff = lines.findIndex((line, at) => at >= start && line.startsWith('diff '));
  const end = firstDiff < 0 ? lines.length : firstDiff;
  const text = lines.slice(start).map((line, at) => (start + at < end && line.startsWith('    ') ? line.slice(4) : line));
  return { lines: text, firstLine: section.firstLine + start };
}

/** Each file's part decoded by itself, the rest as the mail says; without the signature of a mail. */
function textOf(text: Text, diff: Diff, isMail: boolean): string {
  const lastEnd = diff.parts.at(-1)?.end ?? 0;
  const cut = isMail ? text.lines.findIndex((line, at) => at >= lastEnd && signature.test(line)) : -1;
  const end = cut < 0 ? text.lines.length : cut;
  const decoded: (readonly string[])[] = [];
  let at = 0;
  for (const part of diff.parts) {
    decoded.push(messageLines(text.lines.slice(at, part.start), text.charset), part.lines);
    at = part.end;
  }
  decoded.push(messageLines(text.lines.slice(at, end), text.charset));
  return decoded.flatMap((lines) => lines.map((line) => `${line}\n`)).join('');
}

function messageLines(lines: readonly string[], charset: string | undefined): readonly string[] {
  if (lines.length === 0) return lines;
  const binary = lines.join('\n');
  const decoded = decodeMessage(binary, charset).split('\n');
  return decoded.length === lines.length ? decoded : decode(binary).split('\n');
}

/** `git log` begins with the newest, unless it is told not to. Then a file's text before one commit is what the next one made. */
function isNewestFirst(found: readonly Candidate[]): boolean {
  const made = new Map<string, number>();
  const indexes = found.map(({ patch }) => [...patch.text.matchAll(/^index ([0-9a-f]{7,64})\.\.([0-9a-f]{7,64})/gm)]);
  for (const [at, all] of indexes.entries()) for (const [, , after] of all) made.set(after!, at);
  for (const [at, all] of indexes.entries()) {
    for (const [, before] of all) {
      const maker = made.get(before!);
      if (maker !== undefined && maker !== at && !/^0+$/.test(before!)) return maker > at;
    }
  }
  return true;
}
