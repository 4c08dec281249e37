// Source: nestjs/nest#10057, #453 (middleware by `consumer.apply(...).forRoutes(...)`, global prefix). Needs: @nestjs/common @nestjs/core @nestjs/platform-express reflect-metadata rxjs ws mqtt.
// The way Nest's own chapter on middleware shows: consumer.apply(cloud).forRoutes('*'), beside `app.use(cloud)` and a global prefix.
import { ask, check, cleanups, finish, login, logs, need, note, options } from './support/host.mjs'

need('reflect-metadata')
const { NestFactory } = need('@nestjs/core')
const { Module, Controller, Get } = need('@nestjs/common')
const { djiCloud } = need('dji-cloud/express')
const ways = {
  'app.use(cloud) and setGlobalPrefix': [
    null,
    (app, cloud) => {
      app.setGlobalPrefix('api')
      app.use(cloud)
    },
  ],
  "consumer.apply(cloud).forRoutes('*')": ['*', () => {}],
  "consumer.apply(cloud).forRoutes('{*splat}')": ['{*splat}', () => {}],
}
for (const [name, [routes, dress]] of Object.entries(ways)) {
  logs.length = 0
  const cloud = djiCloud(options())
  cleanups.push(() => cloud.close())
  await cloud.ready()
  class Hello {
    hello() {
      return 'hello'
    }
  }
  Controller('hello')(Hello)
  Get()(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello'))
  class App {
    configure(consumer) {
      if (routes !== null) consumer.apply(cloud).forRoutes(routes)
    }
  }
  Module({ controllers: [Hello] })(App)
  let app
  try {
    app = await NestFactory.create(App, { logger: false, abortOnError: false })
    dress(app, cloud)
    await app.listen(0, '127.0.0.1')
  } catch (error) {
    check(`${name}: Nest starts`, false, error.message)
    continue
  }
  cleanups.push(() => app.close())
  const base = `http://127.0.0.1:${app.getHttpServer().address().port}`
  const page = await ask(`${base}/pilot`)
  check(
    `${name}: page`,
    page.status === 200 && page.text.includes('</html>'),
    `${page.status} ${page.text.slice(0, 120)}`,
  )
  const user = await login(base)
  check(`${name}: login`, typeof user?.access_token === 'string')
  note(name, 'logged', JSON.stringify(logs))
}
await finish()
