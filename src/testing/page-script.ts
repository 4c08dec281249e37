/** Marks a message of the fake bridge, so that a driver can tell it from an ordinary prompt. */
export const CHANNEL_PREFIX = 'dji-bridge:'

/**
 * The answer to one message of the page: `{"method","args"}` behind the prefix. Values travel as `{"v": ...}`, so that
 * "nothing" stays nothing. Null for a message that is none of ours.
 */
export function answerMessage(
  message: string,
  call: (method: string, args: readonly unknown[]) => unknown,
): string | null {
  if (!message.startsWith(CHANNEL_PREFIX)) return null
  try {
    const request = JSON.parse(message.slice(CHANNEL_PREFIX.length)) as { method?: unknown; args?: unknown }
    return JSON.stringify({
      v: call(String(request.method), Array.isArray(request.args) ? request.args : []),
    })
  } catch {
    return '{}'
  }
}

export interface PageScriptOptions {
  readonly methods: readonly string[]
  readonly delayMs: number
  /**
   * Source of a function (message: string) => string | null that reaches `answer` synchronously. Default:
   * `window.prompt`, which a driver answers through the debugger's dialog event, out of reach of the page's CSP.
   */
  readonly channel?: string
}

/** Source of the fake `window.djiBridge`: ES2015, for Chromium 70. `onBackClick` and `onStopPlatform` are the page's to set. */
export function pageScript({ methods, delayMs, channel }: PageScriptOptions): string {
  const names = JSON.stringify(methods)
  const ask = channel ?? 'function (message) { return window.prompt(message) }'
  return `(function () {
  'use strict';
  if (window !== window.top) return;
  var ask = ${ask};
  var bridge = {};
  ${names}.forEach(function (method) {
    bridge[method] = function () {
      var args = Array.prototype.slice.call(arguments);
      var answer = ask('${CHANNEL_PREFIX}' + JSON.stringify({ method: method, args: args }));
      return answer ? JSON.parse(answer).v : undefined;
    };
  });
  function inject() { window.djiBridge = bridge; }
  if (${delayMs} > 0) setTimeout(inject, ${delayMs}); else inject();
})();`
}
