#!/bin/sh
# The environments of the client libraries that tests/clients drives, below .clients: one virtual environment for each
# requirements.txt, one folder of node modules for each package.json. Made anew only when that file has changed.
# Node.js is found, or installed from Debian's packages where we are root and apt is there, or asked for by name.
set -eu

PYTHON=${1:-.venv/bin/python}
ROOT=.clients
mkdir -p "$ROOT"

# One at a time: whoever comes second finds everything made.
if command -v flock >/dev/null; then
  exec 9>"$ROOT/.lock"
  flock 9
fi

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing nodejs npm"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends nodejs npm; } \
      </dev/null >/dev/null 2>&1 || true
  fi
  command -v node >/dev/null && command -v npm >/dev/null && return
  echo "the tests need node and npm and may not install them here: install them (Debian: apt-get install nodejs npm)" >&2
  return 1
}

hash_of() {
  { cat "$1"; "$PYTHON" --version; } | sha256sum | cut -d' ' -f1
}

make_python() { # requirements environment
  "$PYTHON" -m venv --without-pip "$2" &&
    "$PYTHON" -m pip --python "$2/bin/python" install --quiet --disable-pip-version-check -r "$1"
}

make_node() { # package.json environment
  need_node && mkdir -p "$2" && cp "$1" "$2/package.json" &&
    npm install --prefix "$2" --silent --no-package-lock --no-audit --no-fund --ignore-scripts </dev/null
}

make_one() { # pins environment
  [ "$(cat "$2/.installed" 2>/dev/null)" = "$(hash_of "$1")" ] && return
  echo "making $2"
  rm -rf "$2"
  case $1 in
    *.json) make_node "$1" "$2" ;;
    *) make_python "$1" "$2" ;;
  esac && hash_of "$1" >"$2/.installed" && return
  rm -rf "$2"
  echo "the client library of $1 could not be installed" >&2
  return 1
}

jobs=
for pins in tests/clients/*/requirements.txt tests/clients/*/package.json; do
  make_one "$pins" "$ROOT/$(basename "$(dirname "$pins")")" &
  jobs="$jobs $!"
done
failed=0
for job in $jobs; do
  wait "$job" || failed=1
done
exit $failed
