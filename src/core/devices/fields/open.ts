/**
 * The types in `fields/` contain what DJI documents for controllers with Pilot 2 (facts D5). Every field is optional,
 * because reports are incremental and models differ. Fields that DJI does not document have the type `unknown`.
 * The platform passes values on unchanged and does not check them against these types, because a check would cost time
 * for every report. Check a value yourself before money or safety depends on it.
 */
export interface OpenFields {
  readonly [field: string]: unknown
}

/** DJI says "bool", but depending on field and firmware a device sends `true`, `false`, 0 or 1. */
export type Flag = boolean | 0 | 1

/** A number of an enumeration. Newer firmware may send numbers that are not listed. */
export type Enum<Known extends number> = Known | (number & {})
