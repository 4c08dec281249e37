// Source: websockets/ws#1293, nodejs/node#59924 (http2.createSecureServer with allowHTTP1, WebSockets over HTTP/1.1). Needs: koa ws selfsigned.

import { once } from 'node:events'
import http2 from 'node:http2'
import https from 'node:https'
import { check, cleanups, finish, logs, need, note, options, sleep } from './support/host.mjs'

const Koa = need('koa')
const { djiCloud } = need('dji-cloud/koa')
const selfsigned = need('selfsigned')
const pems = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
  keySize: 2048,
  algorithm: 'sha256',
})
const app = new Koa()
const unhandled = []
app.on('error', (error) => unhandled.push(error.message))
process.on('uncaughtException', (error) => unhandled.push(`uncaught ${error.message}`))
process.on('unhandledRejection', (error) => unhandled.push(`unhandled ${error?.message}`))
const cloud = djiCloud(options())
app.use(cloud)
app.use((ctx) => {
  ctx.body = 'host'
})
cleanups.push(() => cloud.close())
await cloud.ready()
const server = http2.createSecureServer(
  { key: pems.private, cert: pems.cert, allowHTTP1: true },
  app.callback(),
)
server.listen(0, '127.0.0.1')
await once(server, 'listening')
cleanups.push(() => server.close())
const port = server.address().port
const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
cleanups.push(() => session.destroy())
const h2 = (headers, body) =>
  new Promise((resolve) => {
    const stream = session.request(headers)
    let status,
      text = ''
    stream.setEncoding('utf8')
    stream
      .on('response', (got) => {
        status = got[':status']
      })
      .on('data', (chunk) => {
        text += chunk
      })
      .on('end', () => resolve({ status, text }))
      .on('error', (error) => resolve({ status: error.message, text }))
    stream.end(body)
  })
const page = await h2({ ':path': '/pilot' })
check(
  'HTTP/2: page',
  page.status === 200 && page.text.includes('</html>'),
  `${page.status} ${page.text.slice(0, 80)}`,
)
const body = '{"username":"tester","password":"only-for-tests","flag":2}'
const streamed = await h2(
  { ':path': '/manage/api/v1/login', ':method': 'POST', 'content-type': 'application/json' },
  body,
)
check(
  'HTTP/2: login, the length not announced',
  streamed.status === 200,
  `${streamed.status} ${streamed.text.slice(0, 200)}`,
)
const user = await h2(
  {
    ':path': '/manage/api/v1/login',
    ':method': 'POST',
    'content-type': 'application/json',
    'content-length': body.length,
  },
  body,
)
check('HTTP/2: login, the length announced', user.status === 200, `${user.status} ${user.text.slice(0, 120)}`)
const token = (() => {
  try {
    return JSON.parse(user.text).data.access_token
  } catch {
    return ''
  }
})()
const current = await h2({ ':path': '/manage/api/v1/users/current', 'x-auth-token': token })
check(
  'HTTP/2: users/current has addresses',
  current.status === 200,
  `${current.status} ${current.text.slice(0, 200)}`,
)
const own = await h2({ ':path': '/own' })
check("HTTP/2: the host's route", own.text === 'host', `${own.status}`)
const over1 = await new Promise((resolve) =>
  https
    .get(
      { host: '127.0.0.1', port, path: '/pilot', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] },
      (response) => {
        let text = ''
        response
          .on('data', (d) => {
            text += d
          })
          .on('end', () => resolve({ status: response.statusCode, text }))
      },
    )
    .on('error', (error) => resolve({ status: error.message, text: '' })),
)
check('HTTP/1.1 on the same port: page', over1.status === 200, String(over1.status))
const { WebSocket } = need('ws')
const socket = new WebSocket(`wss://127.0.0.1:${port}/api/v1/ws?x-auth-token=${token}`, {
  rejectUnauthorized: false,
})
const how = await Promise.race([
  once(socket, 'open').then(() => 'open'),
  once(socket, 'unexpected-response').then(([, r]) => `HTTP ${r.statusCode}`),
  once(socket, 'error').then(([e]) => e.message),
  sleep(4000).then(() => 'nothing'),
]).catch((e) => e.message)
check("Pilot's WebSocket opens", how === 'open', how)
note('errors of the host:', JSON.stringify(unhandled), 'logged:', JSON.stringify([...new Set(logs)]))
check('no stray error', unhandled.length === 0)
socket.terminate()
await finish()
