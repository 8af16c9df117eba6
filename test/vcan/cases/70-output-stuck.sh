#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# vcan0 takes no more frames (ENOBUFS): no spinning, and afterwards the newest values, not the old ones.
. test/vcan/lib.sh
three_packs
buses can0 can1
three_feeds
battagg_ready
expect "three packs become one battery" 5 all_three
cpu_ticks() { awk '{ print $14 + $15 }' "/proc/${pid[battagg]}/stat"; }
tc qdisc add dev vcan0 root tbf rate 8bit burst 16 limit 64
before=$(cpu_ticks)
sleep 10
check "it does not spin (ticks of 10 ms: $before to $(cpu_ticks))" test $(($(cpu_ticks) - before)) -lt 20
check "it lives" running battagg
check "what could not be sent is counted" status_is '.output.send_dropped > 0' true
# Meanwhile A allows less: 20.0 A in, so the sum is 100 A.
stop A
start A "$feed" can0 1000ms 351#1402C800E803CC01 "${pylontech[@]:2}"
sleep 3
mark
tc qdisc del dev vcan0 root
expect "the newest values go out" 2 tells ccl 1000
check "no old one before it" test "$(heard_since | awk '$3 ~ /^351#/ { print substr($3, 9, 4); exit }')" = E803
