import type { Witness } from '../checks/finding.ts';
import type { AccessChange, ChangedFinding, Changes } from '../compare/changes.ts';
import { list } from '../compare/lists.ts';
import { lockTypeText } from '../compare/lock-types.ts';
import { accessSentences, causeText, sentenceOf, sentenceOfAll, type Remark } from '../compare/remarks.ts';
import type { FileChange, MailHead, Patch } from '../patch/patch.ts';
import { count, plain } from './plain.ts';
import { heldText } from './review-text.ts';

/** Width of the reply's own lines; what is quoted keeps its own. */
const columns = 72;
/** Lines quoted above the one that a remark is about. */
const quotedAbove = 5;
/** Ways shown to what is said once of many functions. */
const waysNamed = 3;
/** Accesses to one place, unless the patch writes more of them: they stand first. */
const accessesNamed = 8;

/** A patch, and what there is to say of it. */
interface Answered {
  readonly patch: Patch;
  readonly remarks: readonly Remark[];
  /** Something of the patch was not looked at: a mail may not say that there is nothing to remark. */
  readonly isInPart?: boolean;
  /** Something new was not sure enough to be among the remarks: that there is nothing is not certain then. */
  readonly isUnsure?: boolean;
  /** What the patch changes that there is nothing to say against. */
  readonly changes?: Pick<Changes, 'types' | 'contracts'>;
}

/**
 * A reply to a patch as kernel people write them (Documentation/process/submitting-patches.rst, "use trimmed interleaved replies"):
 * each remark under the line it is about, gaps as `> [...]`. A mail with heads where the patch was one; never sent by us.
 */
export function renderReply({ patch, remarks: all, isInPart = false, isUnsure = false, changes }: Answered): string {
  const remarks = withoutMirrored(all);
  const body = [
    ...introduction(patch),
    ...quotedRemarks(patch, remarks),
    ...elsewhere(remarks),
    ...(remarks.length > 0 ? [] : ['> [...]', '', nothingText(isInPart, isUnsure), ...changesLines(changes)]),
  ];
  const lines = [...heads(patch), ...body].map((line) => plain(line).trimEnd());
  const folded = lines.filter((line, i) => line !== '' || lines[i - 1] !== '');
  return `${folded.join('\n').trim()}\n`;
}

/** Replies to a series: a mail box, without those that would say nothing unless all of them do. */
export function renderReplies(replies: readonly Answered[], isSeries = replies.length > 1): string {
  const saying = replies.filter(({ remarks }) => remarks.length > 0);
  const mails = (saying.length > 0 ? saying : replies.slice(0, 1)).map(renderReply);
  if (!isSeries) return mails.join('');
  return mails.map((mail) => `From lockstep Thu Jan  1 00:00:00 1970\n${mail.replace(/^>*From /gm, '>$&')}\n`).join('');
}

function heads({ mail, number, total }: Patch): string[] {
  if (!mail) return [];
  // A range of commits has no numbers of its own.
  const subject = total > 1 ? mail.subject.replace(/^\[PATCH\]/, `[PATCH ${number}/${total}]`) : mail.subject;
  const { from, to, cc, references, messageId } = mail;
  const others = [...to, ...cc].filter(({ address }) => address !== from.address).map(addressText);
  return [
    ...(from.address === '' ? [] : [`To: ${addressText(from)}`]),
    ...folded('Cc', others, ','),
    `Subject: ${/^re:/i.test(subject) ? subject : `Re: ${subject}`}`,
    ...(messageId === '' ? [] : [`In-Reply-To: ${messageId}`, ...folded('References', [...references, messageId], '')]),
    '',
  ];
}

/** A head of several values, one a line. */
function folded(name: string, values: readonly string[], separator: string): string[] {
  return values.map((value, i) => `${i === 0 ? `${name}: ` : ' '}${value}${i < values.length - 1 ? separator : ''}`);
}

