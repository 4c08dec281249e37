import { startLogin } from './login.ts'
import { start } from './start.ts'

start(startLogin)
