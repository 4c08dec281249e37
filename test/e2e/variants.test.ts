import type { Knobs } from 'dji-cloud/testing'
import { describe, expect, it } from 'vitest'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { WORKSPACE } from '../support/cloud.ts'
import { becomeConnected, expectNoProblems, logIn, stageIn } from './scene.ts'

/**
 * Ways in which one Pilot may differ from the next (facts B1, B5, J): the pilot must not notice any of them. Those that
 * no page can notice are in test/testing.
 */
const SAME_OUTCOME: readonly Partial<Knobs>[] = [
  { returnStyle: 'data-as-string' },
  { returnStyle: 'empty-object' },
  { returnStyle: 'connect-state' },
  { returnStyle: 'bare' },
  { returnStyle: 'bare-text' },
  { returnStyle: 'number' },
  { returnStyle: 'void' },
  { callbackSequence: 'true-only' },
  { callbackArgument: 'text' },
  { callbackArgument: 'json-text' },
  { callbackArgument: 'json-connect-state' },
  { callbackArgument: 'object' },
  { callbackDelivery: 'never' },
  { missingMethods: ['thingGetConnectState'] },
  { callbackDelivery: 'never', missingMethods: ['thingGetConnectState'] },
  { injectionDelayMs: 400 },
  { componentLoadLagMs: 300 },
  { strictAppId: true },
  { apiTokenWithoutModule: 'empty' },
  { apiTokenWithoutModule: 'kept' },
  { configRequest: 'blocking' },
]

describe.each(ENGINES.filter(hasEngine))('in %s', (engine) => {
  const stage = stageIn(engine)

  it.each(SAME_OUTCOME)('with %j the pilot gets in all the same', async (knobs) => {
    const scene = await stage.play({ pilot: { knobs } })
    await logIn(scene.page)
    await becomeConnected(scene)
    expect(scene.pilot.native).toMatchObject({
      verified: true,
      workspaceId: WORKSPACE.id,
      mqtt: 'connected',
      ws: 'connected',
    })
    expectNoProblems(scene.page)
  })

  it('also when the callback is a javascript: URL that the page forbids', async () => {
    const scene = await stage.play({ pilot: { knobs: { callbackDelivery: 'javascript-url' } } })
    await logIn(scene.page)
    await becomeConnected(scene)
    // The only complaint is about that URL: proof that it was swallowed, and that nothing hung on it.
    expect(scene.page.problems().length).toBeGreaterThan(0)
    expectNoProblems(scene.page, /CSP script-src|Content Security Policy|javascript:/i)
  })

  it('also where loading thing does not connect: thingConnect is tried late', async () => {
    const scene = await stage.play({ pilot: { knobs: { autoConnect: false } } })
    await logIn(scene.page)
    await scene.pilot.waitFor('bridge', ({ method }) => method === 'thingConnect', { timeoutMs: 18_000 })
    await becomeConnected(scene)
    expectNoProblems(scene.page)
  }, 30_000)

  it('and a wrong licence is a wrong licence however it is told', async () => {
    const { page, pilot } = await stage.play({
      pilot: { knobs: { licenseCheck: 'refuse', failureStyle: 'data-false' } },
    })
    await logIn(page)
    await page.waitFor(`document.getElementById('problem') && !document.getElementById('problem').hidden`)
    expect(pilot.native.components).toEqual([])
    expectNoProblems(page)
  })
})
