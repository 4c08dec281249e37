/** The tests that every store, broker and plugin has to pass, for any test runner. */

export { type HookServer, startHookServer } from './broker/hook-server.ts'
export { type BrokerContract, type BrokerUnderTest, brokerContract } from './broker.ts'
export { type DeviceStoreContract, deviceStoreContract } from './devices.ts'
export { type FileStoreContract, type FileStoreUnderTest, fileStoreContract } from './files.ts'
export {
  type PluginContract,
  type PluginSeed,
  type PluginSeedStage,
  type PluginUnderTest,
  pluginContract,
} from './plugin.ts'
export type { ContractRunner } from './runner.ts'
export { type SessionStoreContract, sessionStoreContract } from './sessions.ts'
export { CONTRACT_USERS, type ContractUser, type UserStoreContract, userStoreContract } from './users.ts'
