import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { copyTemplate, loadTemplates, templateNames } from '../../../src/adapters/views/templates.ts'
import { checkViews } from '../../../src/core/pages/open.ts'
import { TEMPLATES } from '../../../src/views/embedded.gen.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dji-cloud-views-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('copies one file with its comments, and reads it back as an override', async () => {
  for (const name of ['login', 'partials/header.ejs']) await copyTemplate(name, folder)
  expect(await readFile(join(folder, 'login.ejs'), 'utf8')).toBe(TEMPLATES.login)
  const templates = loadTemplates(folder)
  expect(templates).toEqual({ login: TEMPLATES.login, 'partials/header': TEMPLATES['partials/header'] })
  expect(loadTemplates(pathToFileURL(`${folder}/`))).toEqual(templates)
  expect(await checkViews({ templates })).toEqual([])
})

it('each template says in a comment what it is given', async () => {
  for (const name of templateNames.filter((one) => !['partials/footer'].includes(one)))
    expect(TEMPLATES[name], name).toMatch(/<%#/)
})

it('never overwrites, and knows its names', async () => {
  const path = await copyTemplate('login', folder)
  await writeFile(path, 'mine')
  await expect(copyTemplate('login', folder)).rejects.toThrow(/already exists/)
  expect(await readFile(path, 'utf8')).toBe('mine')
  for (const name of ['logon', '../login', 'constructor'])
    await expect(copyTemplate(name, folder)).rejects.toThrow(/no template/)
})
