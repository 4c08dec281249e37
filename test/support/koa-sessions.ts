import { createHash } from 'node:crypto'
import { djiCloud } from 'dji-cloud/koa'
import Koa from 'koa'
import session from 'koa-session'
import { loginPage } from '../../examples/sso/login-page.ts'
import { STAFF } from '../../examples/sso/staff.ts'
import type { DjiCloudOptions } from '../../src/core/options/types.ts'

/** A Koa app with koa-session, whose login is a form of its own. */
export function koaWithSession(options: DjiCloudOptions) {
  const app = new Koa()
  app.keys = [createHash('sha256').update('a made-up key of a test').digest('hex')]
  app.use(session({ sameSite: 'lax' }, app))
  app.use(async (ctx, next) => {
    if (ctx.path !== '/login') return next()
    const back = String(ctx.query['return_to'] ?? '/')
    const returnTo = /^\/(?![/\\])/.test(back) ? back : '/'
    if (ctx.method === 'GET') {
      ctx.type = 'html'
      ctx.body = loginPage(returnTo)
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of ctx.req) chunks.push(chunk as Buffer)
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
    const found = STAFF.find(
      ({ name, password }) => name === form.get('username') && password === form.get('password'),
    )
    if (found !== undefined && ctx.session !== null) ctx.session['userId'] = found.id
    ctx.redirect(returnTo)
  })
  const cloud = djiCloud({
    ...(options as Parameters<typeof djiCloud>[0]),
    login: {
      label: 'Example SSO',
      loginUrl: '/login',
      currentUser: (ctx) => ctx.session?.['userId'] as string | undefined,
      findById(id) {
        const found = STAFF.find((one) => one.id === id)
        return found && { id, username: found.name, workspace: found.workspace }
      },
    },
  })
  app.use(cloud)
  return { listener: app.callback(), cloud }
}
