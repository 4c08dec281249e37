// A server with its own front end: dji-cloud serves the API and MQTT, and the app serves its own page at /front.
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

/** @param script the browser script that `buildFront` returned */
export function buildApp(script: string, options: DjiCloudOptions = {}) {
  const app = express()
  // Pilot's web view keeps old pages. This header forbids it for this page.
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
