import { browserEnvironment, browserHttp } from '../../bridge/browser.ts'
import { setPilotHandlers } from '../../bridge/callbacks.ts'
import { createBridge } from '../../bridge/client.ts'
import { diagnose } from '../../bridge/diagnosis/diagnose.ts'
import type { DiagnosticFacts } from '../../bridge/diagnosis/facts.ts'
import { createPilotFlow } from '../../bridge/flow.ts'
import { createMemory } from '../../bridge/memory.ts'
import type { FlowOutcome, FlowState, FlowStep } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import { showApps } from './apps.ts'
import type { Translate } from './browser.ts'
import { createDeviceView } from './device-view.ts'
import { devicesUrl, showDevices } from './devices.ts'
import { showDiagnosis } from './diagnosis.ts'
import { createDialog } from './dialog.ts'
import { byId, onClick, setText, show } from './dom.ts'
import { openToPlugins } from './for-plugins.ts'
import { watchLife } from './life.ts'
import { createLiveSettings } from './live-settings.ts'
import { createMediaSettings } from './media-settings.ts'
import { createModuleList } from './modules.ts'
import { createPageFacts } from './page-facts.ts'
import { readPast } from './past.ts'
import { showProblem } from './problem.ts'
import { copyReport, reportText } from './report.ts'
import { showSettings } from './settings.ts'
import { showStatus } from './status.ts'
import { createStepList } from './steps.ts'
import { createStorageProbe } from './storage-probe.ts'

const DEVICES_EVERY_MS = 10_000

export function startHome(data: PageData, t: Translate): void {
  const env = browserEnvironment(data.urls, { onStep, onState, onOutcome })
  const bridge = createBridge(env.bridge)
  const memory = createMemory(env.storage)
  const plugins = openToPlugins(data, t, memory.token)
  const past = readPast(env.storage, bridge)
  const steps = createStepList(t, data.language)
  const flow = createPilotFlow(env)
  const view = createDeviceView(data.urls.api, memory.token, t)
  const storage = createStorageProbe(data.mount, memory.token)
  const factsOfPage = createPageFacts(data, bridge, past)
  const showModules = createModuleList(t, (name) => flow.reload(name))
  const showPanels = showSettings([
    createMediaSettings(bridge, t),
    createLiveSettings(bridge, env.storage, t, ({ ok, code, message }) =>
      onStep({
        id: 'live',
        status: ok ? 'ok' : 'failed',
        code,
        message,
        hint: ok ? null : 'finding.live.pilot',
        at: Date.now(),
      }),
    ),
  ])
  const dialogs = [createDialog('logout', () => void logOut()), createDialog('leave', leave)] as const
  let outside = false
  let told: string | null = null
  let claimed: unknown = null
  let gone = false

  onState(flow.state())
  void flow.run(data.bootstrap)
  watchLife(flow.wake)

  function onStep(step: FlowStep): void {
    steps.show(step)
  }

  function onState(state: FlowState): void {
    showStatus(state, outside, data.language, t)
    showModules(state)
    showPanels(state)
    show('leave', state.bridge === 'present')
    if (state.bridge === 'present') claimPilot()
    view.ask(state)
    past.note(state)
    const facts = factsNow(state)
    showDiagnosis(facts, diagnose(facts), told, t)
    plugins.stateChanged(state)
  }

  function onOutcome(outcome: FlowOutcome): void {
    const retry = byId('retry') as HTMLButtonElement | null
    if (retry !== null) retry.disabled = false
    if (outcome.kind === 'login') {
      goToLogin(outcome.reason)
      return
    }
    outside = outcome.kind === 'outside'
    show('outside', outside)
    show('retry', outcome.kind !== 'connected' && !outside)
    told = showProblem(outcome, steps.all(), t)
    if (!outside) showApps(data.apps, bridge, t)
    onState(flow.state())
    if (outside) void pollDevices()
  }

  function goToLogin(reason: Extract<FlowOutcome, { kind: 'login' }>['reason']): void {
    if (reason !== null) past.ended(reason)
    location.replace(reason === null ? data.urls.login : `${data.urls.login}?reason=${reason}`)
  }

  function factsNow(state: FlowState): DiagnosticFacts {
    return factsOfPage(state, steps.all(), { seenByServer: view.seen(), storageStatus: storage.status() })
  }

  function claimPilot(): void {
    const injected = window.djiBridge
    if (injected === undefined || injected === claimed) return
    claimed = injected
    setPilotHandlers(injected, {
      // Return true to stay in the page: the arrow closes an open dialog first. Without one, Pilot leaves the page and stays connected.
      onBack: () => dialogs.some((dialog) => dialog.close()),
      onStop() {
        past.forget()
        flow.leave()
      },
    })
  }

  async function pollDevices(): Promise<void> {
    const url = devicesUrl(data.urls.api, flow.state())
    if (url !== null) showDevices(await browserHttp({ method: 'GET', url, token: memory.token() }), t)
    window.setTimeout(() => void pollDevices(), DEVICES_EVERY_MS)
  }

  async function logOut(): Promise<void> {
    setText('logout-confirm', t('logout.busy'))
    past.forget()
    await flow.logout()
    // Pilot closes the page itself. An ordinary browser does not.
    location.replace(`${data.urls.login}?reason=signed_out`)
  }

  function leave(): void {
    past.forget()
    // Keep the login: unlike Pilot's own exit, this way of stopping the platform must not end the session.
    const injected = window.djiBridge
    if (injected !== undefined) setPilotHandlers(injected, { onStop: () => {} })
    flow.quit()
    // Reached only if Pilot did not close the page: load it again.
    gone = true
    show('retry', true)
  }

  onClick('retry', () => {
    if (gone) {
      location.reload()
      return
    }
    const retry = byId('retry') as HTMLButtonElement
    retry.disabled = true
    void flow.run(null)
  })
  onClick('copy', () => {
    const facts = factsNow(flow.state())
    copyReport(reportText(flow.state(), facts, diagnose(facts), t), t)
  })
  onClick('logout', () => dialogs[0].open())
  onClick('leave', () => dialogs[1].open())
  const details = byId('diagnosis')
  if (details !== null)
    details.addEventListener('toggle', () => {
      storage.probe(flow.state())
      onState(flow.state())
    })
}
