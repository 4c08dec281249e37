/**
 * Types of `fields/` say what DJI documents for controllers with Pilot 2 (facts D5). Every field is optional, since reports
 * are incremental and models differ. Fields that DJI does not document are there too, as `unknown`.
 *
 * The platform passes values on as they came and does not check them against these types: that would cost time with every
 * report. Check a value before money or safety depends on it.
 */
export interface OpenFields {
  readonly [field: string]: unknown
}

/** DJI says "bool" and means `true`, `false`, 0 or 1, depending on field and firmware. */
export type Flag = boolean | 0 | 1

/** A number of an enumeration. Newer firmware may send numbers that are not listed. */
export type Enum<Known extends number> = Known | (number & {})
