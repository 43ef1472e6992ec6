import type { Witness } from '../checks/finding.ts';
import type { AccessChange, ChangedFinding } from '../compare/changes.ts';
import { causeText, type Remark } from '../compare/remarks.ts';
import type { FileChange, MailHead, Patch } from '../patch/patch.ts';
import { plain } from './plain.ts';

/** Width of the reply's own lines; what is quoted keeps its own. */
const columns = 72;
/** Lines quoted above the one that a remark is about. */
const quotedAbove = 5;

/**
 * A reply to a patch as kernel people write them (Documentation/process/submitting-patches.rst, "use trimmed interleaved replies"):
 * each remark under the line it is about, gaps as `> [...]`. A mail with heads where the patch was one; never sent by us.
 */
export function renderReply(patch: Patch, remarks: readonly Remark[]): string {
  const body = [...introduction(patch), ...quotedRemarks(patch, remarks), ...elsewhere(remarks), ...nothing(remarks)];
  const lines = [...heads(patch), ...body].map((line) => safe(line).trimEnd());
  const folded = lines.filter((line, i) => line !== '' || lines[i - 1] !== '');
  return `${folded.join('\n').trim()}\n`;
}

/** Quoted code keeps its tabs. */
function safe(line: string): string {
  return line.split('\t').map(plain).join('\t');
}

function heads({ mail }: Patch): string[] {
  if (!mail) return [];
  const { from, to, cc, references, messageId } = mail;
  const others = [...to, ...cc].filter(({ address }) => address !== from.address).map(addressText);
  return [
    `To: ${addressText(from)}`,
    ...folded('Cc', others, ','),
    `Subject: ${/^re:/i.test(mail.subject) ? mail.subject : `Re: ${mail.subject}`}`,
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
  return [...wrap(`On ${mail.date}, ${mail.from.name || mail.from.address} wrote:`)];
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
  return outside.length === 0 ? [] : ['', ...saidAt(outside), ''];
}

function nothing(remarks: readonly Remark[]): string[] {
  return remarks.length > 0 ? [] : ['> [...]', '', 'Nothing to remark on the locking.'];
}

/** What there is to say at one line: each remark in turn, those that are fixed together. */
function saidAt(remarks: readonly Remark[]): string[] {
  const fixed = remarks.flatMap(({ finding }) => (finding?.change === 'fixed' ? [finding] : []));
  const others = remarks.filter(({ finding }) => finding?.change !== 'fixed');
  const paragraphs = others.map((remark) => (remark.finding ? findingLines(remark.finding, remark.title) : accessLines(remark.access!)));
  if (fixed.length > 0) paragraphs.unshift(fixedLines(fixed));
  return paragraphs.flatMap((paragraph, i) => (i === 0 ? paragraph : ['', ...paragraph]));
}

/** Several findings that one change takes away mostly have one way to them. */
function fixedLines(findings: readonly ChangedFinding[]): string[] {
  const ways = [...new Set(findings.map(({ witnesses }) => chainLines(witnesses[0] ?? []).join('\n')))];
  const what = findings.map(
    ({ message, order, function: name }) =>
      `${message.startsWith('waits') ? `${name} ` : ''}${message}${order ? ` (${order.file}:${order.line})` : ''}`,
  );
  return [
    ...(what.length === 1 ? wrap(`With this it is no longer so that ${what[0]}.`) : ['With this it is no longer so that', '']),
    ...(what.length === 1 ? [] : what.flatMap((each) => wrap(each, '- ', '  '))),
    '',
    'The way there was:',
    '',
    ...ways.flatMap((way, i) => (i === 0 ? way.split('\n') : ['', ...way.split('\n')])),
  ];
}

function findingLines(finding: ChangedFinding, title: string): string[] {
  const { witnesses, order, confidence, reasons } = finding;
  const cause = causeText(finding);
  const lines = wrap(`${title}${finding.change === 'kept' || cause === undefined ? '' : ` (it ${cause})`}.`);
  for (const [i, witness] of witnesses.entries())
    lines.push('', ...(witnesses.length > 1 ? [i === 0 ? 'One way:' : 'Another way:', ''] : []), ...chainLines(witness));
  if (order) lines.push('', ...wrap(`${order.file}:${order.line} has it the other way round: "${order.text}".`));
  if (confidence !== 'high' && reasons.length > 0) lines.push('', ...wrap(`Not certain: ${reasons.slice(0, 2).join('; ')}.`));
  return lines;
}

function accessLines({ place, messages, before, after }: AccessChange): string[] {
  const groups = new Map<string, { first: string; lines: number[]; last: string }>();
  for (const { kind, function: name, at, guards } of (after ?? before)!.sites) {
    const last = guards.length > 0 ? `under ${guards.join(', ')}` : 'without a lock';
    const first = `${kind} in ${name} (${at.file}`;
    const group = groups.get(first + last);
    if (group) group.lines.push(at.line);
    else groups.set(first + last, { first, lines: [at.line], last });
  }
  const sites = [...groups.values()].map(({ first, lines, last }) => `${first}:${[...new Set(lines)].join(', ')}), ${last}`);
  return [...wrap(`${place}: ${messages.join('; ')}.`), '', ...sites.flatMap((site) => wrap(site, '  ', '      '))];
}

/** Functions on a way, each with what it does to locks there; calls go from line to line. */
function chainLines(witness: Witness): string[] {
  const lines: string[] = [];
  const seen = new Set<string>();
  let through = '';
  for (const { at, function: name, text, via } of witness) {
    const isCall = text.startsWith('calls ');
    const arrived = through;
    if (isCall) through = via === undefined ? '' : `, called through ${via}`;
    if (text === 'entered' || (isCall && seen.has(name))) continue;
    const isFirst = !seen.has(name);
    seen.add(name);
    const where = `${name} (${at.file}:${at.line})${isFirst ? arrived : ''}`;
    lines.push(...wrap(isCall ? where : `${where} ${text}`, '  ', '      '));
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
