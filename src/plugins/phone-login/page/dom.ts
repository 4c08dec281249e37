export const byId = (id: string): HTMLElement | null => document.getElementById(id)

/** Always as text: what it shows comes from other people. */
export function say(id: string, text: string): void {
  const element = byId(id)
  if (element !== null && element.textContent !== text) element.textContent = text
}

export function show(id: string, visible: boolean): void {
  const element = byId(id)
  if (element !== null) element.hidden = !visible
}

export function onClick(id: string, listener: (event: Event) => void): void {
  const element = byId(id)
  if (element !== null) element.addEventListener('click', listener)
}

/** `4:07` */
export function minutes(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const rest = seconds % 60
  return `${Math.floor(seconds / 60)}:${rest < 10 ? '0' : ''}${rest}`
}
