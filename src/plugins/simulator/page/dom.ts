export const byId = <T extends HTMLElement = HTMLElement>(id: string): T => document.getElementById(id) as T

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className = '',
  text = '',
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  if (className !== '') made.className = className
  if (text !== '') made.textContent = text
  return made
}

export const show = (id: string, visible: boolean): void => {
  byId(id).hidden = !visible
}
