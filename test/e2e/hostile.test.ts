import { describe, expect, it } from 'vitest'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { becomeConnected, expectNoProblems, logIn, stageIn } from './scene.ts'

const NASTY = [
  `</script><script>window.hacked=1</script>`,
  `<img src=x onerror="window.hacked=1">`,
  `"';window.hacked=1;//`,
  `<!--<script>\u2028\u2029{{constructor}}<%= 1 %>\${1}`,
]

describe.each(ENGINES.filter(hasEngine))('hostile texts in %s', (engine) => {
  const stage = stageIn(engine)

  it.each(NASTY)('%j stays text as workspace, user and platform name', async (nasty) => {
    const id = '99999999-2222-4333-8444-555555555555'
    const account = { username: nasty.slice(0, 200), password: 'correct horse battery' }
    const scene = await stage.play({
      cloud: { platformName: nasty, workspace: { id, name: nasty, description: nasty }, users: [account] },
    })
    await logIn(scene.page, account)
    await becomeConnected(scene)
    const { page } = scene
    expect(await page.evaluate('typeof window.hacked')).toBe('undefined')
    expect(await page.evaluate(`document.getElementById('workspace').textContent`)).toBe(nasty)
    expect(await page.evaluate(`document.getElementById('user').textContent`)).toBe(nasty)
    expect(scene.pilot.native.platformName).toBe(nasty)
    expectNoProblems(page)
  })

  it.each(NASTY)('%j as licence reaches Pilot unchanged and runs nowhere', async (nasty) => {
    const { page } = await stage.play({
      cloud: { license: { appId: '100000', appKey: nasty, appLicense: nasty } },
    })
    // The channel itself: the log of the virtual Pilot shows no licence.
    const given = new Promise<unknown>((resolve) => {
      page.cdp.Page.javascriptDialogOpening(({ message }) => {
        if (!message.includes('platformVerifyLicense')) return
        resolve((JSON.parse(message.slice(message.indexOf('{'))) as { args: unknown }).args)
      })
    })
    await logIn(page)
    expect(await given).toEqual(['100000', nasty, nasty])
    await page.waitFor(`document.getElementById('problem') && !document.getElementById('problem').hidden`)
    expect(await page.evaluate('typeof window.hacked')).toBe('undefined')
    expectNoProblems(page)
  })

  it('a reason in the address that is none of ours is ignored', async () => {
    const { page, cloud } = await stage.play()
    await page.goto(`${cloud.link}/login?reason=${encodeURIComponent('"><script>window.hacked=1</script>')}`)
    await page.waitFor('window.djiCloudStarted')
    expect(await page.evaluate('typeof window.hacked')).toBe('undefined')
    expect(await page.evaluate(`document.getElementById('reason').hidden`)).toBe(true)
    expectNoProblems(page)
  })
})
