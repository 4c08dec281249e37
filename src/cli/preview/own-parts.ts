import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { check } from '../../core/checking/explain.ts'
import { themeSchema } from '../../core/options/pages-schema.ts'
import type { RenderPage } from '../../core/pages/render.ts'
import type { ThemeOptions } from '../../core/pages/theme.ts'
import {
  NO_ADDITIONS,
  type PageAdditions,
  type PagesPart,
  pageAdditions,
  pagesFaults,
} from '../../core/plugins/pages.ts'
import { type Terminal, UsageError } from '../terminal.ts'

/** What an app changes on the pages by code: the options `pages.theme` and `views.render`, and the pages of its plugins. */
export interface OwnParts {
  readonly theme: ThemeOptions
  readonly render: RenderPage | undefined
  readonly additions: PageAdditions
}

export const NO_OWN_PARTS: OwnParts = { theme: {}, render: undefined, additions: NO_ADDITIONS }

const NEEDS = 'It can export theme, render, and plugins (a list of { id, pages }).'

/** Loads the module of `--module`. @throws UsageError if it cannot be loaded, or exports something that no page can show */
export async function loadOwnParts({ cwd }: Pick<Terminal, 'cwd'>, path: string): Promise<OwnParts> {
  const url = pathToFileURL(resolve(cwd, path)).href
  const found: Readonly<Record<string, unknown>> = await import(url).catch((error: unknown) => {
    throw new UsageError(
      `--module: ${path} cannot be loaded: ${error instanceof Error ? error.message : error}`,
    )
  })
  const { theme, render, plugins } = found
  if (theme === undefined && render === undefined && plugins === undefined)
    throw new UsageError(`--module: ${path} exports nothing that the preview shows. ${NEEDS}`)
  if (render !== undefined && typeof render !== 'function')
    throw new UsageError(`--module: render in ${path} has to be a function, as in the option views.render.`)
  return {
    theme: themeIn(path, theme),
    render: render as RenderPage | undefined,
    additions: plugins === undefined ? NO_ADDITIONS : additionsOf(path, plugins),
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function themeIn(path: string, given: unknown = {}): ThemeOptions {
  const checked = check(themeSchema, given)
  if (checked.ok) return checked.value
  const [problem] = checked.problems
  const name = problem === undefined || problem.path === '' ? '' : `.${problem.path}`
  throw new UsageError(
    `--module: theme${name} in ${path} ${problem?.text ?? 'is not valid'}, as in the option pages.theme.`,
  )
}

function additionsOf(path: string, given: unknown): PageAdditions {
  const plugins: { readonly id: string; readonly pages: PagesPart }[] = []
  for (const one of Array.isArray(given) ? given : [given]) {
    if (!isObject(one) || typeof one['id'] !== 'string' || !isObject(one['pages']))
      throw new UsageError(`--module: plugins in ${path} needs a list of { id, pages }.`)
    const { id, pages } = one
    const [fault] = pagesFaults(id, pages as PagesPart)
    if (fault !== undefined) throw new UsageError(`--module: the plugin ${id} in ${path} ${fault}.`)
    plugins.push({ id, pages: pages as PagesPart })
  }
  return pageAdditions(plugins)
}
