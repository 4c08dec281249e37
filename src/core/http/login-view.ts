import { wordsIn } from '../access/login-fields.ts'
import type { ParsedOptions } from '../options/schema.ts'
import { loginFormView } from '../pages/login-view.ts'
import type { LoginView } from '../pages/page-data.ts'
import type { UserStore } from '../ports/index.ts'
import { languageOf } from './language.ts'
import type { HttpRequest } from './types.ts'

/** Part of the user agent of Pilot's web view (facts A1). */
const PILOT = 'dji-open-platform'

/** What the login page asks this client for. */
export function loginView(
  users: Pick<UserStore, 'fields' | 'verifyChallenge'>,
  pages: Pick<ParsedOptions['pages'], 'language' | 'messages' | 'help'>,
  request: Pick<HttpRequest, 'headers'>,
): LoginView {
  const language = languageOf(pages, request)
  return {
    in_pilot: String(request.headers['user-agent']).includes(PILOT),
    help: pages.help === undefined ? '' : wordsIn(pages.help, language),
    ...loginFormView(users, language),
  }
}
