#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# needs: controllers (for their machine: its clock counts instructions)
# What battagg may cost: processor, wake-ups, memory. The measure is a loop that reads one frame after another.
. test/vcan/lib.sh
. test/vcan/cost.sh
seconds=20
buses can0
four_packs | config
battagg_ready

# Silent ports first.
sleep 3
before=$(switches battagg)
idle=$(spent battagg $seconds)
woken=$(($(switches battagg) - before))
check "with silent ports it wakes up at most twice a second ($woken in $seconds s)" test $woken -le $((2 * seconds + 1))

mapfile -t wanted < <(jk_words)
start reader "$(type -P readloop || echo build/tools/readloop)" can0
start load "$feed" can0 1000/s "${wanted[@]}"
expect "four packs are a battery" 5 tells online 4
sleep 3
small=$(resident_kb battagg)
loop=$(instructions reader)
busy=$(spent battagg $seconds)
loop=$(($(instructions reader) - loop))
per_frame=$(((busy - idle) / (1000 * seconds)))
per_read=$((loop / (1000 * seconds)))
check "1000 wanted frames a second: $per_frame instructions each, at most half of a read() loop's $per_read" \
	test $((2 * per_frame)) -le $per_read
stop load

start load "$feed" can0 50/s "${wanted[@]}" 950/s "${foreign[@]}"
sleep 3
mixed=$(spent battagg $seconds)
per_frame=$(((mixed - idle) / (1000 * seconds)))
check "95 % foreign: $per_frame instructions for a frame on the bus, at most a fifth of a read() loop's" \
	test $((5 * per_frame)) -le $per_read
stop load
stop reader

check "resident memory $small kB, at most 2500" test "$small" -le 2500
start load "$feed" -s 60 can0 4505/s "${wanted[@]}"
wait "${pid[load]}"
unset "pid[load]"
check "no growth: $(resident_kb battagg) kB after another 270000 frames" test "$(resident_kb battagg)" -le $((small + 8))
