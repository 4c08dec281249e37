// A server to load: `node server.mjs express|koa own|authenticated bare|layer|mounted`. It tells its address and the
// headers to send. Each app is as small as possible, so that the cost of the middleware is not hidden by other work.
import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'

const [framework, route, variant, place] = process.argv.slice(2)
const USER = { username: 'bench', password: 'bench' }
const CURRENT = '/manage/api/v1/workspaces/current'
const frameworks = { express: expressApp, koa: koaApp }

/** Hand-written authentication for comparison: the same algorithm, and token and answer of the same size. */
const byHand = {
  // A key object, because jsonwebtoken tries a string as a public key first, which costs several times more.
  secret: createSecretKey(Buffer.from('b'.repeat(44))),
  token() {
    const id = () => crypto.randomUUID()
    return jwt.sign({ sid: id(), wid: id(), jti: id(), sub: id(), role: 'pilot' }, this.secret, {
      algorithm: 'HS256',
      audience: 'dji-cloud/access',
      issuer: 'dji-cloud',
      expiresIn: 43_200,
    })
  },
  verify(token) {
    return jwt.verify(token, this.secret, {
      algorithms: ['HS256'],
      audience: 'dji-cloud/access',
      issuer: 'dji-cloud',
    })
  },
  answer: (claims) => ({
    code: 0,
    message: 'success',
    data: {
      workspace_id: claims.wid,
      workspace_name: 'Workspace',
      workspace_desc: '',
      platform_name: 'dji-cloud',
      bind_code: '',
    },
  }),
}

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send(user + system)
})

const { listener, cloud } = await frameworks[framework](variant === 'mounted')
await cloud?.ready()
const server = listener.listen(0, '127.0.0.1', async () => {
  const origin = `http://127.0.0.1:${server.address().port}`
  process.send(
    route === 'own'
      ? { url: `${origin}/own` }
      : { url: origin + CURRENT, headers: await authenticate(origin) },
  )
})

async function expressApp(mounted) {
  const { default: express } = await import('express')
  const app = express()
  let cloud
  if (mounted) {
    const { djiCloud } = await import('dji-cloud/express')
    cloud = djiCloud({ mqtt: { port: 0 }, users: [USER], ...(await sessionsAt(place)) })
    app.use(cloud)
  }
  // The cost of an empty middleware in this framework. It is not a cost of the platform.
  if (variant === 'layer') app.use((_request, _response, next) => next())
  app.get('/own', (_request, response) => response.json({ own: true }))
  if (!mounted) {
    app.get(CURRENT, (request, response) => {
      const claims = byHand.verify(request.headers['x-auth-token'])
      response.json(byHand.answer(claims))
    })
  }
  return { listener: app, cloud }
}

async function koaApp(mounted) {
  const { default: Koa } = await import('koa')
  const app = new Koa()
  let cloud
  if (mounted) {
    const { djiCloud } = await import('dji-cloud/koa')
    cloud = djiCloud({ mqtt: { port: 0 }, users: [USER], ...(await sessionsAt(place)) })
    app.use(cloud)
  }
  if (variant === 'layer') app.use((_context, next) => next())
  app.use((context) => {
    if (context.path === '/own') context.body = { own: true }
  })
  return { listener: app, cloud }
}

async function authenticate(origin) {
  if (variant === 'bare') return { 'x-auth-token': byHand.token() }
  const response = await fetch(`${origin}/manage/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...USER, flag: 2 }),
  })
  const { data } = await response.json()
  return { 'x-auth-token': data.access_token }
}

/** Sessions in `redis://...` or in a SQLite file; in memory if neither is given. */
async function sessionsAt(place) {
  if (place === undefined) return {}
  const { migrateSql, redisSessions, sqlSessions } = await import('dji-cloud')
  if (place.startsWith('redis:')) return { sessions: redisSessions({ url: place }) }
  const { Kysely, SqliteDialect } = await import('kysely')
  const { default: Database } = await import('libsql')
  const db = new Kysely({ dialect: new SqliteDialect({ database: new Database(place) }) })
  await migrateSql({ db })
  return { sessions: sqlSessions({ db }) }
}
