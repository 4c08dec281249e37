import type { Enum, OpenFields } from './open.ts'

/** A 4G dongle. SIM card numbers are personal data, so browsers do not get them. */
export interface DongleInfo extends OpenFields {
  readonly imei?: string | undefined
  /** 6: old dongle, 10: dongle with an eSIM. */
  readonly dongle_type?: Enum<6 | 10> | undefined
  readonly eid?: string | undefined
  /** 1: activated. */
  readonly esim_activate_state?: Enum<0 | 1> | undefined
  /** 1: a card is inserted. */
  readonly sim_card_state?: Enum<0 | 1> | undefined
  /** 0 unknown, 1 the card, 2 the eSIM. */
  readonly sim_slot?: Enum<0 | 1 | 2> | undefined
  readonly esim_infos?: readonly SimInfo[] | undefined
  readonly sim_info?: SimInfo | undefined
}

export interface SimInfo extends OpenFields {
  /** 0 unknown, 1 China Mobile, 2 China Unicom, 3 China Telecom. */
  readonly telecom_operator?: Enum<0 | 1 | 2 | 3> | undefined
  /** For an eSIM only. */
  readonly enabled?: boolean | undefined
  /** For a card: 0 unknown, 1 a normal card, 2 a card for three networks. */
  readonly sim_type?: Enum<0 | 1 | 2> | undefined
  readonly iccid?: string | undefined
}
