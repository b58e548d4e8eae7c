#!/bin/sh
# What the benchmarks measure beside (make bench): etcd for the store, h2load and wrk for HTTP. Found, or installed from
# Debian's packages where we are root and apt is there. Without one of them the benchmark says so and measures the rest.
set -eu

lacking() {
  for program in etcd h2load wrk; do
    command -v "$program" >/dev/null || printf ' %s' "$program"
  done
}

missing=$(lacking)
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  {
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends nghttp2-client wrk || true
    # Of etcd only the program: a service of that name is not for us to start.
    command -v etcd || { cd "$(mktemp -d)" && apt-get download -qq etcd-server && dpkg -x etcd-server_*.deb . &&
      install usr/bin/etcd /usr/local/bin/etcd; }
  } </dev/null >/dev/null 2>&1 || true
fi
missing=$(lacking)
[ -z "$missing" ] || echo "to measure beside, not found:$missing (Debian: apt-get install etcd-server nghttp2-client wrk)" >&2
