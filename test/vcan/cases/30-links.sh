#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# Links go down, vanish, come back under the same or another number, and are renamed. battagg lives on.
. test/vcan/lib.sh
three_packs
buses can0 can1
three_feeds
battagg_ready
expect "three packs become one battery" 5 all_three

ip link set can1 down
sleep 3
ip link set can1 up
check "a link down for 3 s changes nothing" all_three
expect "frames of can1 arrive again within 1 s" 1 status_is '[.ports[] | select(.name == "can1") | .link == "up"] | all' true

ip link del can1
expect "a deleted link: its packs are lost" 14 tells current 10 online 1 offline 2
check "output goes on" fresh vcan0 351 1100
buses can1
expect "a link made again: its packs return" 180 all_three

ip link set can1 down
ip link set can1 name can9
ip link set can9 up
start C-renamed "$feed" can9 $(jk_frames 1 3)
start B-renamed "$feed" can9 $(jk_frames 0 2)
sleep 12
check "a renamed link: its packs are heard on" all_three
check "status shows its new name" status_is '.ports[] | select(.name == "can1") | .interface' can9
stop C-renamed; stop B-renamed
ip link set can9 down
ip link set can9 name can1
ip link set can1 up
sleep 12
check "and named back" all_three

ip link set vcan0 down
sleep 2
mark
ip link set vcan0 up
expect "vcan0 down and up: the whole set within 1 s" 1 fresh vcan0 351 1000
check "the name comes first" test "$(heard_since | awk 'NR == 1 { print substr($3, 1, 4) }')" = "35E#"
for id in 351 355 356 35A 370 372 379 380 382; do check "$id is in that set" grep -q " $id#" <(heard_since); done
check "the same battery" all_three

# As dbus-canbattery leaves it when it starts before the first picture: who took it down doesn't set it up again.
ip link set vcan0 down
holds "vcan0 down: whoever did it has time to set it up" 8 eval '! is_up vcan0'
expect "vcan0 left down: it is set up again" 5 is_up vcan0
expect "and the battery is there again" 2 all_three

stop candump-vcan0
ip link del vcan0
expect "vcan0 deleted: it is made again" 5 is_up vcan0
listen vcan0
expect "and the battery is there again" 2 all_three
check "it was one process all the time" running battagg
cpu_ticks() { awk '{ print $14 + $15 }' "/proc/${pid[battagg]}/stat"; }
ip link set can0 down
before=$(cpu_ticks)
sleep 10
check "no busy loop on a link that is down (ticks of 10 ms: $before to $(cpu_ticks))" test $(($(cpu_ticks) - before)) -lt 20
