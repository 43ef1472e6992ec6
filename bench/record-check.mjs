// Takes the place of sparse in a kernel build (`make C=2 CHECK=…`), and writes down what sparse would have been told.
import fs from 'node:fs';

fs.appendFileSync(process.env.LOCKSTEP_BENCH_RECORD, `${JSON.stringify(process.argv.slice(2))}\n`);
