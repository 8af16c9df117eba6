#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# A second daemon for the same output is refused; without the right to make vcan0 it is waited for.
. test/vcan/lib.sh
three_packs
buses can0 can1
three_feeds
battagg_ready
expect "three packs become one battery" 5 all_three
start second "$battagg" run -c "$work/battagg.yaml" --profiles "$PWD/can-profiles"
expect "a second one ends by itself" 3 ended second
wait "${pid[second]}"
check "not with status 0" test $? -ne 0
check "and says why" said second 'already|another'
check "the first goes on" fresh vcan0 351 1100
stop battagg
stop candump-vcan0
ip link del vcan0

mkdir -m 777 "$work/nobody"
chmod 755 "$work"
sed -i "s|$socket|$work/nobody/socket|" "$work/battagg.yaml"
socket=$work/nobody/socket
chmod 644 "$work/battagg.yaml"
start battagg setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all \
	"$battagg" run -c "$work/battagg.yaml" --profiles "$PWD/can-profiles"
sleep 5
check "without the right to make vcan0 it waits" running battagg
check "and says so once" test "$(grep -cE '^battagg: ([a-z]+: )?vcan0: ' "$work/battagg.err")" = 1
buses vcan0
listen vcan0
expect "once it is there, the battery is" 5 all_three
