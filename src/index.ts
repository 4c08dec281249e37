/** The framework-free entry: everything that an app may import by the name `dji-cloud`. */
export {
  type BrokerLimits,
  type BrokerPort,
  type BrokerTls,
  type EmbeddedBrokerOptions,
  embeddedBroker,
  type ProxyProtocol,
} from './adapters/brokers/embedded/index.ts'
export { type EmqxBrokerOptions, emqxBroker } from './adapters/brokers/emqx/index.ts'
export { createExternalBroker } from './adapters/brokers/external/broker.ts'
export type {
  CheckedOptions,
  ExternalBrokerOptions,
  ExternalOptionsShape,
} from './adapters/brokers/external/options.ts'
export type {
  AccountCredentials,
  AccountEntry,
  AccountRequest,
  ExternalBrokerContext,
  ExternalBrokerParts,
  ExternalCredentials,
  HookCredentials,
  HookQuestion,
  KickedClients,
  SharedCredentials,
  TokenCredentials,
} from './adapters/brokers/external/parts.ts'
export type { AskedClient, BrokerQuestions } from './adapters/brokers/external/questions.ts'
export type { ExternalConnection, ReportedPresence } from './adapters/brokers/external/reported-presence.ts'
export type { Rest, RestOptions, RestTarget } from './adapters/brokers/external/rest.ts'
export { type MosquittoBrokerOptions, mosquittoBroker } from './adapters/brokers/mosquitto/index.ts'
export { type RabbitmqBrokerOptions, rabbitmqBroker } from './adapters/brokers/rabbitmq/index.ts'
export { type SharedAccountBrokerOptions, sharedAccountBroker } from './adapters/brokers/shared-account.ts'
export { memoryDevices } from './adapters/devices/memory.ts'
export { redisDevices } from './adapters/devices/redis.ts'
export { sqlDevices } from './adapters/devices/sql.ts'
export type { Caller } from './adapters/http/caller.ts'
export { memoryBus } from './adapters/realtime/memory-bus.ts'
export { type RedisBusClient, type RedisBusSource, redisBus } from './adapters/realtime/redis-bus.ts'
export type { RedisSource } from './adapters/redis/connection.ts'
export { memorySessions } from './adapters/sessions/memory.ts'
export { redisSessions } from './adapters/sessions/redis.ts'
export { sqlSessions } from './adapters/sessions/sql.ts'
export { memoryShared } from './adapters/shared/memory.ts'
export { redisShared } from './adapters/shared/redis.ts'
export type { SqlDatabase, SqlSource } from './adapters/sql/database.ts'
export { type MigrationSource, migrateSql } from './adapters/sql/migrate.ts'
export { type PostgresPool, safePool } from './adapters/sql/pool.ts'
export { memoryRateLimitStore, redisRateLimitStore } from './adapters/throttle/limiter.ts'
export { type AuthenticatedInput, type CustomUsers, customUsers } from './adapters/users/custom.ts'
export { type MemoryUser, memoryUsers, type PasswordUserStore } from './adapters/users/memory.ts'
export type { UserInput } from './adapters/users/schema.ts'
export {
  type ListedUser,
  type NewUser,
  type SqlUserStore,
  sqlUsers,
  type UserChanges,
} from './adapters/users/sql.ts'
export { copyTemplate, loadTemplates, templateNames } from './adapters/views/templates.ts'
export type { Identity } from './core/access/guard.ts'
export type { MqttLogin, OpenedSession, VerifiedToken } from './core/access/host-sessions.ts'
export { type KeyPair, mqttVerificationKey } from './core/access/keys.ts'
export type { HostUser, NamedUser, OpenSessionOptions } from './core/access/opening.ts'
export { hashPassword, needsRehash, type ScryptCost, verifyPassword } from './core/access/passwords.ts'
export type { RecheckFilter } from './core/access/session-filter.ts'
export type {
  AircraftBattery,
  AircraftMode,
  AircraftOsd,
  AircraftState,
  Battery,
  PositionState,
} from './core/devices/fields/aircraft.ts'
export type { CameraOsd, PayloadOsd } from './core/devices/fields/camera.ts'
export type { ControllerOsd, ControllerState, WirelessLink } from './core/devices/fields/controller.ts'
export { type DeviceEventMethod, type DeviceEvents, isDeviceEvent } from './core/devices/fields/events.ts'
export type { DeviceFields } from './core/devices/fields/index.ts'
export type { LiveCapacity, LiveStatus } from './core/devices/fields/live.ts'
export type { ServiceData, ServiceMethod, ServiceReply, Services } from './core/devices/fields/services.ts'
export type { DeviceCollection, DeviceFeature } from './core/devices/geojson.ts'
export type { AircraftView, GatewayView, LinkedView } from './core/devices/records.ts'
export type { TelemetryFilter, TelemetryReport, TelemetryStream } from './core/devices/reports.ts'
export type { WorkspaceDevices } from './core/devices/scoped.ts'
export type { Devices } from './core/devices/service.ts'
export type { DeviceState } from './core/devices/telemetry.ts'
export { DjiCloudError, ERRORS, type ErrorName, isDjiCloudError } from './core/errors.ts'
export type {
  AircraftOfflineReason,
  CloudEmitter,
  CloudEventName,
  CloudEvents,
  CloudListener,
  DeviceModel,
  GatewayOfflineReason,
  LoginFailure,
} from './core/events.ts'
export type { Finding, FindingId } from './core/findings/index.ts'
export type { CloudHealth, PartHealth } from './core/health/report.ts'
export type { HistogramSample, MetricReading, Sample } from './core/metrics/types.ts'
export type { CommandOptions, CommandReply, DrcCommand } from './core/mqtt/commands.ts'
export type { RequestReply } from './core/mqtt/device-handlers.ts'
export type { LegacyUse } from './core/mqtt/legacy.ts'
export type { DeviceRequestHandler, GatewayRequest } from './core/mqtt/requests.ts'
export type { LoginOption, LoginRateLimitOptions } from './core/options/login-types.ts'
export type {
  AccountOption,
  CorsOptions,
  DjiCloudOptions,
  LegacyAccountOption,
  WorkspaceOption,
} from './core/options/types.ts'
export type {
  ErrorLocals,
  FleetLocals,
  HomeLocals,
  IncludeLocals,
  LoginLocals,
  TemplateLocals,
  TemplateName,
} from './core/pages/locals.ts'
export type {
  LiveshareOptions,
  MapOptions,
  MediaOptions,
  ModulesOptions,
  MopOptions,
} from './core/pages/modules.ts'
export type { AppOption, PagesOptions } from './core/pages/options.ts'
export type { PageLocals, RenderPage, ViewsOptions } from './core/pages/render.ts'
export { checkTexts, type TextFinding, textsToTranslate } from './core/pages/texts/check-texts.ts'
export type { Messages, TextKey, Texts } from './core/pages/texts/index.ts'
export type { ThemeColors, ThemeOptions } from './core/pages/theme.ts'
export type { MigratedPlugin, PluginMigration, SqlDatabaseLike } from './core/plugins/migrations.ts'
export type {
  AccessDecision,
  AccessDenial,
  AccessList,
  AuthenticatedUser,
  BrokerAdapter,
  BrokerCapabilities,
  BrokerConnection,
  BrokerHealth,
  BrokerHook,
  BrokerHooks,
  BrokerHost,
  BrokerLogin,
  Bus,
  ChallengeAnswer,
  Clock,
  ConnectAttempt,
  ConnectDecision,
  CredentialRequest,
  DeviceChange,
  DeviceRecord,
  DeviceStore,
  EndReason,
  GivenChallenge,
  HookFields,
  HookResponse,
  InboundMessage,
  KickTarget,
  LegacyLogin,
  Logger,
  LoginChallenge,
  LoginContext,
  LoginCredentials,
  LoginField,
  LoginFields,
  NextToken,
  OutboundMessage,
  PageWords,
  Principal,
  PrincipalKind,
  Qos,
  RateLimit,
  RateLimitCounter,
  RateLimitStore,
  Refusal,
  Role,
  RotationResult,
  Session,
  SessionFilter,
  SessionStore,
  SharedStore,
  StoredSession,
  User,
  UserStore,
  Workspace,
} from './core/ports/index.ts'
export type { SignedInId, SourceUser } from './core/sign-in/source.ts'
export { type CallerDemand, createDjiCloud, type DjiCloud } from './dji-cloud.ts'
export type { DoctorOptions, DoctorReport } from './doctor/index.ts'
