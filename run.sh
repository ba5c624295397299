#!/usr/bin/env bash
# Installs what is missing, builds, and starts EnergyWatch with the demo county. Ctrl+C stops it cleanly.
set -euo pipefail
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

port=8080 mqtt_port=1883 data=./data empty=false config=()
while [ $# -gt 0 ]; do
  case $1 in
    --port) port=$2; shift 2 ;;
    --mqtt-port) mqtt_port=$2; shift 2 ;;
    --data) data=$2; shift 2 ;;
    --empty) empty=true; shift ;;
    --config) config=(--config "$(realpath "$2")"); shift 2 ;;
    --help|-h) usage; exit 0 ;;
    *) echo "Unknown option: $1" >&2; usage >&2; exit 2 ;;
  esac
done
mkdir -p "$data"
data=$(realpath "$data")

. deploy/install.sh
need_dotnet
need_packages libsqlite3-0
need_node

echo "Building the dashboard and the service …"
build_dashboard
out=artifacts/app
dotnet publish src/Api -c Release -o $out -v q --nologo
energywatch() { "$out/energywatch" "$@" --data "$data" "${config[@]}"; }

if ! $empty; then
  dotnet publish tests/Simulator -c Release -o artifacts/simulator -v q --nologo
  simulator=artifacts/simulator/EnergyWatch.Simulator
  if [ ! -e "$data/demo-county" ]; then
    energywatch import seeds/demo-county
    echo "Loading thirteen months of history through the import …"
    history=$(mktemp -d)
    trap 'rm -rf "$history"' EXIT
    $simulator history --out "$history"
    for file in "$history"/*.csv; do
      energywatch import-readings "$file" --quantity "$(basename "$file" .csv)"
    done
    rm -rf "$history"
    trap - EXIT
    touch "$data/demo-county"
  fi
fi

# Both children are stopped by their ids, the meters last, so that the service can finish what it holds.
pids=()
stop() { trap - INT TERM; for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done; }
trap 'stop; exit 0' INT TERM
"$out/energywatch" run --port "$port" --mqtt-port "$mqtt_port" --data "$data" "${config[@]}" &
service=$!
pids=("$service")
if ! $empty; then
  $simulator run --seeds seeds/demo-county --mqtt-host 127.0.0.1 --mqtt-port "$mqtt_port" >"$data/simulator.log" 2>&1 &
  pids+=($!)
fi
code=0
wait "$service" || code=$?
stop
exit "$code"
