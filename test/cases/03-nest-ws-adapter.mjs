import {
  ask,
  check,
  cleanups,
  finish,
  login,
  logs,
  need,
  note,
  openSocket,
  options,
} from './support/host.mjs'

need('reflect-metadata')
const { NestFactory } = need('@nestjs/core')
const { Module, Controller, Get } = need('@nestjs/common')
const { WsAdapter } = need('@nestjs/platform-ws')
const { WebSocketGateway } = need('@nestjs/websockets')
const { djiCloud } = need('dji-cloud/express')
class Events {}
WebSocketGateway({ path: '/events' })(Events)
class Hello {
  hello() {
    return 'hello'
  }
}
Controller('hello')(Hello)
Get()(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello'))
class App {}
Module({ controllers: [Hello], providers: [Events] })(App)
const app = await NestFactory.create(App, { logger: false })
app.useWebSocketAdapter(new WsAdapter(app))
const cloud = djiCloud(options())
app.use(cloud)
cleanups.push(
  () => app.close(),
  () => cloud.close(),
)
await cloud.ready()
await app.listen(0, '127.0.0.1')
const port = app.getHttpServer().address().port
const base = `http://127.0.0.1:${port}`
check("the host's own route answers", (await ask(`${base}/hello`)).text === 'hello')
const user = await login(base)
check('login works', typeof user?.access_token === 'string')
const theirs = await openSocket(`ws://127.0.0.1:${port}/events`)
check("the host's own gateway opens", theirs.how === 'open', theirs.how)
const ours = await openSocket(`ws://127.0.0.1:${port}/api/v1/ws?x-auth-token=${user?.access_token}`)
check("Pilot's WebSocket opens", ours.how === 'open', ours.how)
note('logged:', JSON.stringify(logs))
await finish()
