import { MODULE_TABLE, type ModuleRow } from '../core/pages/module-table.ts'
import type { Bootstrap, ModuleName } from '../core/pages/page-data.ts'
import type { PlanStep } from '../core/pages/plan.ts'
import { CALLBACKS } from './callbacks.ts'
import type { FlowContext } from './context.ts'
import { issueCredentials } from './credentials.ts'
import { hintFor } from './hints.ts'
import { fingerprint } from './memory.ts'
import { ofThis } from './native.ts'
import type { BridgeResult } from './normalize.ts'
import { thingParams } from './params.ts'
import type { FlowStep } from './types.ts'

const VERIFIED_EVERY_MS = 600
const VERIFIED_FOR_MS = 6_000
const LOADED_EVERY_MS = 200
const LOADED_FOR_MS = 5_000
/** Longer than the 10 s after which `thingConnect` is called, so that this call can still succeed. */
const THING_FOR_MS = 15_000
const WS_FOR_MS = 8_000

/** Does one step of the plan and returns its result. */
export async function perform(step: PlanStep, bootstrap: Bootstrap, context: FlowContext): Promise<FlowStep> {
  const { bridge, report, keeper, memory } = context
  if (step.stands) return report(step.id, 'skipped')
  report(step.id, 'running')
  const token = keeper.token ?? ''
  switch (step.action) {
    case 'verify':
      return verify(bootstrap, context)
    case 'check':
      return check(context)
    case 'workspace': {
      const answer = bridge.platformSetWorkspaceId(bootstrap.workspace.id)
      if (answer.ok) memory.keepNative({ ...ofThis(bootstrap), wsToken: memory.native()?.wsToken ?? null })
      return told(step, answer, context)
    }
    case 'information': {
      const { platform_name, workspace } = bootstrap
      return told(
        step,
        bridge.platformSetInformation(platform_name, workspace.name, workspace.description),
        context,
      )
    }
    case 'token':
      return told(step, bridge.apiSetToken(token), context)
    case 'load':
      return step.module === null ? report(step.id, 'skipped') : load(step, step.module, bootstrap, context)
    case 'connect':
      return step.module === 'ws' ? connectWs(step, context) : connectThing(step, context)
    case 'unload':
      return step.module === null ? report(step.id, 'skipped') : unload(step.id, step.module, context)
  }
}

function told(
  step: Pick<PlanStep, 'id' | 'action'>,
  answer: BridgeResult,
  { report }: FlowContext,
): FlowStep {
  const { ok, code, message } = answer
  return report(step.id, ok ? 'ok' : 'failed', {
    code,
    message,
    hint: ok ? null : hintFor(step.action, answer),
  })
}

function verify({ license }: Bootstrap, { bridge, report }: FlowContext): FlowStep {
  if (license === null) return report('verify', 'failed', { hint: 'hint.license_missing' })
  const answer = bridge.platformVerifyLicense(license.app_id, license.app_key, license.license)
  const { ok, code, message } = answer
  return report('verify', ok ? 'ok' : 'failed', {
    code,
    message,
    hint: ok ? null : hintFor('verify', answer),
  })
}

async function check({ bridge, report, pauses, update }: FlowContext): Promise<FlowStep> {
  // Pilot may report the verification a moment late (facts A3).
  const verified = await pauses.until(
    () => bridge.platformIsVerified().data,
    VERIFIED_EVERY_MS,
    VERIFIED_FOR_MS,
  )
  update({ verified })
  const answer = bridge.platformIsVerified()
  if (verified) return report('check', 'ok', answer)
  if (answer.fault === 'no_method') return report('check', 'skipped', answer)
  return report('check', 'failed', {
    code: answer.code,
    message: answer.message,
    hint: hintFor('check', answer),
  })
}

async function load(
  step: PlanStep,
  name: ModuleName,
  bootstrap: Bootstrap,
  context: FlowContext,
): Promise<FlowStep> {
  const { bridge, pauses, keeper, memory } = context
  const setModule = (to: 'loading' | 'loaded' | 'failed') =>
    context.update({ modules: { ...context.state().modules, [name]: to } })
  setModule('loading')
  const token = keeper.token ?? ''
  let params: Readonly<Record<string, unknown>> =
    bootstrap.modules.filter((module) => module.name === name)[0]?.params ?? {}
  if (name === 'thing') {
    const issued = await issueCredentials(context)
    if ('failed' in issued) {
      setModule('failed')
      context.report(step.id, 'waiting', { hint: issued.failed.hint })
      return issued.failed
    }
    params = { ...params, ...thingParams(issued.credentials) }
  }
  params = { ...params, ...paramsOfPage(name, token) }

  // Register before the call: Pilot may invoke the callback inside it.
  if (name === 'thing' || name === 'ws') context[name].begin()
  const answer = bridge.platformLoadComponent(name, params)
  if (!answer.ok) {
    if (name === 'thing' || name === 'ws') context[name].end()
    setModule('failed')
    return told(step, answer, context)
  }
  // Pilot may report a module as loaded a moment late (facts B2). If it never does, the load was still accepted: go on.
  if (bridge.has('platformIsComponentLoaded')) {
    await pauses.until(() => bridge.platformIsComponentLoaded(name).data, LOADED_EVERY_MS, LOADED_FOR_MS)
  }
  setModule('loaded')
  if (name === 'ws') memory.keepNative({ ...ofThis(bootstrap), wsToken: fingerprint(token) })
  return told(step, answer, context)
}

/** Values that only the page knows. */
function paramsOfPage(name: ModuleName, token: string): Readonly<Record<string, string>> {
  const row: ModuleRow | undefined = MODULE_TABLE.filter((one) => one.name === name)[0]
  const params: Record<string, string> = {}
  for (const param of row?.ofPage ?? [])
    params[param] = param === 'token' ? token : (CALLBACKS as Readonly<Record<string, string>>)[name] || ''
  return params
}

export function unload(id: string, name: ModuleName, context: FlowContext): FlowStep {
  const answer = context.bridge.platformUnloadComponent(name)
  if (name === 'thing' || name === 'ws') context[name].end()
  context.update({ modules: { ...context.state().modules, [name]: 'off' } })
  return told({ id, action: 'unload' }, answer, context)
}

async function connectThing(step: PlanStep, { pauses, thing, report }: FlowContext): Promise<FlowStep> {
  const up = await pauses.until(() => thing.state === 'connected', 250, THING_FOR_MS)
  return up ? report(step.id, 'ok') : report(step.id, 'waiting', { hint: 'hint.mqtt_waiting' })
}

async function connectWs(step: PlanStep, { pauses, ws, bridge, report }: FlowContext): Promise<FlowStep> {
  const up = await pauses.until(() => ws.state === 'connected', 250, WS_FOR_MS)
  if (up) return report(step.id, 'ok')
  // Pilot cannot be asked for the state of `ws`, and no callback came: load the modules that need `ws` anyway.
  return report(step.id, bridge.has('wsGetConnectState') ? 'waiting' : 'ok', { hint: 'hint.ws_waiting' })
}
