import type { Session, SessionFilter } from '../ports/index.ts'

/** Selects sessions to look up again, by every given field; `{}`: all. */
export interface RecheckFilter extends SessionFilter {
  /** Sessions that the sign-in source of this id vouched for. */
  readonly signInSource?: string
}

const NAMES: readonly string[] = ['id', 'userId', 'workspaceId']

/** Refuses unknown names in a filter, because a misspelled filter must not end all sessions. `{}` means all. */
export function checkedFilter<Filter extends SessionFilter>(filter: Filter, known = NAMES): Filter {
  for (const [key, value] of Object.entries(filter)) {
    if (!known.includes(key))
      throw new TypeError(`sessions: "${key}" is not a filter. Use one of these: ${known.join(', ')}`)
    if (typeof value !== 'string') throw new TypeError(`sessions: the filter "${key}" needs a text.`)
  }
  return filter
}

/**
 * The part of the filter that a store understands, and a function that checks the rest, because stores cannot search
 * for a source.
 */
export function withoutSource(
  filter: RecheckFilter,
): readonly [SessionFilter, (session: Pick<Session, 'signInSource'>) => boolean] {
  const { signInSource, ...others } = checkedFilter(filter, [...NAMES, 'signInSource'])
  return [others, (session) => signInSource === undefined || session.signInSource === signInSource]
}
