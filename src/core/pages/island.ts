const UNSAFE = /[<>&\u2028\u2029]/g

/**
 * JSON that is safe inside a script element: no text in it can end the element, open a comment, or break the parser of
 * an old engine (U+2028, U+2029).
 */
export const toIsland = (data: unknown): string =>
  JSON.stringify(data).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
