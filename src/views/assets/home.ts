import { browserEnvironment } from '../../bridge/browser.ts'
import { setPilotHandlers } from '../../bridge/callbacks.ts'
import { createBridge } from '../../bridge/client.ts'
import { actionsFor } from '../../bridge/diagnosis/actions.ts'
import { diagnose } from '../../bridge/diagnosis/diagnose.ts'
import type { DiagnosticFacts } from '../../bridge/diagnosis/facts.ts'
import { verdictOf } from '../../bridge/diagnosis/verdict.ts'
import { createPilotFlow } from '../../bridge/flow.ts'
import { createMemory } from '../../bridge/memory.ts'
import type { FlowOutcome, FlowState, FlowStep } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import { showApps } from './apps.ts'
import type { Translate } from './browser.ts'
import { showButtons } from './buttons.ts'
import { createCrafts } from './craft.ts'
import { showDiagnosis } from './diagnosis.ts'
import { createDialog } from './dialog.ts'
import { byId, onClick, sendOnDocument, setText } from './dom.ts'
import { openToPlugins } from './for-plugins.ts'
import { watchLife } from './life.ts'
import { createLiveSettings } from './live-settings.ts'
import { createMediaSettings } from './media-settings.ts'
import { createModuleList } from './modules.ts'
import { showOthers } from './others.ts'
import { createPageEvents } from './page-events.ts'
import { createPageFacts } from './page-facts.ts'
import { readPast } from './past.ts'
import { copyReport, reportText } from './report.ts'
import { showSettings } from './settings.ts'
import { createSituation } from './situation.ts'
import { createStepList } from './steps.ts'
import { createStorageProbe } from './storage-probe.ts'
import { showUploads } from './uploads.ts'
import { createVerdict } from './verdict.ts'

/** A longer name is shown small and over the whole width, so that it leaves room for the rest. */
const LONG = 40

export function startHome(data: PageData, t: Translate): void {
  const env = browserEnvironment(data.urls, { onStep, onState, onOutcome })
  const bridge = createBridge(env.bridge)
  const memory = createMemory(env.storage)
  const events = createPageEvents(t, sendOnDocument)
  const plugins = openToPlugins(data, t, memory.token, null, events)
  const past = readPast(env.storage, bridge)
  const steps = createStepList(t, data.language)
  const flow = createPilotFlow(env)
  const view = createSituation(data.urls.situation, memory.token)
  const storage = createStorageProbe(data.mount, memory.token)
  const factsOfPage = createPageFacts(data, bridge, past)
  const showModules = createModuleList(t, (name) => flow.reload(name))
  const showVerdict = createVerdict(data.language, t)
  const showCrafts = createCrafts(data.language, t)
  const media = createMediaSettings(bridge, t, showSent)
  const live = createLiveSettings(bridge, env.storage, t, ({ ok, code, message }) => {
    const hint = ok ? null : 'finding.live.pilot'
    onStep({ id: 'live', status: ok ? 'ok' : 'failed', code, message, hint, at: Date.now() })
    showSent()
  })
  const showPanels = showSettings([media, live])
  const dialogs = [createDialog('logout', () => void logOut()), createDialog('leave', leave)] as const
  let outcome: FlowOutcome['kind'] | null = null
  let main: 'retry' | 'reconnect' = 'retry'
  let claimed: unknown = null
  let gone = false

  onState(flow.state())
  void flow.run(data.bootstrap)
  watchLife(flow.wake, () => onState(flow.state()))
  // Ages grow also while nothing else happens.
  window.setInterval(() => showSeen(flow.state()), 1_000)

  function onStep(step: FlowStep): void {
    steps.show(step)
    events.stepChanged(step)
  }

  function onState(state: FlowState): void {
    showWho(state)
    showModules(state)
    showPanels(state)
    showSent()
    if (state.bridge === 'present') claimPilot()
    view.ask(state, () => onState(flow.state()))
    showSeen(state)
    past.note(state)
    judge(state)
    plugins.stateChanged(state)
  }

  /** What is wrong, what to do about it, and which buttons can help. */
  function judge(state: FlowState): void {
    const facts = factsNow(state)
    const findings = diagnose(facts)
    const verdict = verdictOf({
      ...{ link: state.link, outcome, gone, findings },
      valuesOld: view.seen(state).old,
    })
    const offered = actionsFor({ verdict, link: state.link, bridge: state.bridge, gone })
    if (offered.main === 'retry' || offered.main === 'reconnect') main = offered.main
    showVerdict(state, { verdict, offered, gone })
    showButtons(offered)
    showDiagnosis(facts, findings, t)
    events.findingsAre(findings)
    events.stateChanged(state, verdict, view.seen(state).situation)
  }

  function showWho({ bootstrap }: FlowState): void {
    if (bootstrap === null) return
    const { name } = bootstrap.workspace
    setText('workspace', name)
    byId('workspace-figure')?.setAttribute('data-long', String(name.length > LONG))
    setText('user', bootstrap.user.username)
  }

  function showSeen(state: FlowState): void {
    const seen = view.seen(state)
    showCrafts(state, seen)
    showOthers(state, seen, data.language, t)
  }

  function showSent(): void {
    showUploads(flow.state(), { ...media.uploads(), ...live.uploads() }, t)
  }

  function onOutcome(reached: FlowOutcome): void {
    const retry = byId('retry') as HTMLButtonElement | null
    if (retry !== null) retry.disabled = false
    if (reached.kind === 'login') {
      goToLogin(reached.reason)
      return
    }
    // There is no controller here: show what the workspace has.
    if (reached.kind === 'outside') {
      location.replace(data.urls.fleet)
      return
    }
    outcome = reached.kind
    showApps(data.apps, bridge, t)
    onState(flow.state())
  }

  function goToLogin(reason: Extract<FlowOutcome, { kind: 'login' }>['reason']): void {
    if (reason !== null) past.ended(reason)
    location.replace(reason === null ? data.urls.login : `${data.urls.login}?reason=${reason}`)
  }

  function factsNow(state: FlowState): DiagnosticFacts {
    return factsOfPage(state, steps.all(), {
      seenByServer: view.seen(state).online,
      storageStatus: storage.status(),
      serverFailingSince: view.failingSince(),
    })
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
    dialogs[1].close()
    gone = true
    onState(flow.state())
  }

  onClick('reload', () => location.reload())
  onClick('retry', () => {
    const retry = byId('retry') as HTMLButtonElement
    retry.disabled = true
    view.hurry()
    void (main === 'reconnect' ? flow.reload('thing') : flow.run(null))
  })
  for (const id of ['copy', 'copy-report'])
    onClick(id, () => {
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
