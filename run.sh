#!/usr/bin/env bash
# Installs what is missing, builds, and starts EnergyWatch with the demo county. Ctrl+C stops it cleanly.
set -euo pipefail
called_from=$PWD
cd "$(dirname "$0")"

usage() {
  cat <<'TEXT'
Usage: ./run.sh [options]
  --port N         HTTP port (default 8080)
  --mqtt-port N    MQTT port (default 1883)
  --data DIR       where data is kept (default ./data); a second start on the same data keeps it
  --empty          no demo county and no simulator
  --config FILE    a JSON file with settings
  --help           this text
TEXT
}

# A path that was given is meant from where the script was called.
given() { case $1 in /*) echo "$1" ;; *) echo "$called_from/$1" ;; esac; }

port=8080 mqtt_port=1883 data=$PWD/data empty=false config=()
while [ $# -gt 0 ]; do
  case $1 in
    --port) port=$2; shift 2 ;;
    --mqtt-port) mqtt_port=$2; shift 2 ;;
    --data) data=$(given "$2"); shift 2 ;;
    --empty) empty=true; shift ;;
    --config) config=(--config "$(given "$2")"); shift 2 ;;
    --help|-h) usage; exit 0 ;;
    *) echo "Unknown option: $1" >&2; usage >&2; exit 2 ;;
  esac
done
# It will hold password hashes: its owner's only.
[ -d "$data" ] || (umask 077 && mkdir -p "$data")
data=$(realpath "$data")

. deploy/install.sh
need_dotnet
need_packages libsqlite3-0 curl
need_node

echo "Building the dashboard and the service …"
build_dashboard
out=artifacts/app
dotnet publish src/Api -c Release -o $out -v q --nologo
energywatch() { "$out/energywatch" "$@" --data "$data" "${config[@]}"; }

# The demo county: the registry, its history since the base year of its targets, and where its gateways go on from.
load_county() {
  local history file
  energywatch import seeds/demo-county
  echo "Loading the history since January 2025 through the import …"
  history=$(mktemp -d)
  trap 'rm -rf "$history"' EXIT
  $simulator history --from 2025-01-01 --out "$history" >/dev/null
  # The last two days as the meters send them, so that today's quarters of an hour are there.
  $simulator history --from "$(date -u -d '2 days ago' +%F)" --step 900 --out "$history/recent" >/dev/null
  for file in "$history"/*.csv "$history"/recent/*.csv; do
    energywatch import-readings "$file" --quantity "$(basename "$file" .csv)"
  done
  rm -rf "$history"
  trap - EXIT
  touch "$data/demo-county"
}

if ! $empty; then
  dotnet publish tests/Simulator -c Release -o artifacts/simulator -v q --nologo
  simulator=artifacts/simulator/EnergyWatch.Simulator
  first_start=false
  if [ ! -e "$data/demo-county" ]; then
    load_county
    first_start=true
  fi
  # Gateways send what they recorded since the store was last written; what it has already does no harm.
  last=$(stat -c %Y "$data"/series.db* | sort -n | tail -1)
  since=$(date -u -d "@$((last - 900))" +%Y-%m-%dT%H:%M:%SZ)
  [ ${#config[@]} != 0 ] || export ENERGYWATCH__County__Name="${ENERGYWATCH__County__Name:-青禾县}"
fi

# Children are stopped by their ids, the meters last, so that the service can finish what it holds.
service='' meters='' figures=''
stop() {
  local pid
  trap - INT TERM
  for pid in $figures $service $meters; do
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}
trap 'stop; exit 0' INT TERM

# Figures and quotas at once, as the scheduler would make them within the hour.
first_figures() {
  local api=http://127.0.0.1:$port/api/v1 made key
  json() { node -pe "JSON.parse(require('fs').readFileSync(0))$1"; }
  job() { curl -fsS -o /dev/null -X POST -H "Authorization: Bearer $key" "$api/jobs/$1/run"; }
  has_run() { [ "$(curl -fsS -H "Authorization: Bearer $key" "$api/jobs" | json ".find(job => job.name === '$1').lastRun?.outcome")" = succeeded ]; }
  until curl -fsS -o /dev/null "http://127.0.0.1:$port/healthz" 2>/dev/null; do sleep 0.5; done
  made=$(energywatch key create --name first-figures --role officer --json)
  key=$(json .key <<<"$made")
  job usage
  until has_run usage; do sleep 1; done
  job quotas
  until has_run quotas; do sleep 1; done
  energywatch key revoke "$(json .id <<<"$made")" >/dev/null
  echo "The figures and quotas of the demo county are on the screen."
}

"$out/energywatch" run --port "$port" --mqtt-port "$mqtt_port" --data "$data" "${config[@]}" &
service=$!
code=0
if $empty; then
  wait "$service" || code=$?
  exit "$code"
fi
$simulator run --seeds seeds/demo-county --mqtt-host 127.0.0.1 --mqtt-port "$mqtt_port" --since "$since" >"$data/simulator.log" 2>&1 &
meters=$!
if $first_start; then first_figures & figures=$!; fi
wait -n -p ended "$service" "$meters" || code=$?
if [ "$ended" = "$meters" ]; then
  echo "The simulated meters have ended: $(grep -m 1 -i -E 'exception|error' "$data/simulator.log" || tail -n 1 "$data/simulator.log")" >&2
  code=0
  wait "$service" || code=$?
fi
stop
exit "$code"
