// A reporter for `node --test` that keeps only how many tests passed, failed and were skipped.
/** @param {AsyncIterable<{type: string, data: {message?: string, nesting?: number, name?: string, skip?: unknown}}>} events */
export default async function* count(events) {
  for await (const { type, data } of events) {
    const total =
      type === 'test:diagnostic' && data.nesting === 0 ? /^(pass|fail|cancelled|skipped|todo) (\d+)$/.exec(data.message ?? '') : null;
    if (total !== null) yield `${total[1]} ${total[2]}\n`;
  }
}
