import { unknownName } from '../checking/explain.ts'
import { fault, refusedOptions } from './faults.ts'

/** The options of a store: the names that it knows, and those of which exactly one has to be given. */
interface Expected {
  readonly store: string
  readonly known: readonly string[]
  readonly oneOf: readonly string[]
  /** What the value has to be, by name. A name that is not listed may have any value. */
  readonly needs?: Readonly<
    Record<string, { readonly what: string; readonly fits: (value: unknown) => boolean }>
  >
}

/**
 * Checks the options of a store as soon as it is created. Otherwise a mistake shows only at the first login.
 * @throws DjiCloudError OPTIONS with every fault, never with a value: it may hold a password
 */
function checkSource(given: unknown, { store, known, oneOf, needs = {} }: Expected): void {
  if (typeof given !== 'object' || given === null) {
    throw refusedOptions([fault(store, `needs an object with ${oneOf.join(' or ')}`)])
  }
  const written = Object.entries(given).filter(([, value]) => value !== undefined)
  const names = written.map(([name]) => name)
  const faults = names
    .filter((name) => !known.includes(name))
    .map((name) => fault(`${store}.${name}`, unknownName(name, known, 'an option')))
  const sources = names.filter((name) => oneOf.includes(name))
  if (sources.length === 0) faults.push(fault(store, `needs ${oneOf.join(' or ')}`))
  if (sources.length > 1) faults.push(fault(store, `needs ${oneOf.join(' or ')}, not both`))
  for (const [name, value] of written) {
    const need = Object.hasOwn(needs, name) ? needs[name] : undefined
    if (need !== undefined && !need.fits(value)) faults.push(fault(`${store}.${name}`, `needs ${need.what}`))
  }
  if (faults.length > 0) throw refusedOptions(faults)
}

const withMethod = (name: string) => (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Record<string, unknown>)[name] === 'function'

const TEXT = { what: 'a text', fits: (value: unknown) => typeof value === 'string' }

/** Fields that more than one store has. */
const NEEDS = {
  url: { what: 'redis:// or rediss://', fits: (value: unknown) => /^rediss?:\/\/\S+$/.test(String(value)) },
  client: {
    what: 'an ioredis client',
    fits: (value: unknown) => typeof value === 'object' && value !== null,
  },
  db: { what: 'a Kysely instance', fits: withMethod('withoutPlugins') },
  timeoutMs: {
    what: 'milliseconds, more than 0',
    fits: (value: unknown) => typeof value === 'number' && value > 0,
  },
  prefix: TEXT,
  schema: TEXT,
} as const

const REDIS = { known: ['client', 'url', 'prefix', 'timeoutMs'], oneOf: ['client', 'url'], needs: NEEDS }

export const checkRedisSource = (store: string, given: unknown): void =>
  checkSource(given, { store, ...REDIS })

/** @param more further names that this store knows */
export const checkSqlSource = (store: string, given: unknown, more: readonly string[] = []): void =>
  checkSource(given, { store, known: ['db', 'schema', 'timeoutMs', ...more], oneOf: ['db'], needs: NEEDS })
