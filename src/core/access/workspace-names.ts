import type { Clock, Session, User } from '../ports/index.ts'

/** A name that was changed is shown after this long. Milliseconds. */
const REMEMBERED_MS = 60_000
/** Only a bound on memory. */
const MAX_REMEMBERED = 10_000

/** The name of a session's workspace, which only the user store knows: a front end may ask for a device every second. */
export function createWorkspaceNames(
  load: (session: Session) => Promise<Pick<User, 'workspace'>>,
  clock: Clock,
): (session: Session) => Promise<string> {
  const names = new Map<string, { readonly name: string; readonly until: number }>()
  return async (session) => {
    const known = names.get(session.workspaceId)
    if (known !== undefined && known.until > clock.now()) return known.name
    const { name } = (await load(session)).workspace
    if (names.size >= MAX_REMEMBERED) names.clear()
    names.set(session.workspaceId, { name, until: clock.now() + REMEMBERED_MS })
    return name
  }
}
