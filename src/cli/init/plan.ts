/** Plans what `init` does, from what it finds. Pure: the command reads and writes the files. */
export interface Found {
  /** Text of package.json; null if there is none. */
  readonly manifest: string | null
  readonly env: string | null
  readonly gitignore: string | null
}

export interface Plan {
  readonly framework: 'express' | 'koa' | null
  readonly install: string
  readonly lines: readonly string[]
  /** Null if there is a secret already. */
  readonly env: { readonly action: 'create' | 'append'; readonly text: string } | null
  readonly warnings: readonly string[]
}

interface Manifest {
  readonly type?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export function planInit({ manifest, env, gitignore }: Found, secret: string): Plan {
  const read = manifestOf(manifest)
  const all = { ...read?.devDependencies, ...read?.dependencies }
  const framework = 'express' in all ? 'express' : 'koa' in all ? 'koa' : null
  const modules = read?.type === 'module' || 'typescript' in all
  const warnings: string[] = []
  if (read === null)
    warnings.push('There is no package.json here. Run this command in the folder of your app.')
  else if (framework === null)
    warnings.push('Neither Express nor Koa is among the dependencies. These lines are for Express.')
  if ('express' in all && 'koa' in all)
    warnings.push('Both Express and Koa are among the dependencies. These lines are for Express.')
  if (!/^\/?\.env$/m.test(gitignore ?? ''))
    warnings.push('.env is not in .gitignore. Add it, because it contains a secret.')
  return {
    framework,
    install: 'npm install dji-cloud',
    lines: linesFor(framework ?? 'express', modules),
    env: envFor(env, secret),
    warnings,
  }
}

function manifestOf(text: string | null): Manifest | null {
  if (text === null) return null
  try {
    return JSON.parse(text) as Manifest
  } catch {
    return null
  }
}

function linesFor(framework: 'express' | 'koa', modules: boolean): string[] {
  const path = `dji-cloud/${framework}`
  return [
    modules ? `import { djiCloud } from '${path}'` : `const { djiCloud } = require('${path}')`,
    '',
    'const cloud = djiCloud()',
    'app.use(cloud)',
    '',
    "cloud.on('aircraft.online', ({ aircraft, model }) => console.log(model.name ?? model.key, aircraft))",
    '',
    '// In place of your own app.listen(...): Pilot opens a WebSocket, so the platform needs the server, too.',
    'cloud.attach(app.listen(3000))',
  ]
}

const SECRET = /^\s*(?:export\s+)?DJI_CLOUD_SECRET\s*=\s*\S/m

function envFor(env: string | null, secret: string): Plan['env'] {
  if (env !== null && SECRET.test(env)) return null
  const text = [
    '# Signs the tokens of dji-cloud. Keep it secret, and use the same value on every node.',
    `DJI_CLOUD_SECRET=${secret}`,
    '# Your app of the type "Cloud API" from developer.dji.com, copied unchanged.',
    '#DJI_APP_ID=',
    '#DJI_APP_KEY=',
    '#DJI_APP_LICENSE=',
    '# In production also:',
    '#DJI_CLOUD_PUBLIC_URL=https://cloud.example.com',
    '#DJI_CLOUD_MQTT_URL=ssl://mqtt.example.com:8883',
    '',
  ].join('\n')
  if (env === null) return { action: 'create', text }
  return { action: 'append', text: env === '' || env.endsWith('\n') ? text : `\n${text}` }
}
