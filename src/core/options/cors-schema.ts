import { z } from 'zod'
import { safeUrl } from './pieces.ts'

const origins = z.array(
  z.string().refine((value) => safeUrl(value)?.origin === value, {
    message: 'needs an origin such as https://app.example.com, never *',
  }),
)

/** RFC 9110, section 5.1. A browser takes `*` for every name. */
const headerNames = z
  .array(
    z.string().refine((name) => name !== '*' && /^[!#$%&'*+\-.^_`|~\w]{1,128}$/.test(name), {
      message: 'needs the name of a header such as traceparent, never *',
    }),
  )
  .max(64)

/** A list stands for `{ origins }`. */
export const corsSchema = z
  .union([
    origins,
    z.strictObject({
      origins,
      allowedHeaders: headerNames.default([]),
      exposedHeaders: headerNames.default([]),
    }),
  ])
  .transform((cors) =>
    Array.isArray(cors) ? { origins: cors, allowedHeaders: [], exposedHeaders: [] } : cors,
  )
  .prefault([])
