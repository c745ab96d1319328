/** Does nothing, in a runtime configured as Weir's is: the difference in start-up is Weir's script. */
import { DurableObject } from 'cloudflare:workers';

export class MetricsHub extends DurableObject {}
export class RolloutController extends DurableObject {}

export default {
  fetch: () => Response.json({ status: 'ok' }),
};
