// Source: jest's missing dynamic import in CommonJS (huan/sidecar#17, zertosh/v8-compile-cache#30 and many more: ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING).
// Needs: express jest supertest mqtt.
// The usual test of an Express app: jest in its default (CommonJS) setting, supertest, `require('dji-cloud/express')`.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { check, cleanups, finish, hostDir, need } from './support/host.mjs'

const folder = mkdtempSync(path.join(tmpdir(), 'case-jest-'))
cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
symlinkSync(path.join(hostDir, 'node_modules'), path.join(folder, 'node_modules'))
writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'host', private: true }))
writeFileSync(
  path.join(folder, 'app.test.js'),
  `
const express = require('express')
const request = require('supertest')
const { djiCloud } = require('dji-cloud/express')
const cloud = djiCloud({
  users: [{ username: 'tester', password: 'only-for-tests' }],
  mqtt: { host: '127.0.0.1', port: 0 }, logger: false,
})
const app = express().use(cloud).get('/own', cloud.requireAuth(), (req, res) => res.json({ user: req.dji.userId }))
afterAll(() => cloud.close())
test('the broker is up', async () => { await cloud.ready(); expect(cloud.health().status).toBe('up') })
test('the login page', async () => { const { status, text } = await request(app).get('/pilot'); expect(status).toBe(200); expect(text).toContain('login-form') })
test('login and own route', async () => {
  const { body } = await request(app).post('/manage/api/v1/login').send({ username: 'tester', password: 'only-for-tests', flag: 2 })
  expect(body.code).toBe(0)
  const own = await request(app).get('/own').set('x-auth-token', body.data.access_token)
  expect(own.status).toBe(200)
})
test('the simulator page', async () => { expect((await request(app).get('/pilot/simulator')).status).toBe(200) })
test('the virtual Pilot', () => { expect(typeof require('dji-cloud/testing').createVirtualPilot).toBe('function') })
`,
)
const jest = path.join(path.dirname(need.resolve('jest/package.json')), 'bin/jest.js')
for (const flags of [[], ['--experimental-vm-modules']]) {
  const run = spawnSync(
    process.execPath,
    [...flags, jest, '--ci', '--rootDir', folder, '--testTimeout', '8000', '--forceExit'],
    {
      cwd: folder,
      encoding: 'utf8',
      timeout: 50_000,
      env: { ...process.env, NODE_ENV: 'test', CI: 'true' },
    },
  )
  const text = `${run.stdout}${run.stderr}`
  check(
    `jest ${flags.join(' ') || '(default)'}: all pass`,
    run.status === 0,
    text
      .split('\n')
      .filter((line) => /✓|✕|^Tests:|rror/.test(line))
      .slice(0, 16)
      .join(' | ')
      .slice(0, 900),
  )
}
await finish()
