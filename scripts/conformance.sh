#!/bin/sh
# Start a cluster with its data in a new folder, run every conformance check against it, write conformance/results.md.
# A check that fails does not stop the others; the exit code is that of the run.
set -u
bin=$1
folder=$(mktemp -d)
"$bin/python" -m kubejazz up --data-dir "$folder" --port 0 --nodes 2 >"$folder/up.log" 2>&1 &
cluster=$!
trap 'kill $cluster 2>/dev/null; wait $cluster; rm -rf "$folder"' EXIT INT TERM
tries=0
until grep -qs 'server:' "$folder/kubeconfig" && "$bin/python" -m kubejazz conformance --kubeconfig "$folder/kubeconfig" \
  --focus 'at least two untainted nodes' >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ $tries -gt 30 ] || ! kill -0 $cluster 2>/dev/null; then
    cat "$folder/up.log"
    exit 1
  fi
  sleep 1
done
"$bin/python" -m kubejazz conformance --kubeconfig "$folder/kubeconfig" --threads 24 \
  --junit "$folder/junit.xml" --results conformance/results.md
