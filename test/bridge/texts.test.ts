import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import type { PageAction } from '../../src/bridge/diagnosis/actions.ts'
import { flowTexts } from '../../src/bridge/texts.ts'
import type { LinkState, StepStatus } from '../../src/bridge/types.ts'
import { FINDINGS } from '../../src/core/findings/index.ts'
import { PAGE_FINDINGS } from '../../src/core/findings/page-table.ts'
import { MODULE_NAMES } from '../../src/core/pages/module-table.ts'
import { en } from '../../src/core/pages/texts/en.ts'
import { fillText } from '../../src/core/pages/texts/fill.ts'
import { zh } from '../../src/core/pages/texts/zh.ts'

describe('the texts of the flow for own front ends', () => {
  it.each([
    ['en', en],
    ['zh', zh],
    ['zh-CN', zh],
    ['fr', en],
  ])('in %s are those of the pages', (language, of) => {
    const texts = flowTexts(language)
    expect(texts['hint.mqtt_waiting']).toBe(of['hint.mqtt_waiting'])
    for (const id of Object.keys(PAGE_FINDINGS) as (keyof typeof PAGE_FINDINGS)[])
      expect(texts[`finding.${id}`]).toBe(of[`finding.${id}`])
    for (const key of Object.keys(texts))
      expect(key).toMatch(/^(hint|finding|step|status|module|state|link|do)\./)
  })

  it('in English are the words of the table of findings', () => {
    expect(flowTexts()['finding.link-down.server']).toBe(FINDINGS['link-down'].server)
  })

  it('name every state of the link, every step and how far it is, and every button that can help', () => {
    const texts: Readonly<Record<string, string>> = flowTexts()
    const modules = Object.keys(flowTexts()).filter((key) => key.startsWith('module.'))
    expect(modules.map((key) => key.slice('module.'.length)).sort()).toEqual([...MODULE_NAMES].sort())
    const states: readonly LinkState[] = ['disconnected', 'connecting', 'connected']
    const statuses: readonly StepStatus[] = ['running', 'ok', 'skipped', 'waiting', 'failed']
    const actions: readonly PageAction[] = ['retry', 'reconnect', 'reload', 'copy', 'leave', 'logout']
    const needed = [
      ...states.flatMap((state) => [`link.${state}`, `link.${state}.text`]),
      ...statuses.map((status) => `status.${status}`),
      ...actions
        .filter((action) => action !== 'leave' && action !== 'logout')
        .map((action) => `do.${action}`),
      ...['verify', 'check', 'load', 'unload', 'connect', 'credentials', 'refresh'].map((id) => `step.${id}`),
    ]
    expect(needed.filter((key) => !texts[key])).toEqual([])
  })

  it('are filled in by the same function as on the pages', () => {
    const texts = flowTexts()
    expect(fillText(texts, 'en', 'step.load', { module: texts['module.thing'] })).toContain(
      texts['module.thing'],
    )
  })

  it('cost a front end nothing that does not use them', async () => {
    const root = fileURLToPath(new URL('../../', import.meta.url))
    const bundle = async (name: string): Promise<string> => {
      const contents = `import { ${name} } from './src/bridge/index.ts'; console.log(${name})`
      const { outputFiles } = await build({
        ...{ stdin: { contents, resolveDir: root, loader: 'ts' }, bundle: true, write: false, format: 'esm' },
        target: 'chrome70',
      })
      return outputFiles[0]?.text ?? ''
    }
    expect(await bundle('createPilotFlow')).not.toContain('login.title')
    const used = await bundle('flowTexts')
    expect(used).toContain('login.title')
    expect(used).not.toContain('Object.fromEntries')
  })
})
