/** The only feature of both example apps: a log of incidents, kept in memory. */
export interface Incident {
  readonly id: number
  readonly title: string
}

export class IncidentLog {
  readonly #incidents: Incident[] = []

  all(): readonly Incident[] {
    return this.#incidents
  }

  /** @throws RejectedIncident for anything but `{title: "some text"}` */
  add(body: unknown): Incident {
    const title = (body as { title?: unknown } | null | undefined)?.title
    if (typeof title !== 'string' || title.trim() === '') throw new RejectedIncident('title is needed')
    const incident = { id: this.#incidents.length + 1, title: title.trim() }
    this.#incidents.push(incident)
    return incident
  }
}

export class RejectedIncident extends Error {
  readonly status = 422
}
