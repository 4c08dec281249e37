import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { afterEach, expect, test } from 'vitest'
import { djiCloud } from '../../src/express.ts'
import { createVirtualPilot } from '../../src/testing/index.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A proxy that takes `/site` off, and an app that knows nothing of it: no `publicUrl`, no trusted proxy. */
async function behindPrefix() {
  const app = express()
  const cloud = djiCloud({
    environment: 'development',
    users: testUsers(),
    license: { appId: '100000', appKey: 'made-up-key', appLicense: 'TUFERS1VUC1GT1ItVEVTVFM=' },
    mqtt: { host: '127.0.0.1', port: 0 },
    logger: false,
  })
  app.use(cloud)
  closing.push(() => cloud.close())
  await cloud.ready()
  const target = `http://127.0.0.1:${await listen(createServer(app))}`
  const proxy = createProxyMiddleware({ target, ws: true, pathRewrite: { '^/site': '' } })
  const front = express().use((request, response, next) =>
    request.url.startsWith('/site/') ? proxy(request, response, next) : next(),
  )
  const server = createServer(front)
  server.on('upgrade', proxy.upgrade as never)
  return { cloud, front: `http://127.0.0.1:${await listen(server)}` }
}

test('every address of a page leads through the prefix that the proxy has taken off', async () => {
  const { front } = await behindPrefix()
  for (const path of ['/site/pilot', '/site/pilot/login', '/site//pilot', '/site/pilot/home']) {
    const page = await fetch(`${front}${path}`)
    const text = await page.text()
    expect(page.status).toBe(200)
    const addresses = [...text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(
      (match) => new URL(match[1] ?? '', `${front}${path}`).href,
    )
    expect(addresses.length).toBeGreaterThanOrEqual(2)
    for (const address of addresses) expect((await fetch(address)).status, address).toBe(200)
  }
})

test('a pilot gets in, and Pilot is given addresses with the prefix', async () => {
  const { cloud, front } = await behindPrefix()
  const pilot = createVirtualPilot({ url: `${front}/site/pilot`, gateway: { serial: 'RCFAKE00000001' } })
  closing.push(() => pilot.close())
  const outcome = await pilot.login('amelia', PASSWORD)
  expect(outcome.kind).toBe('connected')
  await pilot.topologyAcknowledged()
  expect(cloud.devices.get('RCFAKE00000001')?.online).toBe(true)
  expect(pilot.call('apiGetHost', [])).toContain(`${front}/site/`)
  expect(String(pilot.call('wsGetConnectState', []))).toContain('true')
})
