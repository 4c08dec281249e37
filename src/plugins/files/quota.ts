import { fileError } from './errors.ts'

/** How many bytes of the disk each workspace uses, with those that are arriving. */
export function createQuota(bytesPerWorkspace: number) {
  const used = new Map<string, number>()
  const add = (workspace: string, bytes: number): void =>
    void used.set(workspace, Math.max(0, (used.get(workspace) ?? 0) + bytes))

  return {
    /** @throws DjiCloudError FILE_QUOTA */
    take(workspace: string, bytes: number): void {
      if ((used.get(workspace) ?? 0) + bytes > bytesPerWorkspace)
        throw fileError('FILE_QUOTA', { data: { quotaBytes: bytesPerWorkspace } })
      add(workspace, bytes)
    },
    release: (workspace: string, bytes: number): void => add(workspace, -bytes),
    /** What was found on the disk at the start: counts also above the quota. */
    found: add,
    usedBy: (workspace: string): number => used.get(workspace) ?? 0,
  }
}

export type Quota = ReturnType<typeof createQuota>
