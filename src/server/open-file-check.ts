import { placeInSession, type Session } from './session.ts';
import { review, settingsOf } from './review.ts';

/** Checks one file for the queue and shows what it finds, unless the file has moved on meanwhile. */
export async function checkOpenFile(session: Session, file: string, signal: AbortSignal, since: number): Promise<void> {
  const place = placeInSession(session, file);
  try {
    const { enable } = await settingsOf(session, place);
    if (!enable) {
      session.published.clear(file);
      return;
    }
    const version = session.documents.get(file)?.version;
    const reviewed = await review(session, session.thread, place, { signal });
    const document = session.documents.get(file);
    if (!reviewed || signal.aborted || document?.version !== version) return;

    session.failed = undefined;
    const findings = reviewed.byFile.get(file) ?? [];
    session.published.show(file, findings, version);
    if (!document) return;
    session.notify('lockstep/checked', {
      uri: document.uri,
      version: document.version,
      findings: findings.length,
      milliseconds: reviewed.milliseconds,
      sinceEdit: Math.round(performance.now() - since),
    });
  } catch (error) {
    // Nobody asked for this check: a line in the log and the status, no popup.
    session.failed = place.path;
    session.connection.console.error(`cannot check ${place.path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
