// The server of a team that has its own front end: dji-cloud serves the API and MQTT, the team its page at /front.
// Pilots type https://.../front.

import type { DjiCloudOptions } from 'dji-cloud'
import { djiCloud } from 'dji-cloud/express'
import express from 'express'

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="icon" href="data:,">
  <title>Survey Cloud</title>
</head>
<body><div id="app"></div><script src="/front/app.js"></script></body>
</html>`

/** @param script what `buildFront` made */
export function buildApp(script: string, options: DjiCloudOptions = {}) {
  const app = express()
  // Pilot's web view keeps pages: never this one.
  app.get('/front', (_request, response) => {
    response.set('cache-control', 'no-store').type('html').send(PAGE)
  })
  app.get('/front/app.js', (_request, response) => {
    response.set('cache-control', 'no-cache').type('js').send(script)
  })
  const cloud = djiCloud(options)
  app.use(cloud)
  return { app, cloud }
}
