import type { Knobs } from 'dji-cloud/testing'
import { describe, expect, it } from 'vitest'
import type { ModulesOptions } from '../../src/index.ts'
import { becomeConnected, expectNoProblems, logIn, type Scene, stageIn } from '../e2e/scene.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'

const shown = (id: string): string =>
  `document.getElementById('${id}') && !document.getElementById('${id}').hidden`

interface Shown {
  readonly photo: string
  readonly type: string
  readonly video: string
  readonly mode: string
  readonly url: string
}

/** What the pilot reads: for a box its word, and whether it is ticked. */
const READ = `(function () {
  function box(id) {
    var box = document.getElementById(id)
    var tick = box.indeterminate ? 'half' : box.checked ? 'ticked' : 'empty'
    return tick + ' ' + document.getElementById(id + '-word').textContent
  }
  function value(id) { return document.getElementById(id).value }
  return { photo: box('media-photo'), type: value('media-type'), video: box('media-video'), mode: value('live-mode'), url: value('live-url') }
})()`

const answerOf = ({ pilot }: Scene, method: string): unknown =>
  JSON.parse(String(pilot.call(method, []))).data

describe.each(ENGINES.filter(hasEngine))('the settings, in %s', (engine) => {
  const stage = stageIn(engine)

  async function settingsWith(modules: ModulesOptions, knobs: Partial<Knobs> = {}): Promise<Scene> {
    const scene = await stage.play({ cloud: { modules }, pilot: { knobs } })
    await logIn(scene.page)
    await ready(scene)
    return scene
  }
  async function ready(scene: Scene): Promise<void> {
    await becomeConnected(scene)
    await scene.page.waitFor(`${shown('media-panel')} && ${shown('live-panel')}`)
    await scene.page.evaluate(`document.getElementById('settings').open = true`)
  }
  const read = ({ page }: Scene): Promise<Shown> => page.evaluate<Shown>(READ)
  const choose = ({ page }: Scene, id: string, value: string): Promise<unknown> =>
    page.evaluate(`(function () {
      var list = document.getElementById('${id}')
      list.value = '${value}'
      list.dispatchEvent(new Event('change'))
    })()`)
  async function reopen(scene: Scene): Promise<void> {
    await scene.webview.leave()
    await scene.webview.open()
    await ready(scene)
  }

  const LIVE = { liveshare: { videoPublishType: 'video-by-manual' } } as const

  it.each<[ModulesOptions['media'], Partial<Shown>]>([
    [true, { photo: 'ticked on', type: '0', video: 'empty off' }],
    [{ autoUploadPhoto: false }, { photo: 'empty off', type: '0', video: 'empty off' }],
    [
      { photoType: 'preview', autoUploadVideo: true },
      { photo: 'ticked on', type: '1', video: 'ticked on' },
    ],
  ])('are those that media is loaded with: %j', async (media, expected) => {
    const scene = await settingsWith({ media, ...LIVE })
    expect(await read(scene)).toMatchObject({ ...expected, mode: 'video-by-manual' })
    expectNoProblems(scene.page)
  })

  it('go to Pilot and come back, each of them, also when the page is opened again', async () => {
    const scene = await settingsWith({ media: true, ...LIVE })
    const { page } = scene
    await page.click('#media-photo')
    await choose(scene, 'media-type', '1')
    await page.click('#media-video')
    await page.fill('#live-url', 'rtmp://live.example.com/one?key="a/b"')
    await choose(scene, 'live-mode', 'video-demand-aux-manual')
    const changed = {
      photo: 'empty off',
      type: '1',
      video: 'ticked on',
      mode: 'video-demand-aux-manual',
      url: 'rtmp://live.example.com/one?key="a/b"',
    }
    expect(await read(scene)).toEqual(changed)
    expect(answerOf(scene, 'mediaGetAutoUploadPhoto')).toBe(false)
    expect(answerOf(scene, 'mediaGetUploadPhotoType')).toBe(1)
    expect(answerOf(scene, 'mediaGetAutoUploadVideo')).toBe(true)
    await reopen(scene)
    expect(await read(scene)).toEqual(changed)
    expectNoProblems(page)
  })

  it('are those of the platform again after a login that loads the modules again', async () => {
    const scene = await settingsWith({ media: true, ...LIVE })
    const { page, pilot, webview } = scene
    await page.click('#media-photo')
    await choose(scene, 'live-mode', 'video-on-demand')
    await page.click('#logout')
    const stopped = pilot.waitFor('stopped')
    await page.click('#logout-confirm').catch(() => {})
    await stopped
    await webview.open()
    await logIn(page)
    await ready(scene)
    expect(await read(scene)).toMatchObject({ photo: 'ticked on', mode: 'video-by-manual' })
  })

  it('show what Pilot answers, and not what the platform wished', async () => {
    const scene = await settingsWith({ media: true, ...LIVE }, { loadParams: 'ignored' })
    expect(await read(scene)).toMatchObject({ photo: 'empty off' })
  })

  it('show that a value is unknown if Pilot cannot tell it', async () => {
    const missingMethods = ['mediaGetAutoUploadPhoto', 'mediaGetUploadPhotoType']
    const scene = await settingsWith({ media: true, ...LIVE }, { missingMethods })
    expect(await read(scene)).toMatchObject({ photo: 'half unknown', type: '', video: 'empty off' })
  })

  it('keep their value and say so if Pilot refuses', async () => {
    const missingMethods = ['mediaSetAutoUploadPhoto', 'liveshareSetVideoPublishType']
    const scene = await settingsWith({ media: true, ...LIVE }, { missingMethods })
    const { page } = scene
    await page.click('#media-photo')
    expect(await read(scene)).toMatchObject({ photo: 'ticked on' })
    expect(await page.evaluate(`document.getElementById('media-problem').textContent`)).toContain(
      'did not take this setting',
    )
    await choose(scene, 'live-mode', 'video-on-demand')
    expect(await read(scene)).toMatchObject({ mode: 'video-by-manual' })
    await reopen(scene)
    expect(await read(scene)).toMatchObject({ mode: 'video-by-manual' })
  })

  it('are summed up in a line each, which follows every change', async () => {
    const scene = await settingsWith({ media: true, ...LIVE })
    const { page } = scene
    const lines = () =>
      page.evaluate<string[]>(
        `['photos', 'videos', 'live'].map(function (id) { return document.getElementById('uploads-' + id).textContent })`,
      )
    expect(await lines()).toEqual([
      'automatically, originals',
      'only if you start it',
      'started by the pilot · not connected',
    ])
    await page.click('#media-photo')
    await page.click('#media-video')
    await choose(scene, 'live-mode', 'video-on-demand')
    expect(await lines()).toEqual([
      'only if you start it',
      'automatically',
      'started by the cloud · not connected',
    ])
  })

  it('tell whether the stream runs', async () => {
    const scene = await settingsWith({ media: true, ...LIVE })
    const { page } = scene
    const stream = `document.getElementById('live-status').textContent`
    expect(await page.evaluate(stream)).toBe('not connected')
    await page.click('#live-start')
    expect(await page.evaluate(stream)).toBe('live · 30 fps')
    await page.click('#live-stop')
    expect(await page.evaluate(stream)).toBe('not connected')
  })
})
