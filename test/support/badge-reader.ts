import { cookieOf, definePlugin, type SignInSource, type SourceUser } from '../../src/plugin.ts'

/** The name of the cookie whose value is the id of a user. */
export const BADGE = 'badge'

/** A login that the app has: a cookie says who the browser is. @param users whom it knows, by id */
export function badgeReader(
  users: Readonly<Record<string, SourceUser>> = {},
  more: Partial<SignInSource> = {},
) {
  const source: SignInSource = {
    id: 'badge',
    label: 'Example SSO',
    currentUser: (request) => cookieOf(request, BADGE),
    findById: (id) => (Object.hasOwn(users, id) ? users[id] : null),
    startUrl: ({ path }) => `/sso?back=${encodeURIComponent(path)}`,
    ...more,
  }
  return definePlugin({ id: 'badge-reader', setup: () => ({ signIn: [source] }) })
}
