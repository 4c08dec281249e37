import { afterEach, describe, expect, it, test } from 'vitest'
import { differenceOf } from '../../src/core/plugins/doctor-checks.ts'
import { doctor } from '../../src/doctor/index.ts'
import { definePlugin, type PluginParts, route } from '../../src/plugin.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { startHost } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { WORKSPACE_A } from '../support/sessions.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function examine(id: string, parts: PluginParts) {
  const host = await startHost(
    { framework: 'express 5', mount: '/drones', parser: 'before' },
    {
      users: testUsers(),
      logger: false,
      mqtt: { port: 0, host: '127.0.0.1' },
      plugins: [definePlugin({ id, setup: () => parts })],
    },
  )
  closing.push(() => host.close())
  await host.cloud.ready()
  const report = await doctor({
    ...{ url: `${host.url}/drones/pilot`, username: 'amelia', password: PASSWORD, local: true },
    browser: null,
  })
  return { host, report, ofPlugins: report.findings.filter(({ id: found }) => found.includes('/')) }
}

const words = { what: 'No folder is set.', why: 'Uploads fail.', server: 'Set the option folder.' }

describe('checks of plugins', () => {
  it('are asked as the pilot who is logged in, and each says what is wrong and what to change', async () => {
    const asked: string[] = []
    const state = (path: string, answer: unknown) =>
      route({
        method: 'GET',
        path,
        guard: 'token',
        handle({ session, params }) {
          asked.push(`${session.username} ${params['workspace_id'] ?? ''}`)
          return answer
        },
      })
    const { report, ofPlugins, host } = await examine('media', {
      routes: [
        state('/media/v1/workspaces/:workspace_id/state', { folder: 'photos', free: 5 }),
        state('/media/v1/broken', { folder: null }),
      ],
      doctor: [
        {
          ...{ id: 'folder', title: 'the folder', path: '/media/v1/workspaces/:workspace_id/state' },
          expect: { fields: { 'data.folder': 'text', 'data.free': 'number' } },
          ...words,
        },
        {
          ...{ id: 'broken', title: 'the folder', path: '/media/v1/broken', severity: 'warning' },
          expect: { fields: { 'data.folder': 'filled' } },
          ...words,
        },
        { id: 'gone', title: 'a row that is not there', path: '/media/v1/gone', ...words },
      ],
    })
    expect(asked).toEqual([`amelia ${WORKSPACE_A.id}`, 'amelia '])
    expect(ofPlugins).toMatchObject([
      {
        ...{ id: 'media/broken', severity: 'warning', ...words },
        evidence: '/media/v1/broken: data.folder is not there, or empty',
      },
      { id: 'media/gone', severity: 'problem', evidence: '/media/v1/gone: HTTP 404 instead of 200' },
    ])
    expect(report.checks).toContainEqual({ title: 'plugins', outcome: 'problem' })
    expect((await ask(host.url, '/drones/pilot/doctor')).status).toBe(401)
  })

  it('a path that leads to another host is not asked: the token stays here', async () => {
    const asked = await examine('media', {
      doctor: [{ id: 'away', title: 'away', path: '/x/../..//192.0.2.1/steal', ...words }],
    })
    expect(asked.ofPlugins).toMatchObject([
      { id: 'media/away', evidence: expect.stringContaining('HTTP 404') },
    ])
  })
})

test.each([
  [{ data: { list: [] } }, { 'data.list': 'list' }, null],
  [{ data: { list: [] } }, { 'data.list': 'filled' }, 'data.list is not there, or empty'],
  [{ data: {} }, { 'data.__proto__': 'object' }, 'data.__proto__ is not an object'],
  [null, { data: 'text' }, 'data is not a text'],
  [{ data: { on: false } }, { 'data.on': 'boolean' }, null],
] as const)('%j is held against %j', (json, fields, expected) => {
  expect(differenceOf({ status: 200, fields: fields as never }, { status: 200, json })).toBe(expected)
})
