/** A Weir that serves flags, as OpenFeature's clients and the examples find one. */
import { eventually } from './eventually.ts';
import { evaluate, FLAG_KEYS, type OfrepReply, type Question } from './ofrep-client.ts';
import { startTestWeir, type TestWeir } from './weir.ts';

export interface FlagWeir extends TestWeir {
  /** What OFREP clients are given as their base URL. */
  readonly baseUrl: string;
  ask(question?: Question): Promise<OfrepReply>;
  /** Puts the document into KV and waits until the flag answers by it. @param text that the answer has then */
  putFlags(document: string, flag: string, text: string): Promise<void>;
}

export async function startFlagWeir(variables: Readonly<Record<string, string>> = {}): Promise<FlagWeir> {
  const weir = await startTestWeir({ variables: { FLAG_KEYS, ...variables } });
  const ask: FlagWeir['ask'] = question => evaluate(weir.url, question);
  return {
    ...weir,
    baseUrl: `${weir.url}/__weir`,
    ask,
    async putFlags(document, flag, text) {
      await weir.putKv('flags:default', document);
      await eventually('the flags in force', async () => (await ask({ flag })).text.includes(text));
    },
  };
}
