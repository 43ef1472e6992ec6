import type { Confidence, Finding } from '../checks/finding.ts';

/** What people are told about a level of confidence, in the order of the levels: docs, settings, command line and messages say the same. */
interface ConfidenceWords {
  readonly level: Confidence;
  /** In a message: `possible` findings. Of high confidence nothing is said. */
  readonly word: string;
  /** How it comes about, and what to expect of it. The figures are in docs/accuracy.md. */
  readonly description: string;
}

export const confidences: readonly ConfidenceWords[] = [
  { level: 'high', word: 'likely', description: 'Only findings that nothing known speaks against.' },
  { level: 'medium', word: 'possible', description: 'Also findings with one doubt. Of those read in the source, most are wrong.' },
  { level: 'low', word: 'doubtful', description: 'Also findings with more doubts. Of those read, nearly all are wrong.' },
];

/** What is shown unless somebody asks for more. */
export const defaultConfidence: Confidence = 'high';

export function isConfident({ confidence }: Pick<Finding, 'confidence'>, minimum: Confidence): boolean {
  return rankOf(confidence) <= rankOf(minimum);
}

/** The lowest of them. */
export function leastConfidence(findings: readonly Pick<Finding, 'confidence'>[]): Confidence {
  const rank = Math.max(0, ...findings.map(({ confidence }) => rankOf(confidence)));
  return confidences[rank]?.level ?? defaultConfidence;
}

export function confidenceWord(confidence: Confidence): string {
  return confidences[rankOf(confidence)]?.word ?? confidence;
}

function rankOf(confidence: Confidence): number {
  return confidences.findIndex(({ level }) => level === confidence);
}
