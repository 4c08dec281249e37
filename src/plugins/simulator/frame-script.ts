import { OWN_HEADER } from './admission.ts'

export interface FrameScript {
  /** Address for bridge calls. The request is synchronous, because a page waits for a real bridge too. */
  readonly bridgeUrl: string
  /** Prefix of this controller's keys in the storage. */
  readonly storagePrefix: string
  readonly userAgent: string
  /** How far the controller's clock is from the right time, ms. */
  readonly clockOffsetMs: number
}

/** The `channel` for the virtual Pilot's `pageScript`. */
export const channelOf = ({ bridgeUrl }: Pick<FrameScript, 'bridgeUrl'>): string => `function (message) {
  var request = new NativeRequest();
  request.open('POST', ${JSON.stringify(bridgeUrl)}, false);
  request.setRequestHeader('content-type', 'application/json');
  request.setRequestHeader('${OWN_HEADER}', '1');
  request.send(JSON.stringify({ message: message }));
  return request.status === 200 ? request.responseText : null;
}`

/**
 * Makes a frame behave as Pilot's web view: with its own storage, Pilot's user agent, and a network that the simulator's
 * page can switch off. ES2015. `bridge` is the source of the fake bridge, which uses `NativeRequest`.
 */
export const frameScript = (
  { storagePrefix, userAgent, clockOffsetMs }: Omit<FrameScript, 'bridgeUrl'>,
  bridge: string,
): string => `(function () {
  'use strict';
  if (window === window.top) return;
  var NativeRequest = window.XMLHttpRequest;
  var disk = window.localStorage, prefix = ${JSON.stringify(storagePrefix)};
  function keys() {
    return Object.keys(disk).filter(function (key) { return key.indexOf(prefix) === 0; });
  }
  var storage = {
    getItem: function (key) { return disk.getItem(prefix + key); },
    setItem: function (key, value) { disk.setItem(prefix + key, value); },
    removeItem: function (key) { disk.removeItem(prefix + key); },
    clear: function () { keys().forEach(function (key) { disk.removeItem(key); }); },
    key: function (index) { var key = keys()[index]; return key === undefined ? null : key.slice(prefix.length); },
    get length() { return keys().length; }
  };
  Object.defineProperty(window, 'localStorage', { configurable: true, get: function () { return storage; } });
  Object.defineProperty(navigator, 'userAgent', { configurable: true, get: function () { return ${JSON.stringify(userAgent)}; } });

  var offset = ${clockOffsetMs}, RightDate = window.Date;
  if (offset !== 0) {
    window.Date = class extends RightDate {
      constructor() {
        if (arguments.length === 0) super(RightDate.now() + offset);
        else super(...arguments);
      }
      static now() { return RightDate.now() + offset; }
    };
  }

  function tell(method, url, status) {
    try { window.parent.djiSimulator.requested(method, String(url), status); } catch (e) { /* the simulator is gone */ }
  }
  function offline() {
    try { return window.parent.djiSimulator.offline === true; } catch (e) { return false; }
  }
  var fetch = window.fetch;
  window.fetch = function (input, init) {
    var method = (init && init.method) || (input && input.method) || 'GET', url = (input && input.url) || input;
    if (offline()) { tell(method, url, 0); return Promise.reject(new TypeError('Failed to fetch')); }
    return fetch.apply(window, arguments).then(function (answer) {
      tell(method, url, answer.status);
      return answer;
    }, function (error) { tell(method, url, 0); throw error; });
  };
  function Request() {
    var request = new NativeRequest(), method = 'GET', url = '', open = request.open, send = request.send;
    request.open = function (m, u) { method = m; url = u; return open.apply(request, arguments); };
    request.send = function (body) {
      if (offline()) {
        tell(method, url, 0);
        setTimeout(function () { request.dispatchEvent(new ProgressEvent('error')); request.dispatchEvent(new ProgressEvent('loadend')); }, 0);
        return;
      }
      request.addEventListener('loadend', function () { tell(method, url, request.status); });
      return send.call(request, body);
    };
    return request;
  }
  Request.prototype = NativeRequest.prototype;
  window.XMLHttpRequest = Request;
  ${bridge}
})();`
