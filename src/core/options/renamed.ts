import type { Problem } from '../checking/explain.ts'

/** Options whose new name is too different from the old one for a suggestion, or that moved to another place. */
const RENAMED: Readonly<Record<string, string>> = {
  attempts: 'loginRateLimit.store',
  loginThrottle: 'loginRateLimit',
  'license.license': 'license.appLicense',
  'presence.maxDevices': 'limits.devicesPerWorkspace',
  'tokens.sessionsPerUser': 'limits.sessionsPerUser',
}

/** Adds the new name if an unknown option was renamed. */
export const withNewName = (problem: Problem): Problem =>
  problem.text.startsWith('is not an option') && Object.hasOwn(RENAMED, problem.path)
    ? { ...problem, text: `is not an option any more; it is now ${RENAMED[problem.path]}` }
    : problem
