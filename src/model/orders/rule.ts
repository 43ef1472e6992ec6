/**
 * One documented order, as written: `outer` is taken before `inner`. It is broken where `outer` is acquired while `inner` is held.
 * `kvm->lock is taken outside vcpu->mutex` is outer `kvm->lock`, inner `vcpu->mutex`;
 * `X cannot be taken inside a Y read-side critical section` is outer X, inner Y, innerMode shared.
 */
export interface Rule {
  /** A lock as the document writes it: `kvm->lock`, `kvm_lock`, `cpus_read_lock()`. */
  readonly outer: string;
  readonly inner: string;
  /** The rule speaks only of `inner` held in this mode (a read-side critical section). */
  readonly innerMode?: 'shared';
  /** The sentence of the document, white space folded. */
  readonly text: string;
  readonly file: string;
  /** First line of the sentence, counted from 1. */
  readonly line: number;
}
