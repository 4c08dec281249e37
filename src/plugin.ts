/**
 * Everything that you need to write a plugin: `import { definePlugin, route } from 'dji-cloud/plugin'`. It does not load the
 * platform, so that a plugin may be bundled with it or be a package on its own.
 */
export type { MqttLogin, OpenedSession, VerifiedToken } from './core/access/host-sessions.ts'
export { networkOf } from './core/access/network.ts'
export type { HostUser, NamedUser, OpenSessionOptions } from './core/access/opening.ts'
export { isSameSecret } from './core/access/same-secret.ts'
export { createSealer, type Sealer } from './core/access/sealed.ts'
export type { RecheckFilter } from './core/access/session-filter.ts'
export type { TokenStatus } from './core/access/tokens.ts'
export { type Checked, check as checkOptions, type Problem } from './core/checking/explain.ts'
export { type DeviceEvents, isDeviceEvent } from './core/devices/fields/events.ts'
export type { DeviceFields } from './core/devices/fields/index.ts'
export type { Services } from './core/devices/fields/services.ts'
export type { AircraftView, GatewayView } from './core/devices/records.ts'
export type { Devices } from './core/devices/service.ts'
export type { DeviceState } from './core/devices/telemetry.ts'
export { DjiCloudError, isDjiCloudError } from './core/errors.ts'
export type { CloudEventName, CloudEvents, CloudListener } from './core/events.ts'
export { type Finding, type FindingId, finding } from './core/findings/index.ts'
export type { PublicBase } from './core/http/addresses.ts'
export {
  type ByteRange,
  type FileInfo,
  type FileSource,
  fileResponse,
  redirectResponse,
} from './core/http/answers.ts'
export { validate } from './core/http/body.ts'
export { cookieOf, setCookie } from './core/http/cookies.ts'
export type { FieldPart, FilePart, MultipartBody, MultipartLimits } from './core/http/multipart.ts'
export { isOwnHost } from './core/http/own-host.ts'
export { assetHeaders, type PagePolicy, pageHeaders } from './core/http/page-headers.ts'
export type { RowRateLimit } from './core/http/routes.ts'
export type { BodyStream, HttpRequest, HttpResponse, IncomingBody, StreamedBody } from './core/http/types.ts'
export { failure, success, tokenOf } from './core/http/wire.ts'
export { isPage, withScript } from './core/http/with-script.ts'
export type {
  Counter,
  Histogram,
  HistogramSample,
  Labels,
  LabelValues,
  MetricOptions,
  MetricReading,
  Metrics,
  ReadableMetrics,
  Sample,
} from './core/metrics/types.ts'
export { isSerial } from './core/mqtt/topics.ts'
export { loadPeer as loadPackage } from './core/packages.ts'
export { toIsland } from './core/pages/island.ts'
export type { LoginReason, ModuleName } from './core/pages/page-data.ts'
export { API_PATH } from './core/pages/urls.ts'
export type {
  Contribution,
  DevicePublish,
  FailedLogin,
  PluginContext,
  PluginOptions,
  PluginSessions,
  RouteFacts,
  UserOfSource,
} from './core/plugins/context.ts'
export {
  type AnyPlugin,
  definePlugin,
  type Plugin,
  type PluginApis,
  type PluginEvents,
  type PluginFault,
  type PluginNeed,
  type PluginParts,
  type ReleasedDevice,
} from './core/plugins/define.ts'
export type { DoctorCheck, ExpectedField } from './core/plugins/doctor-checks.ts'
export type { DocumentAnswer } from './core/plugins/document-answer.ts'
export type { DocumentPolicy } from './core/plugins/document-policy.ts'
export type { ErrorDetails, PluginErrors } from './core/plugins/errors.ts'
export type { EventSchemas } from './core/plugins/events.ts'
export type { MigratedPlugin, PluginMigration, SqlDatabaseLike } from './core/plugins/migrations.ts'
export type { OwnCookie } from './core/plugins/own-cookie.ts'
export { type DocumentPart, type PagesPart, SLOTS, type Slot } from './core/plugins/pages.ts'
export type { PluginHealth } from './core/plugins/plugin-health.ts'
export type { PluginRateLimit } from './core/plugins/rate-limit.ts'
export {
  type AdmitContext,
  type BodyLimit,
  type BodyRow,
  type GuardedAdmitContext,
  type GuardedRouteContext,
  type PlainRow,
  type PluginRoute,
  type RouteContext,
  type RowAnswers,
  type RowGuard,
  route,
} from './core/plugins/route-row.ts'
export {
  type DeviceEventRow,
  type DeviceMessageContext,
  DeviceRefusal,
  type DeviceRequestRow,
  type DownwardTopicRow,
  deviceEvent,
  deviceRequest,
  deviceTopic,
  type PilotResponseTransform,
  type TopicContext,
  type TopicRow,
  type UpwardTopicRow,
} from './core/plugins/rows.ts'
export type { OnceResult, PluginStore } from './core/plugins/shared.ts'
export type { PluginRedis, PluginRedisSource, PluginSql, PluginSqlSource } from './core/ports/connections.ts'
export type {
  AddressOptions,
  Clock,
  EndedSession,
  EndReason,
  FileList,
  FileStore,
  Logger,
  PutOptions,
  RateLimit,
  Role,
  Session,
  SessionFilter,
  StoredFile,
  TemporaryUpload,
  User,
  Workspace,
} from './core/ports/index.ts'
export type {
  ReturnTo,
  SignedIn,
  SignedInId,
  SignedInUser,
  SignInLink,
  SignInSource,
  SourceUser,
} from './core/sign-in/source.ts'
