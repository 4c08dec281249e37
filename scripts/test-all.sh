#!/usr/bin/env bash
# Checks and tests a clean clone on Debian 12 with Node 20. Installs first what the tests need.
# The last line is always `N passed, N failed`; the exit code is not 0 if anything failed, also before the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What the tests start themselves, each on a port of its own. One line per Debian package: the program that shows that
# it is there where no package manager can be asked (-: none), and its user.
packages=(
  'chromium chromium'               # test/e2e: the newest engine a controller could have
  'fonts-dejavu-core -'             # without a font, pages have boxes for letters
  'redis-server redis-server'       # test/adapters: the Redis stores
  'postgresql psql'                 # test/adapters: the SQL stores
  'openssl openssl'                 # test/doctor, test/adapters/brokers: certificates, good and bad
  'mosquitto mosquitto'             # test/adapters/brokers, examples/external-broker
  'rabbitmq-server rabbitmq-server' # test/adapters/brokers
  'nats-server nats-server'         # test/adapters/brokers, examples/nats-broker
  'nginx nginx'                     # test/cases, test/docs/proxies: a proxy in front
  'libnginx-mod-stream -'           # test/docs/proxies, as the others below
  'haproxy haproxy'
  'caddy caddy'
  'apache2-bin apache2'
  's3cmd s3cmd'                     # test/files: clients of S3 that nobody here wrote
  'rclone rclone'
  'python3-boto3 -'
)

# For a failure before there is a count.
give_up() {
  echo "$1" >&2
  echo '0 passed, 1 failed'
  exit 1
}

check_node() {
  command -v node >/dev/null || give_up 'Node 20.19 or newer is needed; there is none here.'
  local enough='const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
  node -e "$enough" || give_up "Node 20.19 or newer is needed; this is $(node --version)."
}

is_there() {
  if command -v dpkg-query >/dev/null; then
    [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
  else
    [[ $2 == - ]] || command -v "$2" >/dev/null
  fi
}

install_packages() {
  local missing=() entry
  for entry in "${packages[@]}"; do
    # shellcheck disable=SC2086
    is_there $entry || missing+=("${entry% *}")
  done
  if [[ ${#missing[@]} -eq 0 ]]; then return; fi
  if ! command -v apt-get >/dev/null; then
    local names="Missing, and there is no apt-get to install them: ${missing[*]} (Debian's names)."
    [[ -z ${CI:-} ]] || give_up "$names"
    echo "$names Tests that need them will be skipped." >&2
    return
  fi
  local sudo=()
  if [[ $EUID -ne 0 ]]; then sudo=(sudo); fi
  # A server that a package brings must not start on its default port: tests start their own.
  local policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null || return 1
    "${sudo[@]}" chmod 755 "$policy" || return 1
    # shellcheck disable=SC2064
    trap "${sudo[*]} rm -f $policy" EXIT
  fi
  "${sudo[@]}" apt-get update -qq || return 1
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# The count is the last line that the test run prints. Without that line, the tests did not start.
run_tests() {
  local output status=0
  output=$(mktemp)
  if [[ -t 1 ]]; then export FORCE_COLOR=1; fi
  npx --no-install vitest run | tee "$output" || status=$?
  tail -n 1 "$output" | grep -Eq '^[0-9]+ passed, [0-9]+ failed' || echo '0 passed, 1 failed'
  rm -f "$output"
  return "$status"
}

check_node
install_packages || give_up 'The packages that the tests need could not be installed.'
npm ci --no-audit --no-fund || give_up 'npm ci failed.'
npm run check || give_up 'npm run check failed.' # writes what is generated, too
run_tests
