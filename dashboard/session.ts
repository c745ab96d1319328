/** Who is signed in. The token lives in memory and in this tab's session storage, and nowhere else. */
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

export function mayChangeFlags(me: Me): boolean {
  return me.role === 'flags' || mayChange(me);
}

/** What there is where the browser keeps nothing for the page: a reload asks for the token again. */
let remembered: string | undefined;

export const storedToken = {
  read: (): string | undefined => remembered ?? inStorage(storage => storage.getItem(KEY)) ?? undefined,
  write(token: string): void {
    remembered = token;
    inStorage(storage => storage.setItem(KEY, token));
  },
  forget(): void {
    remembered = undefined;
    inStorage(storage => storage.removeItem(KEY));
  },
};

/** @returns undefined where storage is blocked or full */
function inStorage<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}
