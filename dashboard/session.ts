/** Who is signed in. The token lives in this tab's session storage and nowhere else. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Answer, Asking } from './api.ts';

const KEY = 'weir.token';

export interface Me {
  readonly name: string;
  readonly role: 'viewer' | 'flags' | 'operator' | 'admin';
}

export interface Session {
  readonly me: Me;
  /** Asks as whoever is signed in; a token that is no longer valid ends the session. */
  readonly ask: <T>(path: string, asking?: Asking) => Promise<Answer<T>>;
  readonly signOut: () => void;
}

export const SessionContext = createContext<Session | undefined>(undefined);

/** @throws outside a signed-in part of the page */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('nobody is signed in here');
  return session;
}

export function mayChange({ role }: Me): boolean {
  return role === 'operator' || role === 'admin';
}

export const storedToken = {
  read: (): string | undefined => sessionStorage.getItem(KEY) ?? undefined,
  write: (token: string): void => sessionStorage.setItem(KEY, token),
  forget: (): void => sessionStorage.removeItem(KEY),
};
