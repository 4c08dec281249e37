// An app as teams already have it: its own routes, body parser and error handler. dji-cloud is the two marked lines.

import { djiCloud } from 'dji-cloud/express'
import express, { type ErrorRequestHandler } from 'express'
import { IncidentLog } from '../incidents.ts'

type Options = Parameters<typeof djiCloud>[0]

/** @param mount where the platform lives: `/drones` makes the access link end in `/drones/pilot` */
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

  // The platform has no body for these: only its users may read the log as a pilot does.
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
