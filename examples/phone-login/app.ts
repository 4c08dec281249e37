// Nobody types a password on the controller: its login page shows a QR code, and the phone, on which the team's own login knows
// the pilot, approves it. The login here is a session of Express with names and passwords, which stands for any login.

import { djiCloud } from 'dji-cloud/express'
import { phoneLogin } from 'dji-cloud/phone-login'
import express from 'express'
import session from 'express-session'
import { loginPage } from '../sso/login-page.ts'
import { STAFF } from '../sso/staff.ts'

declare module 'express-session' {
  interface SessionData {
    staffId: string
  }
}

type Options = Parameters<typeof djiCloud>[0]
type PhoneOptions = Parameters<typeof phoneLogin>[0]

/** @param secret signs the host's own cookie */
export function buildApp(
  options?: Options,
  phone: PhoneOptions = {},
  secret = 'a-made-up-secret-for-this-example',
) {
  const app = express()
  app.use(session({ secret, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }))

  app.get('/login', (request, response) => {
    response.type('html').send(loginPage(back(request.query['return_to'])))
  })
  app.post('/login', express.urlencoded({ extended: false }), (request, response, next) => {
    const returnTo = back(request.query['return_to'])
    const { username, password } = request.body as Record<string, string>
    const found = STAFF.find((one) => one.name === username && one.password === password)
    if (found === undefined) return response.redirect(`/login?return_to=${encodeURIComponent(returnTo)}`)
    // A new session for every login: one that somebody has planted before is worth nothing.
    return request.session.regenerate((error) => {
      if (error) return next(error)
      request.session.staffId = found.id
      return request.session.save(() => response.redirect(returnTo))
    })
  })
  app.get('/logout', (request, response, next) => {
    request.session.destroy((error) =>
      error ? next(error) : response.redirect(back(request.query['return_to'])),
    )
  })

  const cloud = djiCloud({
    ...options,
    users: false,
    login: {
      label: 'Example SSO',
      loginUrl: '/login',
      logoutUrl: '/logout',
      currentUser: (request) => request.session.staffId,
      findById: (id) => {
        const found = STAFF.find((one) => one.id === id)
        return found && { id: found.id, username: found.name, workspace: found.workspace }
      },
    },
    plugins: [phoneLogin(phone)],
  })
  app.use(cloud)
  return { app, cloud }
}

/** Only a path of this site: a login page that sends the browser anywhere helps an attacker. */
const back = (value: unknown): string =>
  typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : '/'
