import { afterEach, describe, expect, it } from 'vitest'
import { definePlugin, route } from '../../src/plugin.ts'
import { becomeConnected, expectNoProblems, logIn, stageIn } from '../e2e/scene.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { PILOT } from '../support/cloud.ts'

/** What the script of the plugin has heard, in order. */
const heard: unknown[] = []
afterEach(() => void heard.splice(0))

/** @param goesOn whether the plugin logs in as soon as the page offers logins */
const badge = (goesOn: boolean) =>
  definePlugin({
    id: 'badge',
    setup: (context) => ({
      pages: {
        scripts: {
          login: `(function () {
            var page = window.djiCloudPage
            page.login.onOffered(function (offered) {
              page.request('POST', '/badge/in', { offered: offered, controller: page.controller() }).then(function (answer) {
                if (${goesOn} && offered) page.login.finish(answer.data.token, answer.data.expiresAt)
              })
            })
          })()`,
          home: `(function () {
            var page = window.djiCloudPage
            document.body.setAttribute('data-login', String(page.login))
            page.onState(function () { document.body.setAttribute('data-controller', String(page.controller())) })
          })()`,
        },
      },
      routes: [
        route({
          method: 'POST',
          path: '/badge/in',
          guard: 'browser',
          async handle({ request }) {
            const body = await request.readBody(1000)
            heard.push(
              body.kind === 'parsed'
                ? body.value
                : JSON.parse(Buffer.from(body.kind === 'raw' ? body.bytes : []).toString()),
            )
            const { token, expiresAt } = await context.sessions.open(PILOT.username, { reason: 'badge' })
            return { token, expiresAt }
          },
        }),
      ],
    }),
  })

describe.each(ENGINES.filter(hasEngine))('a login of a plugin on the login page in %s', (engine) => {
  const stage = stageIn(engine)
  const users = [{ ...PILOT, id: PILOT.username }]

  it('goes on as after every login, and knows the controller as far as Pilot tells it', async () => {
    const scene = await stage.play({ cloud: { plugins: [badge(true)], users } })
    await becomeConnected(scene)
    const { page, pilot } = scene
    expect(heard).toEqual([{ offered: true, controller: null }])
    expect(await page.evaluate(`document.body.getAttribute('data-login')`)).toBe('null')
    // Pilot tells its serial number only after the licence is verified (facts B4).
    await page.waitFor(`document.body.getAttribute('data-controller') === '${pilot.gateway.serial}'`)
    expectNoProblems(page)
  })

  it('is not offered while the page checks the token that it has', async () => {
    const scene = await stage.play({ cloud: { plugins: [badge(false)], users } })
    const { page, cloud } = scene
    await logIn(page)
    await becomeConnected(scene)
    const before = heard.length
    await page.goto(`${cloud.link}/login`)
    await becomeConnected(scene)
    expect(heard.slice(before)).not.toContainEqual(expect.objectContaining({ offered: true }))
    expectNoProblems(page)
  })
})
