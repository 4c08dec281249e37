import { browserStorage } from '../../bridge/browser.ts'
import { createMemory } from '../../bridge/memory.ts'
import { openToPlugins } from './for-plugins.ts'
import { start } from './start.ts'

// A page of a plugin's own. The plugin's script comes after this one.
start((data, t) => {
  openToPlugins(data, t, createMemory(browserStorage()).token)
})
