import { createVirtualPilot } from 'dji-cloud/testing'
import { describe, expect, it } from 'vitest'
import { becomeConnected, expectNoProblems, logIn, stageIn } from '../e2e/scene.ts'
import type { BrowserPage } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { PILOT } from '../support/cloud.ts'

const CODES: Readonly<Record<string, number>> = { Tab: 9, Enter: 13, Escape: 27, Space: 32 }

async function press(page: BrowserPage, key: keyof typeof CODES): Promise<void> {
  const text = key === 'Enter' ? '\r' : key === 'Space' ? ' ' : ''
  const event = { key: key === 'Space' ? ' ' : key, code: key, windowsVirtualKeyCode: CODES[key] ?? 0 }
  await page.cdp.Input.dispatchKeyEvent({
    type: text === '' ? 'rawKeyDown' : 'keyDown',
    ...event,
    ...(text === '' ? {} : { text }),
  })
  await page.cdp.Input.dispatchKeyEvent({ type: 'keyUp', ...event })
}

async function type(page: BrowserPage, text: string): Promise<void> {
  for (const one of text) await page.cdp.Input.dispatchKeyEvent({ type: 'char', text: one })
}

const focused = (page: BrowserPage): Promise<string> => page.evaluate('document.activeElement.id')

/** Tabs until this element has the focus. */
async function tabTo(page: BrowserPage, id: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if ((await focused(page)) === id) return
    await press(page, 'Tab')
  }
  throw new Error(`No Tab leads to ${id}.`)
}

describe.each(ENGINES.filter(hasEngine))('the keyboard alone, in %s', (engine) => {
  const stage = stageIn(engine)

  it('logs in, and logs out only after the question', async () => {
    const scene = await stage.play()
    const { page, pilot } = scene
    await page.waitFor(
      `document.getElementById('login-submit') && !document.getElementById('login-submit').disabled`,
    )
    await tabTo(page, 'username')
    await type(page, PILOT.username)
    await tabTo(page, 'password')
    await type(page, PILOT.password)
    await press(page, 'Tab')
    expect(await focused(page)).toBe('reveal')
    await press(page, 'Tab')
    expect(await focused(page)).toBe('login-submit')
    await press(page, 'Enter')
    await becomeConnected(scene)
    expectNoProblems(page)

    await tabTo(page, 'logout')
    await press(page, 'Enter')
    await page.waitFor(`document.activeElement.id === 'logout-cancel'`)
    await press(page, 'Tab')
    await press(page, 'Tab')
    expect(await focused(page)).toBe('logout-cancel')
    await press(page, 'Escape')
    expect(await focused(page)).toBe('logout')
    expect(pilot.native.mqtt).toBe('connected')
  })

  it('sends the form with Enter in the password', async () => {
    const scene = await stage.play()
    const { page } = scene
    await page.waitFor(
      `document.getElementById('login-submit') && !document.getElementById('login-submit').disabled`,
    )
    await tabTo(page, 'username')
    await type(page, PILOT.username)
    await press(page, 'Tab')
    await type(page, PILOT.password)
    await press(page, 'Enter')
    await becomeConnected(scene)
    // The name is remembered for the next time; the password is nowhere.
    const kept = await page.evaluate<string>('JSON.stringify(localStorage)')
    expect(kept).toContain(PILOT.username)
    expect(kept).not.toContain(PILOT.password)
  })

  it('finds an aircraft, copies its position and logs out on the page for browsers', async () => {
    const { cloud, page } = await stage.playOutside()
    const pilot = createVirtualPilot({ url: cloud.link, knobs: { osdIntervalMs: 100 } })
    try {
      await pilot.login(PILOT.username, PILOT.password)
      await pilot.topologyAcknowledged()
      await logIn(page)
      await page.waitFor(`document.querySelector('#fleet > [data-age="fresh"]')`)
      await page.waitFor(`!document.querySelector('#fleet [data-value="copy"]').hidden`)
      await page.evaluate(`document.execCommand = function () { return true }`)
      await tabTo(page, 'logout')
      await press(page, 'Tab')
      expect(await page.evaluate(`document.activeElement.getAttribute('data-value')`)).toBe('copy')
      await press(page, 'Enter')
      await page.waitFor(`document.querySelector('#fleet [data-value="copy"]').textContent === 'Copied'`)
      await page.evaluate(`document.activeElement.blur()`)
      await tabTo(page, 'logout')
      await press(page, 'Enter')
      await page.waitFor(`location.search === '?reason=signed_out'`)
    } finally {
      await pilot.close()
    }
  })
})
