#!/bin/sh
# Make a virtual environment in $1, with $PYTHON or the first Python here that is new enough.
set -eu

for python in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14}; do
  # Some commands are only shims for versions that are not installed: ask each.
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    "$python" -m venv "$1" && exit 0
    echo "$python could not make a virtual environment (on Debian: apt-get install python3-venv)" >&2
    exit 1
  fi
done
echo "kubejazz needs Python 3.11 or newer; ${PYTHON:-what is installed here} is not: set PYTHON=/path/to/python" >&2
exit 1
