#!/bin/sh
# etcd, which the store is measured against (make bench): found, or installed from Debian's packages where we are root and
# apt is there. Without it the benchmark says so and measures the rest.
set -eu

command -v etcd >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing etcd-server"
  export DEBIAN_FRONTEND=noninteractive
  # Only the program: a service of that name is not for us to start.
  { apt-get update -qq && cd "$(mktemp -d)" && apt-get download -qq etcd-server && dpkg -x etcd-server_*.deb . &&
    install usr/bin/etcd /usr/local/bin/etcd; } </dev/null >/dev/null 2>&1 || true
fi
command -v etcd >/dev/null || echo "no etcd to measure against (Debian: apt-get install etcd-server)" >&2
