/**
 * Device, browser and system of a request's sender: client hints first, because browsers that send
 * them have frozen their user agents; what the hints leave open is read from the user agent.
 */
import type { Device } from '../core/rollout/conditions/facts.ts';
import { agentOf, isDesktopSystem } from './agent-text.ts';
import { isBot } from './bots.ts';
import { brandOf, formFactorOf, isMobileOf, platformOf } from './client-hints.ts';

/** A request's headers, or those of them that were read before. */
interface Readable {
  get(name: string): string | null | undefined;
}

function read(headers: Readable, name: string): string | null {
  return headers.get(name) ?? null;
}

/** @returns undefined for what is neither: a television, a program that doesn't say where it runs */
export function deviceOf(headers: Readable): Device | undefined {
  const userAgent = read(headers, 'user-agent');
  if (isBot(userAgent)) return 'bot';
  const isMobile = isMobileOf(read(headers, 'sec-ch-ua-mobile'));
  // Whoever sends any hints sends this one: without it, the others aren't worth a look.
  if (isMobile === undefined) return agentOf(userAgent).device;
  const formFactor = formFactorOf(read(headers, 'sec-ch-ua-form-factors'));
  if (formFactor !== undefined) return formFactor;
  if (isMobile) return 'mobile';
  const os = platformOf(read(headers, 'sec-ch-ua-platform'));
  if (isDesktopSystem(os)) return 'desktop';
  const agent = agentOf(userAgent);
  // Chromium on Android says "not mobile" on tablets, and on televisions.
  return os === 'android' && !agent.isTv ? 'tablet' : agent.device;
}

export function browserOf(headers: Readable): string | undefined {
  return brandOf(read(headers, 'sec-ch-ua')) ?? agentOf(read(headers, 'user-agent')).browser;
}

export function osOf(headers: Readable): string | undefined {
  return platformOf(read(headers, 'sec-ch-ua-platform')) ?? agentOf(read(headers, 'user-agent')).os;
}
