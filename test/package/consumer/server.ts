// Compiled and run twice by package.test.ts: as ESM and as CJS, against the installed tarball and a real Express.

import type { AddressInfo } from 'node:net'
import { createDjiCloud, isDjiCloudError } from 'dji-cloud'
import { djiCloud } from 'dji-cloud/express'
import type { Request, Response } from 'express'
import express from 'express'

const cloud = djiCloud({ mqtt: { port: 0 } })
cloud.on('gateway.online', (event) => {
  const at: number = event.at
  console.error(event.gateway, at)
})

const app = express()
app.get('/own', (_request: Request, response: Response) => {
  response.json({ own: true })
})
app.use(cloud)

const server = app.listen(0, '127.0.0.1', () => {
  report().catch((error: unknown) => {
    console.error(error)
    process.exitCode = 1
  })
})

async function report(): Promise<void> {
  await cloud.ready()
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const page = await fetch(`${origin}/pilot`)
  const html = await page.text()
  // As a browser has them: relative to the page.
  const links = [...html.matchAll(/(?:src|href)="([^"]*\/pilot\/assets\/[^"]+)"/g)].map(
    (match) => match[1] ?? '',
  )
  const paths = links.map((link) => new URL(link, `${origin}/pilot`).pathname)
  const assets = await Promise.all(paths.map(async (path) => [path, (await fetch(origin + path)).status]))
  const own = await fetch(`${origin}/own`).then((response) => response.json())
  console.log(
    JSON.stringify({
      page: page.status,
      type: page.headers.get('content-type'),
      assets,
      own,
      core: typeof createDjiCloud,
      guard: isDjiCloudError(new Error('x')),
    }),
  )
  await cloud.close()
  server.close()
}
