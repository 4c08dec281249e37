import { z } from 'zod'
import type { RenderPage } from '../pages/render.ts'
import { en } from '../pages/texts/en.ts'
import { COLOR, COLOR_NAMES, FONT } from '../pages/theme.ts'

const fields = <Key extends string, Schema extends z.ZodType>(keys: readonly Key[], schema: Schema) =>
  Object.fromEntries(keys.map((key) => [key, schema])) as Record<Key, Schema>

const words = z.string().max(2_000)

/** Keys of plugins are checked when the plugins are known (`messageFaults`). */
const texts = z.object(fields(Object.keys(en) as (keyof typeof en)[], words.exactOptional())).catchall(words)

const colors = z.strictObject(
  fields(
    COLOR_NAMES,
    z.string().regex(COLOR, 'needs a colour such as #0a4fa3, rgb(10, 79, 163) or navy').exactOptional(),
  ),
)

/** Schemes that run code in the page, or read files. */
const UNSAFE_SCHEMES = /^(javascript|data|vbscript|file|blob|about):/i

const app = z.strictObject({
  name: z.string().min(1).max(64),
  url: z
    .string()
    .max(2_000)
    .refine((url) => /^[a-z][a-z0-9+.-]*:\/\/\S*$/i.test(url) && !UNSAFE_SCHEMES.test(url), {
      message: 'needs an address such as myapp://open',
    }),
  package: z
    .string()
    .regex(/^[A-Za-z][\w]*(\.[A-Za-z][\w]*)+$/, 'needs an Android package such as com.example.app')
    .exactOptional(),
})

const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'needs a language tag such as en or zh')

/** The option `pages.theme`. Its values are written into a style element, so each one is checked. */
export const themeSchema = z.strictObject({
  mode: z.enum(['auto', 'light', 'dark']).default('auto'),
  light: colors.exactOptional(),
  dark: colors.exactOptional(),
  font: z
    .string()
    .max(200)
    .regex(FONT, 'needs font families such as "Noto Sans", sans-serif')
    .exactOptional(),
  radius: z.number().int().min(0).max(32).exactOptional(),
})

export const pagesSchema = z
  .strictObject({
    messages: z.record(language, texts).default({}),
    language: language.exactOptional(),
    theme: themeSchema.prefault({}),
    logo: z
      .string()
      .regex(
        /^(\/(?![/\\])[^\s"'<>\\]*|data:image\/(png|jpeg|webp|gif|svg\+xml)[;,][^\s"'<>]*)$/,
        'needs a path on your own origin such as /static/logo.svg, or data:image/...: pages load nothing from elsewhere',
      )
      .exactOptional(),
    title: z.string().min(1).max(256).exactOptional(),
    help: z
      .union([z.string().trim().min(1).max(300), z.record(language, z.string().trim().min(1).max(300))])
      .exactOptional(),
    apps: z.array(app).max(12).default([]),
  })
  .prefault({})

export const viewsSchema = z.strictObject({
  locals: z.record(z.string(), z.unknown()).exactOptional(),
  templates: z.record(z.string(), z.string()).exactOptional(),
  render: z
    .custom<RenderPage>((value) => typeof value === 'function', { message: 'needs a function' })
    .exactOptional(),
})
