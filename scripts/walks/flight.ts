import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { connectAsync } from 'mqtt'
import { WebSocket } from 'ws'

type DjiCloudFactory = typeof import('../../src/express.ts').djiCloud

const USER = { username: 'walker', password: 'obviously-fake-walker' }
const GATEWAY = 'RCFAKEWALK0001'
const AIRCRAFT = 'ACFAKEWALK0001'

/** One pilot with a controller, an aircraft and a WebSocket. */
export interface Flight {
  /** Asks a route that needs a token. */
  ask(): Promise<unknown>
  /** Sends one OSD packet. Resolves when the WebSocket has it. */
  report(): Promise<void>
  /** Logs out. Resolves when the WebSocket and the controller are disconnected. */
  leave(): Promise<void>
}

/** A platform in Express, with the embedded broker and stores in memory. */
export async function startPlatform(djiCloud: DjiCloudFactory) {
  const cloud = djiCloud({
    license: { appId: '100000', appKey: 'fake-app-key', appLicense: 'RkFLRS1MSUNFTkNFLU9GLUEtVEVTVA==' },
    workspace: { id: '11111111-2222-4333-8444-555555555555', name: 'Walks', description: '' },
    users: [USER],
    mqtt: { host: '127.0.0.1', port: 0 },
    logger: false,
  })
  const server = createServer(express().use(cloud)).listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), cloud.ready()])
  const at = `127.0.0.1:${(server.address() as AddressInfo).port}`

  async function ask(path: string, method: string, headers: Record<string, string>, body?: object) {
    const response = await fetch(`http://${at}/manage/api/v1${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await response.json()) as { code: number; data: Record<string, string> }
  }

  return {
    async fly(): Promise<Flight> {
      const { data: login } = await ask('/login', 'POST', {}, USER)
      const token = { 'x-auth-token': String(login['access_token']) }
      const controller = await connectAsync(cloud.mqttAddress('127.0.0.1'), {
        username: String(login['mqtt_username']),
        password: String(login['mqtt_password']),
        clientId: GATEWAY,
        reconnectPeriod: 0,
      })
      const socket = new WebSocket(
        `ws://${at}/api/v1/ws?x-auth-token=${encodeURIComponent(token['x-auth-token'])}`,
      )
      await once(socket, 'open')
      const pushed = (code: string) =>
        new Promise<void>((resolve) => {
          const seen = (data: unknown) => {
            if ((JSON.parse(String(data)) as { biz_code: string }).biz_code !== code) return
            socket.off('message', seen)
            resolve()
          }
          socket.on('message', seen)
        })
      const send = (topic: string, message: object) => controller.publish(topic, JSON.stringify(message))
      const online = pushed('device_online')
      send(`sys/product/${GATEWAY}/status`, {
        tid: 't1',
        bid: 'b1',
        method: 'update_topo',
        data: { type: 144, sub_type: 0, sub_devices: [{ sn: AIRCRAFT, type: 77, sub_type: 0 }] },
      })
      await online
      return {
        ask: () => ask('/workspaces/current', 'GET', token),
        async report() {
          const seen = pushed('device_osd')
          send(`thing/product/${AIRCRAFT}/osd`, {
            tid: 't2',
            bid: 'b2',
            data: { latitude: 1, longitude: 2 },
          })
          await seen
        },
        async leave() {
          const gone = [
            once(socket, 'close'),
            new Promise<void>((resolve) => controller.once('close', () => resolve())),
          ]
          await ask('/logout', 'POST', token, {})
          await Promise.all(gone)
          await controller.endAsync(true)
        },
      }
    },
    async stop() {
      await cloud.close()
      server.close()
    },
  }
}
