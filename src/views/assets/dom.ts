import type { Send } from './page-events.ts'

/** In place of a value that nobody has told. */
export const NOTHING = '–'

/** Null if a template of the host has no such element. The page then does not show it. */
export const byId = (id: string): HTMLElement | null => document.getElementById(id)

/** Always as text, never as HTML: names and messages come from other people. */
export function setText(id: string, text: string): void {
  const element = byId(id)
  if (element !== null && element.textContent !== text) element.textContent = text
}

export function show(id: string, visible: boolean): void {
  const element = byId(id)
  if (element !== null) element.hidden = !visible
}

export function onClick(id: string, listener: () => void): void {
  const element = byId(id)
  if (element !== null) element.addEventListener('click', listener)
}

/** Replaces the children of an element. Does nothing if they are already the same. */
export function fill(id: string, children: readonly HTMLElement[]): void {
  const element = byId(id)
  if (element === null) return
  const fresh = make('div', '', children)
  if (fresh.innerHTML === element.innerHTML) return
  element.textContent = ''
  for (const child of children) element.appendChild(child)
}

/** Makes an element with children: `make('li', 'step', [text('span', 'name', 'Licence')])`. */
export function make(
  tag: string,
  className: string,
  children: readonly (HTMLElement | string)[] = [],
): HTMLElement {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  for (const child of children)
    element.appendChild(typeof child === 'string' ? document.createTextNode(child) : child)
  return element
}

/** A listener that throws does not stop the page: the browser reports its error. */
export const sendOnDocument: Send = (name, detail) => {
  document.dispatchEvent(new CustomEvent(name, { detail }))
}
