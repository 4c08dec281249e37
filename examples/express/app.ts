// An ordinary app with its own routes, body parser and error handler. Only the two marked lines are for dji-cloud.

import { djiCloud } from 'dji-cloud/express'
import express, { type ErrorRequestHandler } from 'express'
import { IncidentLog } from '../incidents.ts'

type Options = Parameters<typeof djiCloud>[0]

/** @param mount path of the platform: with `/drones`, the access link ends in `/drones/pilot` */
export function buildApp(options?: Options, mount = '/') {
  const log = new IncidentLog()
  const app = express()
  app.use(express.json())

  app.get('/', (_request, response) => {
    response.type('text').send('Incident log')
  })
  app.get('/incidents', (_request, response) => {
    response.json(log.all())
  })
  app.post('/incidents', (request, response) => {
    response.status(201).json(log.add(request.body))
  })

  const cloud = djiCloud(options) // (1)
  app.use(mount, cloud) // (2)

  // Only users of the platform may read the log here.
  app.get('/briefing', cloud.requireAuth(), (_request, response) => {
    response.json({ open: log.all().length })
  })
  app.use(errorPage)
  return { app, cloud }
}

const errorPage: ErrorRequestHandler = (error, _request, response, _next) => {
  const status = typeof error.status === 'number' ? error.status : 500
  response.status(status).json({ problem: status < 500 ? error.message : 'unexpected' })
}
