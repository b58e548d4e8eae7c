#!/bin/sh
# kubectl and PostgreSQL for the tests: found, or installed from Debian's packages where we are root and apt is there,
# or asked for by name. Exits with 1 if something is missing: no test is skipped silently.
set -eu

find_postgres() {
  command -v postgres || ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null
}

missing=
command -v kubectl >/dev/null || missing="$missing kubernetes-client"
find_postgres >/dev/null || missing="$missing postgresql"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # a list of packages
  { apt-get update -qq && apt-get install -qq -y --no-install-recommends $missing; } </dev/null >/dev/null 2>&1 || true
fi

for program in kubectl postgres; do
  case $program in
    kubectl) command -v kubectl >/dev/null && continue; package=kubernetes-client ;;
    postgres) find_postgres >/dev/null && continue; package=postgresql ;;
  esac
  echo "the tests need $program and may not install it here: install it (Debian: apt-get install $package)" >&2
  failed=1
done
exit "${failed:-0}"
