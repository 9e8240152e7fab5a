#!/bin/sh
# Appends the events since its last run to events.jsonl, for cron, in the folder where it is started:
#
#   */5 * * * *  malar  cd /srv/malar && flock -n events.lock sh new-events.sh
#
# The last id is kept after the events are: if the machine stops in between, they come once more.
set -eu
umask 077
last=$(cat events.last 2>/dev/null || echo 0)
/opt/malar/bin/flask curator events --since "$last" --json > events.new
if [ -s events.new ]; then
    cat events.new >> events.jsonl
    tail -n 1 events.new | sed 's/^{"id": \([0-9]*\),.*/\1/' > events.next
    mv events.next events.last
fi
