import { shippedNames } from '../host/models.ts';
import { exportModel } from '../model/export-model.ts';
import { UsageError, type Command } from './command.ts';
import { modelName, modelOf, runHelp, runOptions, runRequest, toCommandError } from './model.ts';
import { parseOptions, string } from './options.ts';

const languages = ['promela', 'tla'] as const;

export const exportCommand: Command = {
  name: 'export',
  usage: 'MODEL|NAME --to promela|tla [--scenario S] [--vcpus N] [--rounds K] [--with NAME,…] [--property P]…',
  summary: 'Write a scenario of a model for SPIN or TLC, for what outgrows one machine',
  help: `MODEL is a file in the model language, NAME a model that comes along: ${shippedNames.join(', ')}.
The whole model goes to standard output, ready to run:

  lockstep export followup --to promela --vcpus 4 > m.pml
  spin -a m.pml && gcc -O2 -DSAFETY -o pan pan.c && ./pan -m1000000
  lockstep export followup --to tla > Model.tla        # the configuration stands in a comment at its end

  --to LANGUAGE          ${languages.join(' or ')}
${runHelp}

Exit status: 0 written; 2 could not.
`,
  run: async (args, surroundings) => {
    const { values, positionals } = parseOptions(args, { ...runOptions, to: string });
    const name = modelName('export', positionals);
    const language = languages.find((each) => each === values.to);
    if (!language) throw new UsageError(`export needs --to; there is: ${languages.join(', ')}`);
    const program = await modelOf(name, surroundings);
    try {
      surroundings.stdout.write(exportModel(program, runRequest(values), language));
    } catch (error) {
      throw toCommandError(error, program);
    }
    return 0;
  },
};
