/** A patch as it was sent: a mail, a commit, or a bare diff. */
export interface Patch {
  /** Subject without `[PATCH 1/2]`; of a bare diff the name it was given. */
  readonly subject: string;
  /** Place in its series, counted from 1, as the subject says; 1 of 1 without. */
  readonly number: number;
  readonly total: number;
  /** What is known of the mail; a bare diff has none. */
  readonly mail?: MailHead;
  /** Abbreviated or full name of the commit that it was made of, where it says so. */
  readonly commit?: string;
  /** `base-commit:` of its trailer. */
  readonly base?: string;
  /** The decoded text, lines ended by `\n`: what its author wrote, then the diff. Of a mail the body, without its signature. */
  readonly text: string;
  /** Line of the file it was read from where `text` begins, counted from 1; undefined where the part was encoded, or a line is not a line there. */
  readonly firstLine?: number;
  readonly files: readonly FileChange[];
}

/** Heads of a mail that a reply needs; text as a person reads it, encoded words decoded. */
export interface MailHead {
  readonly subject: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly to: readonly { readonly name: string; readonly address: string }[];
  readonly cc: readonly { readonly name: string; readonly address: string }[];
  /** As written. */
  readonly date: string;
  /** With angle brackets. */
  readonly messageId: string;
  readonly references: readonly string[];
}

export interface FileChange {
  readonly kind: 'changed' | 'added' | 'deleted' | 'renamed' | 'copied';
  /** Paths in the tree, as the patch names them; a path that leaves the tree is none, and the file is refused. */
  readonly before?: string;
  readonly after?: string;
  readonly isBinary: boolean;
  /** Line of `Patch.text` at which its part begins, counted from 1. */
  readonly line: number;
  readonly hunks: readonly Hunk[];
}

export interface Hunk {
  /** First lines as the patch has them, counted from 1 (0 where there is none). */
  readonly beforeStart: number;
  readonly afterStart: number;
  /** Line of `Patch.text` that has its `@@`. */
  readonly line: number;
  readonly lines: readonly HunkLine[];
}

/** One line of a hunk. `\ No newline at end of file` is a mark on the line before it. */
export interface HunkLine {
  readonly kind: ' ' | '+' | '-';
  /** Without its mark and its `\n`; a `\r` stays. */
  readonly text: string;
  /** Line of `Patch.text`. */
  readonly line: number;
  readonly hasNoNewline?: boolean;
}

/** What a file or a mail box held. */
export interface PatchSet {
  /** Sorted by number where they are of one series, as found otherwise. */
  readonly patches: readonly Patch[];
  /** The mail that introduces the series. */
  readonly cover?: Pick<Patch, 'subject' | 'total' | 'mail' | 'text' | 'base'>;
  /** What could not be read. */
  readonly problems: readonly PatchNote[];
  /** What is left out on purpose, as something else that is here takes its place: replies, older versions. */
  readonly replaced: readonly PatchNote[];
}

/** Something about the file that was read, in words for a person; `line` counts in it. */
export interface PatchNote {
  readonly line: number;
  readonly message: string;
}
