/** Milliseconds without a further edit before a file is checked. */
export const editPause = 40;
/** Milliseconds without a further edit before the other open files are checked, which the edit may concern too. */
const followUpPause = 1000;

interface CheckQueueOptions {
  /** Checks a file as it is now; ends early when the signal is aborted. `since`: when its last edit arrived, or the check was asked for. */
  readonly check: (file: string, signal: AbortSignal, since: number) => Promise<void>;
  /** The file being checked, undefined when there is nothing left to do. */
  readonly busy: (file: string | undefined) => void;
}

/** Which open file is checked next: one at a time, what is being edited before all else, only ever the newest version. */
export class CheckQueue {
  private readonly ready: string[] = [];
  private readonly edits = new Map<string, NodeJS.Timeout>();
  private readonly since = new Map<string, number>();
  private followUp: NodeJS.Timeout | undefined;
  private running: { readonly file: string; readonly abort: AbortController } | undefined;

  constructor(private readonly options: CheckQueueOptions) {}

  /** Checks soon, after what waits already. */
  add(file: string): void {
    if (this.ready.includes(file) || this.edits.has(file)) return;
    this.note(file);
    this.ready.push(file);
    this.next();
  }

  /** Stops what runs, and checks the file once the edits pause, the others some time later. */
  edited(file: string, others: () => readonly string[]): void {
    this.note(file);
    this.interrupt(file);
    clearTimeout(this.edits.get(file));
    this.edits.set(
      file,
      setTimeout(() => {
        this.edits.delete(file);
        this.ready.unshift(file);
        this.next();
      }, editPause),
    );
    this.later(others);
  }

  /** Checks files once nothing was edited for a while. */
  later(files: () => readonly string[]): void {
    clearTimeout(this.followUp);
    this.followUp = setTimeout(() => files().forEach((file) => this.add(file)), followUpPause);
  }

  drop(file: string): void {
    clearTimeout(this.edits.get(file));
    this.edits.delete(file);
    this.since.delete(file);
    this.remove(file);
    if (this.running?.file === file) this.running.abort.abort();
    this.next();
  }

  dispose(): void {
    clearTimeout(this.followUp);
    for (const timer of this.edits.values()) clearTimeout(timer);
    this.edits.clear();
    this.ready.length = 0;
    this.running?.abort.abort();
  }

  private note(file: string): void {
    this.since.set(file, performance.now());
  }

  /** An edit does not wait for the check of another file; that one is done again. */
  private interrupt(edited: string): void {
    this.remove(edited);
    if (!this.running || this.running.abort.signal.aborted) return;
    this.running.abort.abort();
    if (this.running.file !== edited) this.ready.push(this.running.file);
  }

  private remove(file: string): void {
    const at = this.ready.indexOf(file);
    if (at >= 0) this.ready.splice(at, 1);
  }

  /** While an edit waits for its pause nothing else is begun: its check would wait for that. */
  private next(): void {
    if (this.running || this.edits.size > 0) return;
    const file = this.ready.shift();
    if (file === undefined) {
      this.options.busy(undefined);
      return;
    }
    const abort = new AbortController();
    this.running = { file, abort };
    this.options.busy(file);
    void this.options.check(file, abort.signal, this.since.get(file) ?? performance.now()).finally(() => {
      this.running = undefined;
      this.next();
    });
  }
}
