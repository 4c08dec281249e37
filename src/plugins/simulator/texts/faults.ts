/** For each fault: its name, what is changed in the controller, and what nobody but the page says of it. */
export interface FaultWords {
  readonly name: string
  readonly about: string
  /** What the pilot sees, if the page has no finding for it. */
  readonly pilot?: string
}

const en: Readonly<Record<string, FaultWords>> = {
  'lost-on-leave': {
    name: 'Connection lost when the page is left',
    about:
      'Pilot forgets the platform when the pilot leaves the page. On real controllers: workspace or platform information was never set.',
  },
  'no-status-reply': {
    name: 'No status_reply',
    about:
      'The answer to update_topo does not reach the controller, so it sends its topology again and again, and never a report.',
    pilot: 'The page shows the aircraft, but no battery, height or position.',
  },
  'wrong-mqtt-address': {
    name: 'Wrong MQTT address',
    about:
      'The MQTT address that the platform gives does not work where the controller is: a container name, localhost, or a firewall.',
  },
  'licence-refused': {
    name: 'Licence refused',
    about: 'Pilot does not accept the licence of the platform and says "bad base-64".',
  },
  'old-web-view': {
    name: 'Old web view',
    about:
      'The controller has an old firmware with Chromium 61. Only its name is simulated: the page runs in your browser.',
  },
  'certificate-refused': {
    name: 'Certificate refused',
    about: 'Pilot refuses the certificate of the MQTT address, without a message.',
  },
  'no-aircraft': { name: 'No aircraft', about: 'No aircraft is linked. This is not an error.' },
  'no-serial': {
    name: 'Controller without a serial number',
    about:
      'Pilot does not tell the page the serial number of its controller. The page asks for credentials without one.',
  },
  'websocket-blocked': {
    name: 'WebSocket blocked',
    about: 'A proxy does not let WebSockets through. MQTT works.',
  },
  'clock-wrong': { name: 'Clock 10 minutes off', about: 'The clock of the controller is 10 minutes behind.' },
}

const zh: typeof en = {
  'lost-on-leave': {
    name: '离开页面后断开',
    about: '飞手离开页面后，Pilot 忘记了平台。真机上的原因：从未设置工作空间或平台信息。',
  },
  'no-status-reply': {
    name: '没有 status_reply',
    about: '对 update_topo 的应答没有到达遥控器，所以它不断重发拓扑，并且从不上报数据。',
    pilot: '页面显示飞行器，但没有电量、高度或位置。',
  },
  'wrong-mqtt-address': {
    name: 'MQTT 地址错误',
    about: '平台给出的 MQTT 地址在遥控器所在网络中不可用：容器名、localhost 或防火墙。',
  },
  'licence-refused': { name: '许可证被拒绝', about: 'Pilot 不接受平台的许可证，并提示“bad base-64”。' },
  'old-web-view': {
    name: '旧的网页视图',
    about: '遥控器固件较旧，为 Chromium 61。这里只模拟其名称：页面在您的浏览器中运行。',
  },
  'certificate-refused': { name: '证书被拒绝', about: 'Pilot 拒绝 MQTT 地址的证书，且没有任何提示。' },
  'no-aircraft': { name: '没有飞行器', about: '没有连接飞行器。这不是错误。' },
  'no-serial': {
    name: '遥控器没有序列号',
    about: 'Pilot 没有告诉页面遥控器的序列号，页面在没有序列号的情况下申请凭据。',
  },
  'websocket-blocked': { name: 'WebSocket 被阻止', about: '代理不允许 WebSocket 通过。MQTT 正常。' },
  'clock-wrong': { name: '时钟相差 10 分钟', about: '遥控器的时钟慢 10 分钟。' },
}

export const FAULT_WORDS = { en, zh } as const