function addressText({ name, address }: MailHead['from']): string {
  if (name === '') return address;
  return /^[\w .'-]+$/.test(name) ? `${name} <${address}>` : `"${name.replace(/["\\]/g, '\\$&')}" <${address}>`;
}

function introduction({ mail, subject }: Patch): string[] {
  if (!mail) return [...wrap(`On "${subject}":`), ''];
  const who = mail.from.name || mail.from.address || 'somebody';
  return wrap(mail.date === '' ? `${who} wrote:` : `On ${mail.date}, ${who} wrote:`);
}

/** Files with a remark, their hunks with a remark, and of those the lines above each. */
function quotedRemarks(patch: Patch, remarks: readonly Remark[]): string[] {
  const text = patch.text.split('\n');
  const lines: string[] = [];
  let shown = 0;
  const quote = (line: number): void => {
    lines.push(`> ${text[line - 1] ?? ''}`);
    shown = line;
  };
  for (const file of patch.files) {
    const hunks = file.hunks.filter((hunk) => remarksIn(hunk.lines).length > 0);
    if (hunks.length === 0) continue;
    if (lines.length > 0) lines.push('');
    lines.push('> [...]');
    for (const line of headOf(file, text)) quote(line);
    for (const hunk of hunks) {
      if (hunk.line > shown + 1) lines.push('> [...]');
      quote(hunk.line);
      for (const { line } of hunk.lines) {
        const here = remarks.filter(({ place }) => place?.line === line);
        if (here.length === 0) continue;
        const first = Math.max(shown + 1, line - quotedAbove);
        if (first > shown + 1) lines.push('> [...]');
        for (let at = first; at <= line; at++) quote(at);
        lines.push('', ...saidAt(here));
        lines.push('');
      }
    }
  }
  return lines;

  function remarksIn(hunkLines: readonly { readonly line: number }[]): readonly Remark[] {
    return remarks.filter(({ place }) => place && hunkLines.some(({ line }) => line === place.line));
  }
}

/** Lines that name the file: `diff --git`, `---` and `+++`, as far as there are any. */
function headOf(file: FileChange, text: readonly string[]): number[] {
  const first = file.hunks[0]?.line ?? file.line;
  const lines: number[] = [];
  for (let line = file.line; line < first; line++) if (/^(diff|---|\+\+\+) /.test(text[line - 1] ?? '')) lines.push(line);
  return lines;
}

/** Remarks about what the patch does not show. */
function elsewhere(remarks: readonly Remark[]): string[] {
  const outside = remarks.filter(({ place }) => !place);
  return outside.length === 0 ? [] : ['', 'Outside of what the patch shows:', '', ...saidAt(outside), ''];
}

function nothingText(isInPart: boolean, isUnsure: boolean): string {
  return `Nothing ${isUnsure ? 'certain ' : ''}to remark on the locking${isInPart ? ' in the part that was looked at' : ''}.`;
}

/** Types of locks, and functions that do something else to locks, named where nothing speaks against them. */
const changesNamed = 4;

/** Types that locks get, and what functions that the patch shows now do to locks: a reader sees that it was looked at. */
function changesLines(changes: Answered['changes']): string[] {
  const contracts = (changes?.contracts ?? []).filter(({ place, follows }) => place && !follows);
  const told = [
    ...(changes?.types ?? []).map(lockTypeText),
    ...contracts.map((each) => `${each.function} ${each.messages.join(', and ')}`),
  ];
  if (told.length === 0) return [];
  const said = told.slice(0, changesNamed);
  const more = told.length - said.length;
  return ['', ...wrap(`What it changes: ${said.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`)];
}

/** What there is to say at one line: what types and functions are now, findings that come of it, those that are alike together, orders, and accesses. */
function saidAt(remarks: readonly Remark[]): string[] {
  const changes = remarks.flatMap(({ contract, type, title }) => ((contract ?? type) ? [wrap(`${title}.`)] : []));
  const findings = (['new', 'kept', 'fixed'] as const).flatMap((change) => {
    const own = remarks.flatMap(({ finding }) => (finding?.change === change ? [finding] : []));
    return own.length === 0 ? [] : [findingLines(own, change)];
  });
  const paragraphs = [...changes, ...findings];
  for (const { order, title } of remarks) if (order) paragraphs.push([...wrap(`${title}:`), '', ...chainLines(order.witness)]);
  for (const { access } of remarks) if (access) paragraphs.push(accessLines(access));
  return paragraphs.flatMap((paragraph, i) => (i === 0 ? paragraph : ['', ...paragraph]));
}

/** Two that wait for each other are found from both sides. One of them says it: at the last line of the patch, by which both are read. */
function withoutMirrored(remarks: readonly Remark[]): readonly Remark[] {
  const last = new Map<string, Remark>();
  for (const remark of remarks) {
    const key = mirrorKey(remark);
    const known = key === undefined ? undefined : last.get(key);
    if (key !== undefined && (!known || lineOf(known) < lineOf(remark))) last.set(key, remark);
  }
  return remarks.filter((remark) => {
    const key = mirrorKey(remark);
    return key === undefined || last.get(key) === remark;
  });
}

/** What is the same from both sides: the chains. */
function mirrorKey({ finding }: Remark): string | undefined {
  if (!finding || finding.witnesses.length < 2) return undefined;
  return [finding.check, finding.change, ...finding.witnesses.map(wayOf).sort()].join('\0');
}

function lineOf({ place }: Remark): number {
  return place?.line ?? -1;
}

const intros = {
  new: ['With this patch, ', 'New with this patch:'],
  kept: ['Not new, but still so: ', 'Not new, but still so:'],
  fixed: ['This patch fixes: ', 'This patch fixes:'],
} as const satisfies Record<ChangedFinding['change'], readonly [string, string]>;

/** Findings that say the same, and which ways to them are shown. */
interface Alike {
  readonly findings: readonly ChangedFinding[];
  readonly said: string;
  /** What there is to add. */
  readonly after: string;
}

/** What some findings say, then the ways to them: those of one line mostly share theirs. */
function findingLines(findings: readonly ChangedFinding[], change: ChangedFinding['change']): string[] {
  const groups = alike(findings);
  const shown = groups.map((group) => [...new Set(group.findings.slice(0, waysNamed).flatMap(({ witnesses }) => witnesses.map(wayOf)))]);
  const ways = [...new Set(shown.flat())];
  const nameOf = (way: string): string => String.fromCodePoint(0x41 + ways.indexOf(way));
  const said = groups.map(({ findings: own, said: sentence, after }, i) => {
    const names = `${own.length > waysNamed ? 'as in ' : ''}${list(shown[i]!.map(nameOf))}`;
    return `${sentence}${ways.length > 1 && names !== '' ? ` (${names})` : ''}.${after}`;
  });
  const [one, several] = intros[change];
  const lines =
    said.length === 1
      ? wrap(`${one}${said[0]!}`)
      : [several, '', ...said.flatMap((each, i) => [...(i === 0 ? [] : ['']), ...wrap(each, '- ', '  ')])];
  for (const way of ways) lines.push('', ...(ways.length > 1 ? [`${nameOf(way)}:`] : []), ...way.split('\n'));
  return lines;
}

/** Those that differ in nothing but the function that they are in are said together: as where a new lock is taken below many callers. */
function alike(findings: readonly ChangedFinding[]): readonly Alike[] {
  const groups: Alike[] = [];
  for (const finding of findings) {
    const after = [causeOf(finding), seriesOf(finding), orderOf(finding), doubtOf(finding)]
      .filter((sentence) => sentence !== '')
      .map((sentence) => ` ${sentence}`)
      .join('');
    const at = groups.findIndex((group) => group.after === after && sentenceOfAll([...group.findings, finding]) !== undefined);
    const own = [...(groups[at]?.findings ?? []), finding];
    const group = { findings: own, said: (at < 0 ? undefined : sentenceOfAll(own)) ?? sentenceOf(finding), after };
    groups.splice(at < 0 ? groups.length : at, 1, group);
  }
  return groups;
}

function wayOf(witness: Witness): string {
  return chainLines(witness).join('\n');
}

/** Not where it is the line that this stands under. */
function causeOf(finding: ChangedFinding): string {
  const { causes, change, place } = finding;
  const cause = causeText(finding);
  if (cause === undefined || change === 'kept') return '';
  const isHere = causes.every(({ patch, line }) => patch === place?.patch && line === place.line);
  return isHere ? '' : `${change === 'new' ? 'It' : 'It does so'} ${cause}.`;
}

/** What other patches of the series have to do with it. */
function seriesOf({ goneWith, cameWith }: ChangedFinding): string {
  if (cameWith) return `${cameWith.name} brought it.`;
  return goneWith ? `It is fixed by ${goneWith.name}, but a bisection may end in between.` : '';
}

function orderOf({ order }: ChangedFinding): string {
  return order ? `${order.file}:${order.line}: "${order.text}".` : '';
}

function doubtOf({ confidence, reasons }: ChangedFinding): string {
  return confidence === 'high' || reasons.length === 0 ? '' : `Not certain: ${reasons.slice(0, 2).join('; ')}.`;
}

function accessLines({ place, messages, before, after }: AccessChange): string[] {
  const groups = new Map<string, { first: string; lines: number[]; last: string; isChanged: boolean }>();
  for (const site of (after ?? before)!.sites) {
    const { kind, function: name, at } = site;
    const last = heldText(site) ?? 'without a lock';
    const first = `${kind} in ${name} (${at.file}`;
    const group = groups.get(first + last);
    if (group) group.lines.push(at.line);
    else groups.set(first + last, { first, lines: [at.line], last, isChanged: site.isChanged === true });
  }
  const all = [...groups.values()];
  const named = Math.max(accessesNamed, all.filter(({ isChanged }) => isChanged).length);
  const sites = all.slice(0, named).map(({ first, lines, last }) => `${first}:${[...new Set(lines)].join(', ')}), ${last}`);
  if (all.length > named) sites.push(`and in ${count(all.length - named, 'more place', 'more places')}`);
  return [...wrap(accessSentences(place, messages)), '', ...sites.flatMap((site) => wrap(site, '  ', '      '))];
}

/** Functions on a way, each with what it does to locks there; calls go from line to line. */
function chainLines(witness: Witness): string[] {
  const lines: string[] = [];
  const seen = new Set<string>();
  let through = '';
  for (const { at, function: name, text, via, calls } of witness) {
    const isCall = calls !== undefined;
    const arrived = through;
    if (isCall) through = via === undefined ? '' : `, called through ${via}`;
    if (text === 'entered' || (isCall && seen.has(name))) continue;
    const how = seen.has(name) ? '' : arrived;
    seen.add(name);
    const where = `${name} (${at.file}:${at.line})${how}`;
    lines.push(...wrap(isCall ? where : `${where}${how === '' ? '' : ','} ${text}`, '  ', '      '));
  }
  return lines;
}

/** Words in lines of 72 columns at the most, unless one word is longer. */
function wrap(text: string, first = '', others = first): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.trim().split(/\s+/)) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = others;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
