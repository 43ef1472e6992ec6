/** What a step of a run does: to a lock, to the readers of a (S)RCU domain, to memory. */
export type Action =
  | 'acquire'
  | 'release'
  /** Read side of a (S)RCU domain. */
  | 'enter'
  | 'leave'
  /** Begins to wait for the readers of a domain; its grace period is over. */
  | 'synchronize'
  | 'grace-period'
  /** Waits for what others hold; of a writer that others heed, also before the end of a run. */
  | 'wait'
  /** Did not get a lock that it does not wait for. */
  | 'fail'
  /** Goes on from a wait queue or completion, or because of a signal. */
  | 'wake'
  | 'read'
  | 'write'
  | 'claim'
  | 'other';
