// A page of the host's own that shows who is flying: the devices of the user's workspace as a list and as a picture,
// updated with each report. It needs no map tiles, no library and no Internet: it draws only the positions relative to each other.

import { readFile } from 'node:fs/promises'
import { djiCloud } from 'dji-cloud/express'
import express from 'express'

type Options = Parameters<typeof djiCloud>[0]

const page = new URL('./page.html', import.meta.url)

export function buildApp(options?: Options) {
  const app = express()
  const cloud = djiCloud(options)
  app.use(cloud)

  app.get('/', async (_request, response) => {
    response.type('html').send(await readFile(page, 'utf8'))
  })

  // The devices that are online now, as GeoJSON, which any map can show.
  app.get('/map/devices', cloud.requireAuth(), (request, response) => {
    response.json(request.dji?.devices.toGeoJSON())
  })

  // Then every report, one JSON text per line, until the page is closed. A slow page misses some reports, but is
  // never late: the iterator keeps only the newest report of each device.
  app.get('/map/reports', cloud.requireAuth(), async (request, response) => {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    response.type('application/x-ndjson').flushHeaders()
    const devices = cloud.devices.in(String(request.dji?.workspaceId))
    for await (const { serial, gateway, at, osd } of devices.telemetry({ signal: gone.signal })) {
      const sent = response.write(`${JSON.stringify({ serial, gateway, at, osd })}\n`)
      if (!sent) await drained(response, gone.signal)
    }
    response.end()
  })

  return { app, cloud }
}

const drained = (response: express.Response, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    response.once('drain', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
