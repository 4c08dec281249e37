/** Between the box and what it explains, CSS pixels. */
const GAP = 12

/** Where a box of this size fits beside the target without covering it. The corner of the window if it fits nowhere. */
export function placeBeside(
  target: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number },
  box: { readonly width: number; readonly height: number },
  view: { readonly width: number; readonly height: number },
): { readonly left: number; readonly top: number } {
  const within = (value: number, size: number, all: number): number =>
    Math.max(GAP, Math.min(value, all - size - GAP))
  const beside = within(target.top, box.height, view.height)
  const along = within(target.left, box.width, view.width)
  if (target.right + GAP + box.width <= view.width) return { left: target.right + GAP, top: beside }
  if (target.left - GAP - box.width >= 0) return { left: target.left - GAP - box.width, top: beside }
  if (target.bottom + GAP + box.height <= view.height) return { left: along, top: target.bottom + GAP }
  if (target.top - GAP - box.height >= 0) return { left: along, top: target.top - GAP - box.height }
  return { left: view.width - box.width - GAP, top: view.height - box.height - GAP }
}
