import { startFleet } from './fleet.ts'
import { start } from './start.ts'

start(startFleet)
