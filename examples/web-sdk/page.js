// A page that asks for all its flags once, and again when they or the user change.
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';

const { weir, key } = document.documentElement.dataset;
const provider = new OFREPWebProvider({
  baseUrl: `${weir || location.origin}/__weir`,
  headers: [['authorization', `Bearer ${key}`]],
  // The default polls never, and begins with values that may be 30 days old.
  pollInterval: 5000,
  cacheMode: 'network-first',
});

// A page behind Weir needs no targetingKey: the visitor's cookie is the unit, as it is for their requests.
// A page elsewhere brings an id of its own.
const context = weir ? { targetingKey: ownId() } : {};
await OpenFeature.setContext({ ...context, plan: 'free' });

const flags = OpenFeature.getClient();
for (const event of [
  ProviderEvents.Ready,
  ProviderEvents.ConfigurationChanged,
  ProviderEvents.ContextChanged,
]) {
  flags.addHandler(event, show);
}
OpenFeature.setProvider(provider);

document.querySelector('#upgrade').addEventListener('click', () => {
  void OpenFeature.setContext({ ...context, plan: 'pro' });
});

function show() {
  const { value, reason } = flags.getBooleanDetails('new-checkout', false);
  document.querySelector('#banner').textContent = flags.getStringValue('banner', 'Hello');
  document.querySelector('#checkout').textContent = value ? 'new' : 'old';
  document.querySelector('#why').textContent = reason;
}

function ownId() {
  const id = localStorage.getItem('flags-id') ?? crypto.randomUUID();
  localStorage.setItem('flags-id', id);
  return id;
}
