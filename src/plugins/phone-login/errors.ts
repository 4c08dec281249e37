/** The plugin's table of errors. */
export const ERRORS = {
  PHONE_CODE_INVALID: [
    403_701,
    403,
    'This code cannot be used.',
    'It has been used, has run out, or was made by another browser. Ask for a new code.',
  ],
} as const
