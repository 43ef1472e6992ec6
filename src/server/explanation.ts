import { explain } from '../model/explain/explain.ts';
import { confidenceWord } from '../model/report/confidence.ts';
import type { ExplainParams, FindingExplanation } from '../protocol/requests.ts';
import { fileOf } from './places.ts';
import { withUris } from './sequence-places.ts';
import type { Session } from './session.ts';

/** What would have to happen for a finding that is shown to come true. */
export async function explainFinding(session: Session, { uri, id }: ExplainParams): Promise<FindingExplanation> {
  const file = fileOf(uri);
  const shown = file === undefined ? undefined : session.published.of(file)?.findings.find(({ finding }) => finding.id === id);
  if (!shown) throw new Error('this finding is gone: check the file again');
  const { root, finding } = shown;
  const explanation = explain(finding);
  if (!explanation) throw new Error(`there is nothing to explain: ${finding.message}`);
  const { title, sequence } = explanation;
  const reasons = finding.reasons.length > 0 ? finding.reasons : ['nothing that is known speaks against it'];
  return {
    ...{ title, sequence: withUris(root, sequence) },
    remarks: [
      { heading: 'Finding', lines: [finding.message] },
      { heading: `How sure: ${confidenceWord(finding.confidence)}`, lines: reasons },
    ],
  };
}
