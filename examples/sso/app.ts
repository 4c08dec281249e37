// The login that a team already has opens the platform too, without a password of ours. Here it is passport with names and
// passwords (passport-local), which stands for any login: with SAML or OpenID Connect, only `use(...)` is another line.

import { djiCloud } from 'dji-cloud/express'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import { Strategy } from 'passport-local'
import { loginPage } from './login-page.ts'
import { STAFF, type Staff } from './staff.ts'

declare global {
  namespace Express {
    // What passport leaves on a request: `request.user`.
    interface User extends Staff {}
  }
}

type Options = Parameters<typeof djiCloud>[0]

/** @param secret signs the host's own cookie */
export function buildApp(options?: Options, secret = 'a-made-up-secret-for-this-example') {
  const auth = new passport.Passport()
  auth.use(
    new Strategy((name, password, done) => {
      const found = STAFF.find((one) => one.name === name && one.password === password)
      done(null, found ?? false)
    }),
  )
  auth.serializeUser((user, done) => done(null, user.id))
  auth.deserializeUser((id, done) => done(null, STAFF.find((one) => one.id === id) ?? false))

  const app = express()
  app.use(session({ secret, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }))
  app.use(auth.session())

  app.get('/login', (request, response) => {
    response.type('html').send(loginPage(back(request.query['return_to'])))
  })
  app.post('/login', express.urlencoded({ extended: false }), (request, response, next) => {
    const returnTo = back(request.query['return_to'])
    const failureRedirect = `/login?return_to=${encodeURIComponent(returnTo)}`
    auth.authenticate('local', { successRedirect: returnTo, failureRedirect })(request, response, next)
  })
  app.get('/logout', (request, response, next) => {
    request.logout((error) => (error ? next(error) : response.redirect(back(request.query['return_to']))))
  })

  const cloud = djiCloud({
    ...options,
    login: {
      label: 'Example SSO',
      loginUrl: '/login',
      logoutUrl: '/logout',
      currentUser: (request) => request.user,
      findById: (id) => {
        const found = STAFF.find((one) => one.id === id)
        return found && { id: found.id, username: found.name, workspace: found.workspace }
      },
    },
  })
  // Behind the session: what is mounted before it knows nobody.
  app.use(cloud)
  return { app, cloud }
}

/** Only a path of this site: a login page that sends the browser anywhere helps whoever wants to be taken for it. */
const back = (value: unknown): string =>
  typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : '/'
