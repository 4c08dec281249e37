import { keepSerial } from './kept.ts'

const page = window.djiCloudPage
if (page !== undefined)
  page.onState(() => {
    const serial = page.controller()
    if (serial !== null) keepSerial(serial)
  })
