import type { Problem } from '../checking/explain.ts'

/** Options whose new name is too far from the old one to be guessed, or in another place. */
const RENAMED: Readonly<Record<string, string>> = {
  attempts: 'loginRateLimit.store',
  loginThrottle: 'loginRateLimit',
  'license.license': 'license.appLicense',
  'presence.maxDevices': 'limits.devicesPerWorkspace',
  'tokens.sessionsPerUser': 'limits.sessionsPerUser',
}

/** Names the new name where an unknown option has the name of an old one. */
export const withNewName = (problem: Problem): Problem =>
  problem.text.startsWith('is not an option') && Object.hasOwn(RENAMED, problem.path)
    ? { ...problem, text: `is not an option any more; it is now ${RENAMED[problem.path]}` }
    : problem
