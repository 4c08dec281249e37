import { isDjiCloudError } from '../errors.ts'
import type { LoginReason, SignInView } from '../pages/page-data.ts'
import type { SignIn } from '../sign-in/sign-in.ts'
import type { HttpRequest } from './types.ts'

/** The page to which the browser returns after a login elsewhere. It then shows "Continue as". */
const LOGIN_PAGE = '/pilot/login'

/** What the login page shows of the other logins. */
export interface SignInOnPage {
  /** Null: there are none. */
  readonly signIn: SignInView | null
  /** The message that the page shows first. Null: no message, because all logins have answered. */
  readonly reason: LoginReason | null
}

/** @param password whether the page has the form for name and password */
export async function signInView(
  signIn: SignIn,
  request: HttpRequest,
  password: boolean,
): Promise<SignInOnPage> {
  if (signIn.sources.length === 0) return { signIn: null, reason: null }
  let reason: LoginReason | null = null
  // The page must open even if a source fails. The service has logged that, and the link of the source may work again.
  const found = await signIn.signedInUser(request).catch((error: unknown) => {
    if (!isDjiCloudError(error)) throw error
    reason = 'sign_in_unavailable'
    return null
  })
  const links = signIn.links(request, LOGIN_PAGE)
  // If all links failed, the page looks as if there were no other logins.
  if (found === null && links.length === 0 && password) return { signIn: null, reason: null }
  const view: SignInView = {
    user: found === null ? null : { id: found.user.id, name: found.user.username },
    label: found?.source.label ?? null,
    sign_out: found === null ? null : signIn.signOutLink(request, found.source.id, LOGIN_PAGE),
    links,
    password,
  }
  return { signIn: view, reason }
}
