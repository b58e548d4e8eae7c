#!/bin/sh
# Start a cluster with its data in a new folder and run every conformance check against it.
#   conformance.sh BIN          write conformance/results.md, conformance/expected.csv and docs/compatibility.md
#   conformance.sh BIN check    write nothing; name the checks that are not as conformance/expected.csv says
# The exit code of a check is that of the run: 1 when a check turned red.
# The cluster forgets its past and sums up its quotas every minute, not every five: two checks wait for that.
set -u
bin=$1
what=${2:-write}
folder=$(mktemp -d)
KUBEJAZZ_RESOURCE_QUOTA_SYNC_PERIOD=1m "$bin/python" -m kubejazz up --data-dir "$folder" --port 0 --nodes 2 --history 1m \
  >"$folder/up.log" 2>&1 &
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
run() {
  "$bin/python" -m kubejazz conformance --kubeconfig "$folder/kubeconfig" --threads 32 --junit "$folder/junit.xml" \
    --expect conformance/expected.csv "$@"
}
if [ "$what" = check ]; then
  run
else
  run --results conformance/results.md --accept && "$bin/python" -m conformance.summary
fi
