/** What a report does not show, but counts. */
export interface LeftOut {
  /** Findings that the baseline has. */
  readonly inBaseline?: number;
  /** Findings that are less sure than was asked for. */
  readonly lessSure?: number;
}
