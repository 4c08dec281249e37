/** A typed client of `window.djiBridge`, and the whole login flow on top of it. No dependency, no DOM, Chromium 70. */
export { type AddressWarning, addressWarnings } from '../core/findings/addresses.ts'
export type { Finding } from '../core/findings/finding.ts'
export { MODULE_NAMES } from '../core/pages/module-table.ts'
export type {
  Bootstrap,
  ModuleName,
  ModulePlan,
  MqttCredentials,
  PageUrls,
} from '../core/pages/page-data.ts'
export type { AircraftSummary, DeviceSummary, Situation } from '../core/pages/situation.ts'
export { fillText } from '../core/pages/texts/fill.ts'
export { pageUrls } from '../core/pages/urls.ts'
export { type AuthClient, createAuthClient } from './access.ts'
export { browserEnvironment, browserHttp, browserStorage, isDjiPilot } from './browser.ts'
export * from './callbacks.ts'
export { type Bridge, type BridgeSource, callBridge, createBridge, windowBridge } from './client.ts'
export { PILOT_CODES, SERVER_CODES } from './codes.ts'
export {
  type ActionFacts,
  actionsFor,
  canReload,
  type Offered,
  type PageAction,
} from './diagnosis/actions.ts'
export { diagnose, type PageFinding } from './diagnosis/diagnose.ts'
export { type DiagnosticFacts, factsOf } from './diagnosis/facts.ts'
export { type Verdict, type VerdictFacts, verdictOf } from './diagnosis/verdict.ts'
export { createPilotFlow } from './flow.ts'
export type { HintKey } from './hints.ts'
export {
  asBoolean,
  asNumber,
  asRecord,
  asText,
  type BridgeFault,
  type BridgeResult,
  normalize,
  toBoolean,
} from './normalize.ts'
export type {
  PageEvent,
  PageEventDetails,
  PageEventName,
  PageFindingNews,
  PageNow,
  PageState,
} from './page-events.ts'
export * from './params.ts'
export type { DjiCloudPage, LoginForPlugins, UploadOptions } from './plugin-page.ts'
export { type FlowTextKey, type FlowTexts, flowTexts } from './texts.ts'
export type * from './types.ts'
