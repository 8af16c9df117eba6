#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# Both buses full of other devices' frames (a 500 kbit/s bus carries 4505 of 8 bytes a second) for 60 s: no frame of a
# pack is lost, and the output keeps its rhythm to 10 %.
. test/vcan/lib.sh
three_packs
buses can0 can1
battagg_ready
three_feeds
expect "three packs become one battery" 5 all_three
foreign=(100#0011223344556677 155#0011223344556677 2AA#0011223344556677 3FF#0011223344556677 123#FFFFFFFFFFFFFFFF
	5A0#0000000000000000 6B1#0102030405060708 7DF#0201050000000000 19F21401#0011223344556677 18FF50E5#0011223344556677)
cpu_us() { awk '/^se.sum_exec_runtime/ { printf "%d\n", $3 * 1000 }' "/proc/${pid[battagg]}/sched" 2>/dev/null || echo 0; }
mark
start load0 "$feed" -s 60 can0 4505/s "${foreign[@]}"
start load1 "$feed" -s 60 can1 4505/s "${foreign[@]}"
wait "${pid[load0]}" "${pid[load1]}"
unset "pid[load0]" "pid[load1]"
check "the battery is as it was" all_three
check "the load was there: $(cat "$work/load0.out")" test "$(awk -F'[ ,]' '{ print $2 }' "$work/load0.out")" -gt 270000
# Gaps between two 0x351, in ms; the profile sends it every second.
gaps=$(awk '$3 ~ /^351#/ { t = substr($1, 2) + 0; if (last) printf "%d\n", (t - last) * 1000 + 0.5; last = t }' <(heard_since) | sort -n)
low=$(echo "$gaps" | head -n 1) high=$(echo "$gaps" | tail -n 1)
check "0x351 came every 900 to 1100 ms (seen: $low to $high)" test "$low" -ge 900 -a "$high" -le 1100
for p in A B C; do stop $p; done
sleep 0.5
sent_by() { awk -F'[ ,]' '{ print $2 }' "$work/$1.out"; }
for p in A B C; do
	check "every frame of $p arrived ($(sent_by $p))" \
		status_is ".packs[] | select(.name == \"$p\") | .frames_decoded == $(sent_by $p)" true
done
check "no drops" status_is '[.ports[].dropped] | add' 0
