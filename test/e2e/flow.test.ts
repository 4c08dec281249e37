import { describe, expect, it } from 'vitest'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { PILOT, WORKSPACE } from '../support/cloud.ts'
import { becomeConnected, calls, expectNoProblems, link, logIn, stageIn } from './scene.ts'

const DAY = 86_400_000
const REFUSED = /Failed to load resource.*(401|403)/

describe.each(ENGINES.filter(hasEngine))('the way in, in %s', (engine) => {
  const stage = stageIn(engine)

  it.each(['', '/drones'])('leads from the login to a live link (mounted at "%s")', async (mount) => {
    const scene = await stage.play({ mount })
    const { page, pilot, cloud } = scene
    const osd = new Promise((resolve) => cloud.cloud.on('device.osd', resolve))
    await logIn(page)
    await becomeConnected(scene)
    await osd
    const shown = await page.text()
    for (const text of [WORKSPACE.name, PILOT.username, pilot.gateway.serial, pilot.aircraft?.serial])
      expect(shown).toContain(text)
    expect(pilot.native).toMatchObject({
      verified: true,
      workspaceId: WORKSPACE.id,
      mqtt: 'connected',
      ws: 'connected',
    })
    expect(cloud.cloud.devices.get(pilot.gateway.serial)).toMatchObject({ online: true })
    expectNoProblems(page)
  })

  it('resumes after a reload without logging in, verifying or loading again', async () => {
    const scene = await stage.play()
    const { page, pilot, webview } = scene
    await logIn(page)
    await becomeConnected(scene)
    await webview.leave()
    expect(pilot.native.mqtt).toBe('connected')
    const since = pilot.cursor()
    await webview.open()
    await becomeConnected(scene)
    for (const repeated of [
      'platformVerifyLicense',
      'platformSetWorkspaceId',
      'platformSetInformation',
      'platformLoadComponent',
      'thingConnect',
    ]) {
      expect(calls(pilot, since)).not.toContain(repeated)
    }
    expect(pilot.log.some((event) => event.type === 'mqtt.state' && event.seq >= since)).toBe(false)
    expectNoProblems(page)
  })

  it('refreshes a token that has expired, and gives the new one to Pilot', async () => {
    // A day passes at once, and a native request of Pilot may meet the 401 before the page does.
    const scene = await stage.play({ pilot: { knobs: { withdrawOn401: false } } })
    const { page, pilot, webview, cloud } = scene
    await logIn(page)
    await becomeConnected(scene)
    await webview.leave()
    cloud.advance(DAY)
    const refreshed = new Promise((resolve) => cloud.cloud.on('token.refreshed', resolve))
    const since = pilot.cursor()
    await webview.open()
    await refreshed
    await becomeConnected(scene)
    expect(calls(pilot, since)).toContain('apiSetToken')
    expect(calls(pilot, since)).not.toContain('platformVerifyLicense')
    expectNoProblems(page, REFUSED)
  })

  it('ends at the login, with the reason, when the session was revoked', async () => {
    // Otherwise a native request of Pilot may meet the 401 first, and it leaves the cloud by itself: the next test.
    const scene = await stage.play({ pilot: { knobs: { withdrawOn401: false } } })
    const { page, webview, cloud } = scene
    await logIn(page)
    await becomeConnected(scene)
    await webview.leave()
    await cloud.cloud.sessions.end({ workspaceId: WORKSPACE.id }, 'revoked')
    await webview.open()
    await page.waitFor(`document.getElementById('reason') && !document.getElementById('reason').hidden`)
    expect(await page.evaluate(`document.getElementById('reason').textContent`)).toMatch(/ended/i)
    await page.waitFor(`!document.getElementById('login-form').hidden`)
    expectNoProblems(page, REFUSED)
  })

  it('ends at the login also after Pilot has left the cloud on a 401 of its own', async () => {
    const scene = await stage.play()
    const { page, pilot, webview, cloud } = scene
    await logIn(page)
    await becomeConnected(scene)
    const withdrawn = pilot.waitFor('withdrawn')
    await cloud.cloud.sessions.end({ workspaceId: WORKSPACE.id }, 'revoked')
    // Whatever makes Pilot ask next, such as the route library: here the module is loaded again.
    if (!pilot.native.withdrawn) pilot.call('platformLoadComponent', ['tsa', '{}'])
    await withdrawn
    await page.waitFor(`location.href === 'about:blank'`)
    expect(pilot.native).toMatchObject({ components: [], mqtt: 'idle', pageOpen: false })
    await webview.open()
    await page.waitFor(
      `document.getElementById('login-form') && !document.getElementById('login-form').hidden`,
    )
    expectNoProblems(page, REFUSED)
  })

  it('says that name or password is wrong, and lets one try again', async () => {
    const scene = await stage.play()
    const { page } = scene
    await logIn(page, { ...PILOT, password: 'wrong' })
    await page.waitFor(`!document.getElementById('login-problem').hidden`)
    expect(await page.evaluate(`document.getElementById('login-problem').textContent`)).toContain('403001')
    await logIn(page)
    await becomeConnected(scene)
    expectNoProblems(page, REFUSED)
  })

  it('stops at a wrong licence with what Pilot said', async () => {
    const { page, pilot } = await stage.play({ pilot: { knobs: { licenseCheck: 'refuse' } } })
    await logIn(page)
    await page.waitFor(`document.getElementById('problem') && !document.getElementById('problem').hidden`)
    expect(await page.evaluate(`document.getElementById('problem').textContent`)).toContain('bad base-64')
    expect(pilot.native).toMatchObject({ verified: false, components: [] })
    expect(calls(pilot, 0)).not.toContain('platformSetWorkspaceId')
    expectNoProblems(page)
  })

  it('shows that the link is lost, and that it is back', async () => {
    const scene = await stage.play()
    const { page, pilot } = scene
    await logIn(page)
    await becomeConnected(scene)
    pilot.cutNetwork()
    await page.waitFor(`!(${link('connected')})`)
    pilot.restoreNetwork()
    await becomeConnected(scene)
    expectNoProblems(page)
  })

  it('shows an aircraft that comes and goes', async () => {
    const scene = await stage.play({ pilot: { aircraft: null } })
    const { page, pilot } = scene
    await logIn(page)
    await becomeConnected(scene)
    const aircraft = `document.getElementById('aircraft').textContent`
    expect(await page.evaluate(aircraft)).not.toContain('1581')
    pilot.plugAircraft()
    await page.waitFor(`${aircraft} === '${pilot.aircraft?.serial}'`)
    pilot.unplugAircraft()
    await page.waitFor(`${aircraft} !== '1581FAKE000000000001'`)
    expectNoProblems(page)
  })

  it('logs out after a question: everything unloaded, the session ended, Pilot left', async () => {
    const scene = await stage.play()
    const { page, pilot, cloud } = scene
    await logIn(page)
    await becomeConnected(scene)
    await page.click('#logout')
    await page.waitFor(`!document.getElementById('logout-dialog').hidden`)
    expect(await pilot.pressBack()).toBe(true)
    expect(await page.evaluate(`document.getElementById('logout-dialog').hidden`)).toBe(true)
    const stopped = pilot.waitFor('stopped')
    await page.click('#logout')
    await page.click('#logout-confirm')
    await stopped
    expect(pilot.native).toMatchObject({ components: [], mqtt: 'idle', pageOpen: false })
    await expect.poll(() => cloud.cloud.sessions.list()).toEqual([])
    const unloaded = pilot.log.flatMap((event) =>
      event.type === 'component' && event.state === 'unloaded' ? [event.name] : [],
    )
    const loaded = pilot.log.flatMap((event) =>
      event.type === 'component' && event.state === 'loaded' ? [event.name] : [],
    )
    expect(unloaded).toEqual([...loaded].reverse())
  })

  it('ends the session when the pilot presses exit', async () => {
    const scene = await stage.play()
    await logIn(scene.page)
    await becomeConnected(scene)
    await scene.pilot.exit()
    await expect.poll(() => scene.cloud.cloud.sessions.list()).toEqual([])
  })

  it('says so in an ordinary browser, and shows the workspace there', async () => {
    const { page } = await stage.playOutside()
    await page.waitFor(
      `document.getElementById('login-about').textContent.indexOf('open this address in DJI Pilot 2') > 0`,
    )
    await logIn(page)
    await page.waitFor(
      `location.pathname === '/pilot/fleet' && document.getElementById('who').textContent.indexOf(${JSON.stringify(WORKSPACE.name)}) === 0`,
    )
    expectNoProblems(page)
  })
})
