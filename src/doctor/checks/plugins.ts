import type { Finding } from '../../core/findings/index.ts'
import { differenceOf, type ServedCheck } from '../../core/plugins/doctor-checks.ts'
import { ask } from '../ask.ts'
import type { Check, DoctorContext } from '../context.ts'

/**
 * A platform may offer more checks than this. The limit protects the doctor from a platform that would keep it busy.
 */
const MOST = 100

/** Runs the checks that the plugins of the platform offer. A logged-in pilot may ask for them. */
export const plugins: Check = {
  title: 'plugins',
  needs: ({ token, bootstrap }) => token !== null && bootstrap !== null,
  async run(context) {
    const listed = await ask(context, `${context.base}/pilot/doctor`)
    // An earlier version of the package has no such route.
    if (listed.code !== 0) return []
    const checks = (listed.data['checks'] ?? []) as readonly ServedCheck[]
    const findings: Finding[] = []
    for (const check of checks.slice(0, MOST)) findings.push(...(await made(context, check)))
    return findings
  },
}

async function made(context: DoctorContext, check: ServedCheck): Promise<readonly Finding[]> {
  const path = check.path.replaceAll(
    ':workspace_id',
    encodeURIComponent(context.bootstrap?.workspace.id ?? ''),
  )
  const address = new URL(`${context.base}${path}`)
  // The token is for this platform only, even if the platform names another address.
  if (address.origin !== new URL(context.base ?? '').origin) return []
  const answer = await ask(context, address.href)
  const difference = differenceOf(check, { status: answer.status, json: jsonOf(answer.text) })
  if (difference === null) return []
  const { id, severity, what, why, pilot, server } = check
  return [
    {
      id: id as `${string}/${string}`,
      severity,
      what,
      why,
      pilot,
      server,
      row: null,
      evidence: `${path}: ${difference}`,
      at: null,
    },
  ]
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
