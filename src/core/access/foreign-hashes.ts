import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { isDjiCloudError } from '../errors.ts'
import { loadPeer } from '../packages.ts'

/** A hash that another library has made, such as that of the host's own users. */
export interface ForeignHash {
  /**
   * False: its cost is higher than any library uses. Then the password is not checked, because the check would block
   * the server.
   */
  readonly affordable: boolean
  /**
   * Checks a password, off the event loop. The password is taken as it was typed.
   * @throws DjiCloudError PACKAGE_MISSING, with the package to install
   */
  verify(password: string): Promise<boolean>
}

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
/** The library writes its parameters in no fixed order. */
const ARGON2 = /^\$argon2id\$v=\d+\$((?:[a-z]+=[\w+/-]+,?)+)\$[\w+/]+\$[\w+/]+$/

/** 2^16 rounds take some 5 seconds. */
const MOST_BCRYPT = 16
/** KiB. */
const MOST_MEMORY = 1_048_576
/** Passes over the memory, and threads. */
const MOST_PASSES = 64

/** Null: it is neither a bcrypt hash (`$2a$`, `$2b$`, `$2y$`) nor an argon2id one. */
export function readForeignHash(hash: string): ForeignHash | null {
  const bcrypt = BCRYPT.exec(hash)
  if (bcrypt !== null)
    return {
      affordable: Number(bcrypt[1]) >= 4 && Number(bcrypt[1]) <= MOST_BCRYPT,
      // `$2y$` is PHP's name of what others call `$2b$`.
      verify: (password) => verifyBcrypt(password, hash.replace(/^\$2y/, '$2b')),
    }
  const argon2 = ARGON2.exec(hash)
  if (argon2 === null) return null
  const { m, t, p } = Object.fromEntries((argon2[1] ?? '').split(',').map((pair) => pair.split('=')))
  return {
    // A parameter that is missing, or that is not a number, counts as too expensive.
    affordable: Number(m) <= MOST_MEMORY && Number(t) <= MOST_PASSES && Number(p) <= MOST_PASSES,
    verify: (password) => verifyArgon2(password, hash),
  }
}

type Compare = (password: string, hash: string) => Promise<boolean>
let compare: Promise<Compare> | null = null

async function verifyBcrypt(password: string, hash: string): Promise<boolean> {
  compare ??= loadBcrypt().catch((error: unknown) => {
    // It may be installed while the app runs.
    compare = null
    throw error
  })
  return (await compare)(password, hash)
}

/** `bcrypt` has threads of its own. `bcryptjs` is JavaScript, so it runs in a worker. */
async function loadBcrypt(): Promise<Compare> {
  try {
    const native = await loadPeer<{ readonly default: { readonly compare: Compare } }>(
      'bcrypt',
      WANTED_BCRYPT,
    )
    return native.default.compare
  } catch (error) {
    if (!isDjiCloudError(error)) throw error
    const path = resolved('bcryptjs')
    if (path === null) throw error
    return compareInWorker(path)
  }
}

const WANTED_BCRYPT = 'A stored password hash of bcrypt ($2b$...)'

function resolved(name: string): string | null {
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch {
    return null
  }
}

const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads')
const { compareSync } = require(workerData)
parentPort.on('message', ({ id, password, hash }) => {
  let good = false
  try { good = compareSync(password, hash) } catch {}
  parentPort.postMessage({ id, good })
})`

/** One worker for all, started when it is first needed, and again after it has failed. It does not keep the process alive. */
export function compareInWorker(path: string): Compare {
  const open = new Map<
    number,
    { readonly resolve: (good: boolean) => void; readonly reject: (error: unknown) => void }
  >()
  let worker: Worker | null = null
  let count = 0

  function start(): Worker {
    const started = new Worker(PROGRAM, { eval: true, workerData: path })
    const fail = (error: unknown): void => {
      if (worker === started) worker = null
      for (const { reject } of open.values()) reject(error)
      open.clear()
    }
    started.on('message', ({ id, good }: { readonly id: number; readonly good: boolean }) => {
      open.get(id)?.resolve(good)
      open.delete(id)
      if (open.size === 0) started.unref()
    })
    started.on('error', fail)
    started.on('exit', (code) =>
      fail(new Error(`The worker for password hashes ended with the code ${code}.`)),
    )
    return started
  }

  return (password, hash) =>
    new Promise((resolve, reject) => {
      worker ??= start()
      worker.ref()
      const id = count++
      open.set(id, { resolve, reject })
      worker.postMessage({ id, password, hash })
    })
}

async function verifyArgon2(password: string, hash: string): Promise<boolean> {
  const wanted = 'A stored password hash of argon2 ($argon2id$...)'
  const { default: argon2 } = await loadPeer<{
    readonly default: { verify(hash: string, password: string): Promise<boolean> }
  }>('argon2', wanted)
  return argon2.verify(hash, password)
}
