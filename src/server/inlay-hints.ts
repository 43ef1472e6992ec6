import { InlayHintRefreshRequest, type InlayHint, type InlayHintParams, type Position } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { HeldHint, HintedLock } from '../model/reviewer-api.ts';
import { listed } from './code-lenses.ts';
import { heldLines } from './hover.ts';
import type { Writer } from './markdown.ts';
import { fileOf, isKernelSource } from './places.ts';
import { settingsOf } from './review.ts';
import { placeInSession, type Session } from './session.ts';

/** Behind the lines in sight: which locks are held from there on, where that changes. */
export async function inlayHints(session: Session, { textDocument, range }: InlayHintParams, signal: AbortSignal): Promise<InlayHint[]> {
  const file = fileOf(textDocument.uri);
  const document = file === undefined ? undefined : session.documents.get(file);
  if (file === undefined || !document || !isKernelSource(file, document.languageId)) return [];
  const { root, path } = placeInSession(session, file);
  try {
    const settings = await settingsOf(session, { root, path });
    if (!settings.inlayHints) return [];
    const lines = { from: range.start.line + 1, to: range.end.line + 1 };
    session.givesHints = true;
    const hints = await session.thread.ask({ kind: 'held', root, path, ...lines, orders: settings.orders }, { signal });
    return (hints ?? []).map((hint) => ({
      position: endOfLine(document, hint.line - 1),
      label: hintText(hint),
      paddingLeft: true,
      tooltip: { kind: session.hoverWriter.kind, value: tooltipText(root, hint, session.hoverWriter) },
    }));
  } catch (error) {
    session.connection.console.error(`cannot tell what is held in ${path}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** Has the client ask again: another file, or a setting, may have changed what is held. */
export function refreshHints({ capabilities, connection }: Session): void {
  if (capabilities.workspace?.inlayHint?.refreshSupport !== true) return;
  // A client that is about to leave does not answer.
  connection.sendRequest(InlayHintRefreshRequest.type).catch(() => undefined);
}

function endOfLine(document: TextDocument, line: number): Position {
  const text = document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  return { line, character: text.trimEnd().length };
}

/** `// holds b, a, at times c`: editors cut what is long, so the last that was taken goes first. */
export function hintText({ at, locks, doubts }: HeldHint): string {
  const named = (sure: HintedLock['sure']): readonly string[] => locks.filter((lock) => lock.sure === sure).map(({ short }) => short);
  if (at === 'entry') return `// ${doubts.length > 0 ? 'known callers hold' : 'callers hold'} ${listed(named('always'))}`;
  const [taken, atTimes] = [named('if-taken'), named('at-times')];
  const parts = [
    listed(named('always')),
    taken.length > 0 ? `${listed(taken)} if taken` : '',
    atTimes.length > 0 ? `at times ${listed(atTimes)}` : '',
  ];
  const text = parts.filter((part) => part !== '').join(', ');
  const more = named('by-some-callers').length > 0;
  if (text === '') return more ? '// holds only what some callers hold' : '// no lock known to be held';
  return `// holds ${text}${more ? ' (some callers hold more)' : ''}`;
}

/** Where each lock was taken, and what may make it more or fewer. */
export function tooltipText(root: string, { at, locks, doubts }: HeldHint, write: Writer): string {
  const how = { always: '', 'if-taken': ', unless this fails', 'at-times': ', on some ways', 'by-some-callers': '' } as const;
  const own = locks.filter(({ sure }) => sure !== 'by-some-callers');
  const lines = heldLines(
    root,
    own.map(({ text, sure, chain }) => ({ heading: `${write.code(text)}${write.text(how[sure])}`, chain })),
    write,
  );
  const title = at === 'entry' ? 'Held by callers' : 'Held from here on';
  const parts = own.length > 0 ? [[write.strong(title), '', ...lines].join('\n')] : [];
  const others = locks.filter((lock) => !own.includes(lock)).map(({ text }) => write.code(text));
  if (others.length > 0) parts.push(`${write.strong('Some callers hold, too:')} ${others.join(', ')}`);
  if (doubts.length > 0) parts.push(write.text(`Not sure: ${doubts.join('; ')}.`));
  return parts.length > 0 ? parts.join('\n\n') : 'No lock is known to be held from here on.';
}
