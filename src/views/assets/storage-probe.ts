import { browserHttp } from '../../bridge/browser.ts'
import type { FlowState } from '../../bridge/types.ts'

/** Asks once for upload credentials, as Pilot does after it loads `media` (facts C2). Without them, nothing is uploaded. */
export function createStorageProbe(mount: string, token: () => string | null) {
  let asked = false
  let status: number | null = null
  return {
    /** Null if not asked or not answered yet. */
    status: () => status,
    probe({ bootstrap, modules }: FlowState): void {
      if (asked || bootstrap === null || modules.media !== 'loaded') return
      asked = true
      const url = `${mount}/storage/api/v1/workspaces/${encodeURIComponent(bootstrap.workspace.id)}/sts`
      void browserHttp({ method: 'POST', url, token: token(), body: {} }).then((answer) => {
        status = answer.status
      })
    },
  }
}
