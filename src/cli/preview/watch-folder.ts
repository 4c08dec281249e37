import { watch } from 'node:fs'
import { type Schedule, scheduleTimeout } from '../../core/ports/clock.ts'

/** Editors write a file in several steps. One pause of this length is one change. */
const QUIET_MS = 80

/**
 * Calls the listener once after each change of a template below the folder.
 * @returns ends the watch
 */
export function watchFolder(
  folder: string,
  onChange: (file: string) => void,
  schedule: Schedule = scheduleTimeout,
): () => void {
  let cancel = (): void => {}
  const watcher = watch(folder, { recursive: true }, (_event, file) => {
    if (file === null || !file.endsWith('.ejs')) return
    cancel()
    cancel = schedule(() => onChange(file), QUIET_MS)
  })
  // The folder itself was deleted. There is nothing to watch, and the frames say so.
  watcher.on('error', () => watcher.close())
  return () => {
    cancel()
    watcher.close()
  }
}
