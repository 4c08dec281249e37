#!/usr/bin/env bash
# From a clean clone on Debian 12 with Node 20 to a verdict: installs what the tests need, then checks and tests.
# Ends with `N passed, N failed`; the exit code is not 0 if anything failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What the tests start themselves, each on a port of its own. One line per package, with its user.
packages=(
  chromium          # test/e2e: the newest engine a controller could have
  fonts-dejavu-core # without a font, pages have boxes for letters
  fonts-droid-fallback # test/gallery: the same for Chinese, which is wider than its boxes
  redis-server      # test/adapters: the Redis stores
  postgresql        # test/adapters: the SQL stores
  openssl           # test/doctor, test/adapters/brokers: certificates, good and bad
  mosquitto         # test/adapters/brokers, examples/external-broker
  rabbitmq-server   # test/adapters/brokers
)

install_packages() {
  local missing=() name
  for name in "${packages[@]}"; do
    [[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" == installed ]] || missing+=("$name")
  done
  if [[ ${#missing[@]} -eq 0 ]]; then return; fi
  if ! command -v apt-get >/dev/null; then
    echo "No apt-get here. Install by hand: ${missing[*]}" >&2
    return
  fi
  local sudo=()
  if [[ $EUID -ne 0 ]]; then sudo=(sudo); fi
  # A server that a package brings must not start on its default port: tests start their own.
  local policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
    "${sudo[@]}" chmod 755 "$policy"
    # shellcheck disable=SC2064
    trap "${sudo[*]} rm -f $policy" EXIT
  fi
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

install_packages
npm ci --no-audit --no-fund
npm run check
npm test
