import { LruMap } from '../lru-map.ts'
import type { Clock, Session, User } from '../ports/index.ts'

/** A changed name is shown after this time, in ms. */
const REMEMBERED_MS = 60_000
/** Bounds the memory. */
const MAX_REMEMBERED = 10_000

/** Caches the name of a session's workspace. Only the user store knows it, and a front end may ask every second. */
export function createWorkspaceNames(
  load: (session: Session) => Promise<Pick<User, 'workspace'>>,
  clock: Clock,
): (session: Session) => Promise<string> {
  const names = new LruMap<string, { readonly name: string; readonly until: number }>(MAX_REMEMBERED)
  return async (session) => {
    const known = names.get(session.workspaceId)
    if (known !== undefined && known.until > clock.now()) return known.name
    const { name } = (await load(session)).workspace
    names.set(session.workspaceId, { name, until: clock.now() + REMEMBERED_MS })
    return name
  }
}
