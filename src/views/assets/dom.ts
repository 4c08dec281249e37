/** Null where an overridden template left the element out: the page then simply does not show it. */
export const byId = (id: string): HTMLElement | null => document.getElementById(id)

/** Text only, ever: names and messages come from other people. */
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

/** Empties it and puts these in; nothing is touched when it would be the same. */
export function fill(id: string, children: readonly HTMLElement[]): void {
  const element = byId(id)
  if (element === null) return
  const fresh = make('div', '', children)
  if (fresh.innerHTML === element.innerHTML) return
  element.textContent = ''
  for (const child of children) element.appendChild(child)
}

/** The element's own children are replaced: `make('li', 'step', [text('span', 'name', 'Licence')])`. */
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
