#!/usr/bin/env bash
# Runs every suite and ends with one line: N passed, N failed, N skipped.
#   ./test.sh          everything, browser and real peers included
#   ./test.sh --fast   leaves out what needs another server or a browser
set -uo pipefail
cd "$(dirname "$0")"

fast=false
case ${1:-} in
  "") ;;
  --fast) fast=true ;;
  *) echo "Usage: ./test.sh [--fast]" >&2; exit 2 ;;
esac

. deploy/install.sh
need_dotnet
need_packages libsqlite3-0
need_node
$fast || need_packages mosquitto mosquitto-clients influxdb influxdb-client victoria-metrics python3-pymodbus \
  python3-serial-asyncio socat chromium fonts-noto-cjk

passed=0 failed=0 skipped=0
count() { passed=$((passed + $1)); failed=$((failed + $2)); skipped=$((skipped + $3)); }

# A suite that ends badly without saying which test failed counts as one failure.
suite() {
  local name=$1 log status; shift
  log=$(mktemp)
  echo "── $name"
  "$@" >"$log" 2>&1
  status=$?
  local line numbers
  line=$(grep -E 'Failed: +[0-9]+, Passed: +[0-9]+, Skipped: +[0-9]+|^[0-9]+ passed, [0-9]+ failed' "$log" | tail -1)
  if [[ $line =~ Failed:\ +([0-9]+),\ Passed:\ +([0-9]+),\ Skipped:\ +([0-9]+) ]]; then
    numbers=("${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}" "${BASH_REMATCH[3]}")
  elif [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]]; then
    numbers=("${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[4]:-0}")
  else
    numbers=(0 0 0)
  fi
  if [ "$status" != 0 ] && [ "${numbers[1]}" = 0 ]; then numbers[1]=1; fi
  if [ "${numbers[1]}" != 0 ]; then cat "$log"; else echo "   ${numbers[0]} passed, ${numbers[2]} skipped"; fi
  count "${numbers[@]}"
  rm -f "$log"
}

finish() { echo "$passed passed, $failed failed, $skipped skipped"; [ "$failed" = 0 ] && [ "$passed" != 0 ]; exit; }

build() { build_dashboard && dotnet build EnergyWatch.sln -v q --nologo -warnaserror; }
if ! build; then count 0 1 0; finish; fi

# A Modbus server and an MQTT client written by others, each in a folder of its own.
for peers in tests/Ingest.Tests/*/Peers; do
  if ! $fast && ! (cd "$peers" && npm ci --omit=optional --no-audit --no-fund --loglevel=error >/dev/null); then
    echo "$peers could not be installed" >&2
  fi
done

filter=()
$fast && filter=(--filter 'needs!=peer')
for project in tests/*/; do
  name=$(basename "$project")
  case $name in *.Tests|House|EndToEnd) ;; *) continue ;; esac
  suite "$name" dotnet test "$project" --no-build --nologo --logger 'console;verbosity=minimal' "${filter[@]}"
done

# Vitest writes its counts as JSON; one line of it is all that is wanted here.
vitest_suite() {
  local report status
  report=$(mktemp)
  npx vitest run --reporter=default --reporter=json --outputFile.json="$report"
  status=$?
  node -e 'const r = JSON.parse(require("fs").readFileSync(process.argv[1])); console.log(`${r.numPassedTests} passed, ${r.numFailedTests} failed, ${r.numPendingTests} skipped`)' "$report"
  rm -f "$report"
  return $status
}
cd src/Api/Dashboard
suite "Dashboard types" npm run --silent typecheck
suite "Dashboard" vitest_suite
$fast || suite "Dashboard in a browser" npm run --silent smoke
cd - >/dev/null
finish
