/** Megabytes of a thread for what was made just now: an analysis makes much that it soon forgets, and collecting it often costs a fifth of its time. */
export const youngHeap = 96;
