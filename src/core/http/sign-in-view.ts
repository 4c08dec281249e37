import { isDjiCloudError } from '../errors.ts'
import type { SignInView } from '../pages/page-data.ts'
import type { SignIn } from '../sign-in/sign-in.ts'
import type { HttpRequest } from './types.ts'

/** Where a login elsewhere brings the browser back to. The login page then shows "Continue as". */
const LOGIN_PAGE = '/pilot/login'

/**
 * What the login page shows of the other logins; null: there are none.
 * @param password whether the page has the form for name and password
 */
export async function signInView(
  signIn: SignIn,
  request: HttpRequest,
  password: boolean,
): Promise<SignInView | null> {
  if (signIn.sources.length === 0) return null
  // The page has to come also while a source is down: the service has logged it, and its link may work again.
  const found = await signIn.signedInUser(request).catch((error: unknown) => {
    if (isDjiCloudError(error)) return null
    throw error
  })
  const links = signIn.links(request, LOGIN_PAGE)
  // All links have failed: the page is then as without them.
  if (found === null && links.length === 0 && password) return null
  return {
    user: found === null ? null : { id: found.user.id, name: found.user.username },
    label: found?.source.label ?? null,
    sign_out: found === null ? null : signIn.signOutLink(request, found.source.id, LOGIN_PAGE),
    links,
    password,
  }
}
