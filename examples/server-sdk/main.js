// An origin behind Weir that asks for flags with OpenFeature's server SDK:  node examples/server-sdk/main.js
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { createServer } from 'node:http';

const weir = process.env.WEIR_URL ?? 'http://localhost:8787';
const key = process.env.FLAG_KEY ?? '';
const port = Number(process.env.PORT ?? 8790);

await OpenFeature.setProviderAndWait(
  new OFREPProvider({ baseUrl: `${weir}/__weir`, headers: [['authorization', `Bearer ${key}`]] }),
);
const flags = OpenFeature.getClient();

const server = createServer((request, response) => {
  answer(request).then(
    page => response.end(page),
    error => response.writeHead(500).end(String(error)),
  );
});

async function answer(request) {
  // The visitor's unit, which Weir sends along as the document says "$unit": true. With it as targetingKey
  // the SDK gets what Weir's own header x-weir-flags says.
  const targetingKey = request.headers['x-weir-unit'];
  const context = {
    ...(targetingKey === undefined ? {} : { targetingKey }),
    plan: request.headers['x-plan'] ?? 'free',
  };
  const isNew = await flags.getBooleanValue('new-checkout', false, context);
  const size = await flags.getNumberValue('page-size', 10, context);
  return `${isNew ? 'new' : 'old'} checkout, ${size} a page; header: ${request.headers['x-weir-flags'] ?? 'none'}\n`;
}

server.listen(port, '127.0.0.1', () => console.log(`http://localhost:${server.address().port}`));
