import { startHome } from './home.ts'
import { start } from './start.ts'

start(startHome)
