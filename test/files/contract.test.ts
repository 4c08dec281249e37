import { describe, test } from 'vitest'
import { fileStoreContract } from '../../src/testing/index.ts'
import { filesStage } from './stage.ts'

fileStoreContract({ describe, test, name: 'embeddedFiles', make: () => filesStage() })
