// An ordinary app with its own routes, body parser and error handler. Only the two marked lines are for dji-cloud.

import { djiCloud } from 'dji-cloud/koa'
import Koa from 'koa'
import bodyParser from 'koa-bodyparser'
import mountAt from 'koa-mount'
import { IncidentLog } from '../incidents.ts'

type Options = Parameters<typeof djiCloud>[0]

/** @param mount path of the platform: with `/drones`, the access link ends in `/drones/pilot` */
export function buildApp(options?: Options, mount = '/') {
  const log = new IncidentLog()
  const app = new Koa()
  app.use(errorPage)
  app.use(bodyParser())

  app.use(async (context, next) => {
    const route = `${context.method} ${context.path}`
    if (route === 'GET /') context.body = 'Incident log'
    else if (route === 'GET /incidents') context.body = log.all()
    else if (route === 'POST /incidents') {
      context.body = log.add(context.request.body)
      context.status = 201
    } else await next()
  })

  const cloud = djiCloud(options) // (1)
  app.use(mount === '/' ? cloud : mountAt(mount, cloud)) // (2)

  app.use(
    mountAt(
      '/briefing',
      new Koa().use(cloud.requireAuth()).use((context) => {
        context.body = { open: log.all().length }
      }),
    ),
  )
  return { app, cloud }
}

const errorPage: Koa.Middleware = async (context, next) => {
  try {
    await next()
  } catch (error) {
    const { status, message } = error as { status?: unknown; message?: unknown }
    context.status = typeof status === 'number' ? status : 500
    context.body = { problem: context.status < 500 ? message : 'unexpected' }
  }
}
