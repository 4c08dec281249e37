/** Marks a message of the fake bridge, so that a driver can tell it from an ordinary prompt. */
export const CHANNEL_PREFIX = 'dji-bridge:'

/** A piece of a message that is too long for one prompt; the last piece has the plain prefix. */
const PIECE_PREFIX = 'dji-bridge+'
/** Chromium, 70 and today's alike, cuts the text of a prompt at 10,240 characters; answers may be of any length. */
const PIECE = 8_000

/**
 * Answers the messages of a page: `{"method","args"}` behind the prefix. Values travel as `{"v": ...}`, so that
 * "nothing" stays nothing. Null for a message that is none of ours.
 */
export function createPageResponder(
  call: (method: string, args: readonly unknown[]) => unknown,
): (message: string) => string | null {
  let pieces = ''
  return (message) => {
    if (message.startsWith(PIECE_PREFIX)) {
      pieces += message.slice(PIECE_PREFIX.length)
      return '{}'
    }
    if (!message.startsWith(CHANNEL_PREFIX)) return null
    const text = pieces + message.slice(CHANNEL_PREFIX.length)
    pieces = ''
    try {
      const request = JSON.parse(text) as { method?: unknown; args?: unknown }
      return JSON.stringify({
        v: call(String(request.method), Array.isArray(request.args) ? request.args : []),
      })
    } catch {
      return '{}'
    }
  }
}

export interface PageScriptOptions {
  readonly methods: readonly string[]
  readonly delayMs: number
  /**
   * Source of a function (message: string) => string | null that reaches `answer` synchronously. Default:
   * `window.prompt`, which a driver answers through the debugger's dialog event, out of reach of the page's CSP.
   */
  readonly channel?: string | undefined
  /** Where the bridge appears. `framed`: in documents inside a frame, as the simulator has them. @default 'top' */
  readonly where?: 'top' | 'framed' | undefined
}

/** Source of the fake `window.djiBridge`: ES2015, for Chromium 70. `onBackClick` and `onStopPlatform` are the page's to set. */
export function pageScript({ methods, delayMs, channel, where = 'top' }: PageScriptOptions): string {
  const names = JSON.stringify(methods)
  const ask = channel ?? 'function (message) { return window.prompt(message) }'
  return `(function () {
  'use strict';
  if (window ${where === 'top' ? '!==' : '==='} window.top) return;
  var ask = ${ask};
  var bridge = {};
  ${names}.forEach(function (method) {
    bridge[method] = function () {
      var args = Array.prototype.slice.call(arguments);
      // Plain ASCII: a pair of surrogates must not be torn apart between two pieces.
      var text = JSON.stringify({ method: method, args: args }).replace(/[\\u007f-\\uffff]/g, function (one) {
        return '\\\\u' + ('000' + one.charCodeAt(0).toString(16)).slice(-4);
      });
      for (; text.length > ${PIECE}; text = text.slice(${PIECE})) ask('${PIECE_PREFIX}' + text.slice(0, ${PIECE}));
      var answer = ask('${CHANNEL_PREFIX}' + text);
      return answer ? JSON.parse(answer).v : undefined;
    };
  });
  function inject() { window.djiBridge = bridge; }
  if (${delayMs} > 0) setTimeout(inject, ${delayMs}); else inject();
})();`
}
