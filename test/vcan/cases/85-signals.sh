#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# SIGHUP takes a good config and refuses a bad one; SIGTERM ends cleanly; a hung daemon falls silent and is killed.
. test/vcan/lib.sh
three_packs
buses can0 can1
three_feeds
battagg_ready
expect "three packs become one battery" 5 all_three

cp "$work/battagg.yaml" "$work/good.yaml"
echo "limits: { charge_curent: 90 A }" >>"$work/battagg.yaml"
kill -HUP "${pid[battagg]}"
expect "a bad config is refused, with its place" 3 said battagg 'battagg\.yaml:[0-9]+:[0-9]+'
holds "and changes nothing" 2 all_three
{ cat "$work/good.yaml"; echo "limits: { charge_current: 90 A }"; } >"$work/battagg.yaml"
kill -HUP "${pid[battagg]}"
expect "a good one is taken at once: CCL 90 A" 2 tells ccl 900 current 60 online 3
cp "$work/good.yaml" "$work/battagg.yaml"
kill -HUP "${pid[battagg]}"
sleep 1
check "a raised limit comes by a ramp" less_than ccl 1800
expect "and arrives" 120 tells ccl 1800
gap=$(awk '$3 ~ /^351#/ { t = substr($1, 2) + 0; if (last && t - last > max) max = t - last; last = t } END { printf "%d\n", max * 1000 }' "$work/vcan0.log")
check "output never paused (longest gap $gap ms)" test "$gap" -le 1000

kill -STOP "${pid[battagg]}"
sleep 2
check "a hung daemon is silent" silent vcan0 351 1500
sleep 10
kill -CONT "${pid[battagg]}"
expect "and is ended by its own watchdog" 3 ended battagg
wait "${pid[battagg]}"
check "not with status 0" test $? -ne 0

run_battagg
expect "started again it is there again" 5 fresh vcan0 351 500
now; before=$now
check "SIGTERM: exit status 0" stop battagg
now
check "within 1 s" test $((now - before)) -lt 1000
sleep 1.5
check "and it is silent" silent vcan0 351 1400
