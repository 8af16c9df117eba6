#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# What a person asks of the running daemon: its log, ctl, events, top, a dry run, and who else is on its interfaces.
. test/vcan/lib.sh
export STATE_DIRECTORY=$work
three_packs
cp "$work/battagg.yaml" "$work/good.yaml"
buses can0 can1 vcan0
listen can0
listen vcan0
three_feeds
ask() { "$battagg" "$@" -s "$socket" >"$work/answer" 2>&1; }
answers() { grep -qE "$1" "$work/answer"; }

run_battagg --dry-run
socket=$socket-dry-run
expect "a dry run works out the limits" 10 status_is '.limits.ccl.value // 0 | round' 180
sleep 3
check "and sends the GX nothing" test ! -s "$work/vcan0.log"
check "nor the packs" test -z "$(last can0 305)"
stop battagg
socket=${socket%-dry-run}

run_battagg
expect "three packs become one battery" 5 all_three
check "the effective config is logged once" test "$(grep -c 'effective config:' "$work/battagg.err")" = 1
check "with what was left out" said battagg 'lost: 10 s +# default'
check "ctl version" ask ctl version
check "is that of the program" answers "^$("$battagg" --version)\$"
echo "limits: { charge_current: 90 A }" >>"$work/battagg.yaml"
check "ctl reload takes a good config" ask ctl reload
expect "which holds at once" 2 tells ccl 900
echo "limits: { charge_curent: 90 A }" >>"$work/battagg.yaml"
check "ctl reload refuses a bad one" eval '! ask ctl reload'
check "and says what is wrong, and where" answers "$work/battagg.yaml:[0-9]+:1: 'limits' stands here twice"
check "and where to read more" answers 'battagg check'
check "an unknown command: status 2" test "$(ask ctl dance; echo $?)" = 2
start foreign "$feed" can1 10ms 123#0011223344556677
expect "frames of nobody's are counted beside the packs'" 5 status_is '.ports[1] | .interface_frames - .frames > 100' true
stop foreign KILL

check "events" ask events
check "tell when a pack came online" answers ' [ABC]: online'
check "and each limit's reason" answers "bank: CVL 53.2 V: A's own limit"
check "one JSON object a line for programs" eval 'ask events --json && jq -e .number "$work/answer"'
check "the present state as events" ask events --state
check "with what may flow" answers ' charge.allowed bank: '
start follow "$battagg" events --follow -s "$socket"
stop B KILL
expect "events --follow tells a loss as it happens" 12 grep -q ' B: lost' "$work/follow.out"
stop follow
jk_pack B can1 0 2
check "top prints a screen" ask top --once
check "with each pack" answers '^ +C +online'

# Whose frames are these? A stock driver on a source port, and one (or none) on vcan0.
check "no driver reads vcan0 yet" status_is .output.driver_alive false
start driver "$feed" vcan0 1000ms 305#0000000000000000 307#1234567856494300
expect "a driver on vcan0 is seen" 3 status_is .output.driver_alive true
stop driver KILL
expect "and missed" 8 status_is .output.driver_alive false
cansend can0 305#0000000000000000
expect "the stock driver on a source port is warned about" 2 said battagg "warning: can0: another program.*0x305"
stop battagg

# The file is still the bad one: at a start the last good one is taken, and the GX is told.
run_battagg
expect "a bad config at the start: the last good one is used" 5 tells ccl 900 online 3
check "and said" said battagg 'last good'
check "with an alarm: internal failure" test $((16#$(last vcan0 35A | cut -c5-6) & 0xC0)) = 64
cp "$work/good.yaml" "$work/battagg.yaml"
check "a mended one is taken" ask ctl reload
sleep 2
check "and ends the alarm" test $((16#$(last vcan0 35A | cut -c5-6) & 0xC0)) = 128
