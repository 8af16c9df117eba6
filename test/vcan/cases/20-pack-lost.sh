#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# A pack dies and returns; then all die.
. test/vcan/lib.sh
three_packs
buses can0 can1
three_feeds
battagg_ready
expect "three packs become one battery" 5 all_three
stop B KILL
sleep 5
check "5 s later nothing has changed" all_three
expect "its part leaves the sums 10 s after its last frame" 6 without_b
check "CVL stays: a lost pack's constraints do" tells cvl 532
check "the installed capacity stays" test "$(u16 "$(last vcan0 379)" 0)" = 300
jk_pack B can1 0 2
sleep 1
check "a returning pack does not count at once" without_b
expect "it is back after its quarantine, limits by a ramp" 120 all_three

# The safe ladder, with the default times: lost 10 s, discharge_hold 60 s, give_up 5 min.
stop A KILL
stop B KILL
stop C KILL
expect "all lost: no charging" 12 tells ccl 0
check "charge voltage: 3.35 V x 15 cells, rounded down" tells cvl 502
check "discharging goes on for a while" more_than dcl 0
check "an internal failure is told" test $((16#$(last vcan0 35A | cut -c5-6) & 0xC0)) = 64
expect "after discharge_hold no discharging" 62 tells dcl 0
check "it still talks" fresh vcan0 351 1500
expect "after give_up it is silent" 300 silent vcan0 351 3000
three_feeds
expect "packs that return are a battery again" 150 all_three
