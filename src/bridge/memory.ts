import type { Binding } from '../core/pages/plan.ts'
import type { FlowEnvironment } from './types.ts'

const TOKEN = 'dji-cloud.token'
const USERNAME = 'dji-cloud.username'
const NATIVE = 'dji-cloud.native'

/** What this page stores for its next load: which session the loaded modules belong to, and which token `ws` has. */
export interface NativeRecord extends Binding {
  readonly wsToken: string | null
}

export interface Memory {
  token(): string | null
  keepToken(token: string): void
  username(): string | null
  keepUsername(username: string): void
  native(): NativeRecord | null
  keepNative(record: NativeRecord): void
  /** Forgets the session; keeps the user name for the next login. */
  forget(): void
  forgetToken(): void
  forgetNative(): void
}

/** A password is never stored. */
export function createMemory(storage: FlowEnvironment['storage']): Memory {
  return {
    token: () => storage.get(TOKEN) || null,
    keepToken: (token) => storage.set(TOKEN, token),
    username: () => storage.get(USERNAME) || null,
    keepUsername: (username) => storage.set(USERNAME, username),
    native: () => readRecord(storage.get(NATIVE)),
    keepNative: (record) => storage.set(NATIVE, JSON.stringify(record)),
    forgetToken: () => storage.remove(TOKEN),
    forgetNative: () => storage.remove(NATIVE),
    forget() {
      storage.remove(TOKEN)
      storage.remove(NATIVE)
    },
  }
}

/** A short fingerprint, to see whether two tokens differ. It cannot be used as a token. */
export const fingerprint = (token: string): string => token.slice(-12)

function readRecord(text: string | null): NativeRecord | null {
  if (!text) return null
  try {
    const record: unknown = JSON.parse(text)
    return isRecord(record) ? record : null
  } catch {
    return null
  }
}

const isRecord = (value: unknown): value is NativeRecord =>
  typeof value === 'object' &&
  value !== null &&
  ['workspaceId', 'userId', 'sessionId'].every(
    (key) => typeof (value as Record<string, unknown>)[key] === 'string',
  )
