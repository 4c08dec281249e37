import type { SignInSource } from './source.ts'

const ID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/

/**
 * What is wrong with a sign-in source of a plugin; null: nothing.
 * @param hasUsers whether the option `users` can be asked for the users of a source that does not know them itself
 */
export function sourceFault(source: SignInSource, hasUsers: boolean): string | null {
  // The plugin may be JavaScript.
  const { id, label, currentUser, findById, startUrl, signOutUrl }: Partial<SignInSource> = source
  if (typeof id !== 'string' || !ID.test(id) || id.length > 64)
    return 'has a sign-in source with a wrong id; needs small letters, digits and hyphens, such as oidc'
  const wrong = (needs: string): string => `has the sign-in source ${id}, which needs ${needs}`
  if (typeof label !== 'string' || label.trim() === '' || label.length > 64)
    return wrong('a label of 1 to 64 characters, which pilots read: "Log in with <label>"')
  if (typeof currentUser !== 'function') return wrong('the function currentUser(request)')
  if (typeof startUrl !== 'function') return wrong('the function startUrl(returnTo, request)')
  if (findById !== undefined && typeof findById !== 'function') return wrong('a function findById(id, data)')
  if (signOutUrl !== undefined && typeof signOutUrl !== 'function') return wrong('a function signOutUrl')
  return findById === undefined && !hasUsers
    ? wrong('the function findById(id, data), because there is no option users that could be asked')
    : null
}
