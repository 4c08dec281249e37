/**
 * Prefix of a message of the fake bridge. A driver of the browser uses it to tell such a message from an ordinary
 * prompt.
 */
const CHANNEL_PREFIX = 'dji-bridge:'

/** Prefix of a part of a message that is too long for one prompt. The last part has the plain prefix. */
const PIECE_PREFIX = 'dji-bridge+'
/**
 * Chromium, both version 70 and today's, cuts the text of a prompt at 10,240 characters. Answers may have any length.
 */
const PIECE = 8_000

/**
 * Answers the messages of a page: `{"method","args"}` after the prefix. Values are sent as `{"v": ...}`, so that
 * undefined stays undefined. Null: the message does not come from the fake bridge.
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
   * Source of a function (message: string) => string | null that calls `answer` synchronously. Default:
   * `window.prompt`. A driver answers it through the debugger's dialog event, which the page's CSP does not block.
   */
  readonly channel?: string | undefined
  /** Where the bridge appears. `framed`: in documents inside a frame, as in the simulator. @default 'top' */
  readonly where?: 'top' | 'framed' | undefined
}

/**
 * Source of the fake `window.djiBridge`: ES2015, for Chromium 70. The page sets `onBackClick` and `onStopPlatform`
 * itself.
 */
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
      // Make the text plain ASCII, so that no surrogate pair is cut between two parts.
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
