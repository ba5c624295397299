# Functions that install what run.sh and test.sh need, by name, from the distribution. Sourced, not run.

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else echo "This needs root or sudo: $*" >&2; return 1; fi
}

need_dotnet() {
  command -v dotnet >/dev/null && dotnet --list-sdks | grep -q '^10\.' && return
  echo "The .NET SDK 10 is needed and was not found; see https://dotnet.microsoft.com/download" >&2
  exit 1
}

# Installs the packages of these names that are missing.
need_packages() {
  local name missing=()
  for name in "$@"; do dpkg -s "$name" >/dev/null 2>&1 || missing+=("$name"); done
  [ ${#missing[@]} = 0 ] && return
  echo "Installing ${missing[*]} …"
  as_root apt-get -o DPkg::Lock::Timeout=300 update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || need_packages nodejs npm
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] && return
  echo "Node 20 or newer is needed to build the dashboard; this is $(node --version)." >&2
  exit 1
}

# Builds the dashboard into src/Api/wwwroot when its sources are newer than what was built.
build_dashboard() {
  local source=src/Api/Dashboard built=src/Api/wwwroot/index.html
  if [ ! -e "$source/node_modules/.package-lock.json" ] || [ "$source/package-lock.json" -nt "$source/node_modules/.package-lock.json" ]; then
    (cd "$source" && npm ci --no-audit --no-fund --loglevel=error)
  fi
  if [ ! -e "$built" ] || [ -n "$(find "$source" -path "$source/node_modules" -prune -o -type f -newer "$built" -print -quit)" ]; then
    (cd "$source" && npm run --silent build -- --logLevel warn)
  fi
}
