#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# `battagg detect` on live buses: it listens 10 s at most, less when sure; asks only when told to, and nobody else does.
. test/vcan/lib.sh
buses can0 can1
detect() { "$battagg" detect --profiles "$PWD/can-profiles" "$@" >"$work/detect.out" 2>"$work/detect.err"; }
# look SECONDS ARGUMENT...: detects, and sets $status and $took (ms); no longer than that
look() {
	local now limit=$(($1 * 1000)) start
	shift
	now
	start=$now
	detect "$@"
	status=$?
	now
	took=$((now - start))
	[ $took -le $limit ]
}
found() { grep -qF "$1" "$work/detect.out"; }
told_error() { grep -qF "$1" "$work/detect.err"; }

check "no frames: it ends within 11 s" look 11 can0
check "no frames: status 1" test $status -eq 1
check "no frames: it says so" told_error 'no frame in 10 seconds'
check "an interface that is not there: status 1" test "$(detect can7; echo $?)" = 1
check "an interface that is not there: it names those there are" told_error 'can0, can1'

# Error frames, as a driver makes them: a bus error in the frame (CAN_ERR_PROT and CAN_ERR_BUSERROR).
errors() { while :; do cansend can0 20000088#0000000000000000; sleep 1; done; }
errors &
pid[errors]=$!
check "error frames alone: status 1" test "$(detect can0; echo $?)" = 1
check "error frames alone: what that means" told_error 'wrong bit rate, or no termination'
stop errors KILL

pylontech_pack A can0
sleep 1
check "pylontech within 10 s" look 10 can0
check "pylontech: status 0" test $status -eq 0
check "pylontech by its name" found 'This is pylontech:'
check "the config names the interface" found 'interface: can0'
jk_pack B can1 0 2
check "a JK within 8 s, as it is sure early" look 8 can1
check "jk-native-v2 by its name" found 'This is jk-native-v2:'
check "its address" found 'address: 0'
stop B

ip link set can1 down
check "an interface that is down: status 1" test "$(detect can1; echo $?)" = 1
check "an interface that is down: how to set it up" told_error 'ip link set can1 up type can bitrate'
check "no bit rates on a virtual interface: status 1" test "$(detect --bitrates can1; echo $?)" = 1
check "no bit rates on a virtual interface: it says why" told_error 'it is virtual'
ip link set can1 up

# A battery that only speaks when asked: 52.8 V, -2.0 A, 77.3 %; 3.301 and 3.299 V; limits 56.0 V, 50.0 A, 60.0 A.
mkdir "$work/profiles"
cat >"$work/profiles/asked.yaml" <<'END'
profile: asked
name: A battery that is asked
status: documented
source: made up for this test
bitrate: 250 kbit/s
byte_order: big
addresses: 1-16
frames:
  - { id: 0x18904000 + address, period: 1 s, required: true,
      fields: { voltage: { bytes: 0-1, factor: 0.1 V }, current: { bytes: 4-5, factor: 0.1 A, offset: -3000 A },
                soc: { bytes: 6-7, factor: 0.1 % } } }
  - { id: 0x18914000 + address, period: 1 s, required: true,
      fields: { cell_voltage_max: { bytes: 0-1, factor: 1 mV }, cell_voltage_min: { bytes: 3-4, factor: 1 mV } } }
  - { id: 0x18924000 + address, period: 1 s,
      fields: { cvl: { bytes: 0-1, factor: 0.1 V }, ccl: { bytes: 2-3, factor: 0.1 A }, dcl: { bytes: 4-5, factor: 0.1 A } } }
poll:
  - { name: state, id: 0x18900040 + 0x100 * address, data: 00 00 00 00 00 00 00 00, period: 1 s, answers: [0x18904000 + address] }
  - { name: cells, id: 0x18910040 + 0x100 * address, data: 00 00 00 00 00 00 00 00, period: 1 s, answers: [0x18914000 + address] }
  - { name: limits, id: 0x18920040 + 0x100 * address, data: 00 00 00 00 00 00 00 00, period: 1 s, answers: [0x18924000 + address] }
samples:
  - { origin: by hand, from: "528, 29980, 773; 3301, 3299; 560, 500, 600",
      frames: ["18904001#02100000751C0305", "18914001#0CE5000CE3000000", "18924001#023001F402580000"],
      values: { voltage: 52.8 V, current: -2 A, soc: 77.3 %, cell_voltage_max: 3.301 V, cell_voltage_min: 3.299 V,
                cvl: 56 V, ccl: 50 A, dcl: 60 A } }
END
check "its profile is good" "$battagg" check --quiet "$work/profiles/asked.yaml"
answer() { # on can1, at address 3
	candump -L can1 | while read -r _ _ frame; do
		case $frame in
		18900340#*) cansend can1 18904003#02100000751C0305 ;;
		18910340#*) cansend can1 18914003#0CE5000CE3000000 ;;
		18920340#*) cansend can1 18924003#023001F402580000 ;;
		esac
	done
}
answer &
pid[answer]=$!
listen can1
sleep 1
check "who is not asked is not heard" test "$(detect --profiles "$work/profiles" can1; echo $?)" = 1
check "and nothing was sent" test ! -s "$work/can1.log"
"$battagg" detect --profiles "$work/profiles" --ask can1 >"$work/detect.out" 2>"$work/detect.err"
check "asked, it is found: status 0" test $? -eq 0
check "asked, it is found" found 'This is asked:'
check "at its address" found 'address: 3'
check "what was sent is told" found 'a first question of'
check "no contactor is moved" test -z "$(grep ' 440#' "$work/can1.log")"
for id in 18900340 18910340 18920340; do check "$id was asked" grep -q " $id#0000000000000000" "$work/can1.log"; done
check "a keep-alive was sent" grep -q ' 305#0000000000000000' "$work/can1.log"
# One each 10 ms at most: 101 between a full second and the next, and one before them that was held up. Not the answers.
check "at most 100 frames a second" test "$(awk '$3 !~ /^189.4003#/ { s = substr($1, 2, 10); if (++n[s] > m) m = n[s] } END { print m }' "$work/can1.log")" -le 102

# A GX is there: nothing is asked.
start gx "$feed" can1 1000ms 305#0000000000000000 307#1234567856494300
sleep 1
lines=$(grep -cvE ' 30[57]#' "$work/can1.log")
"$battagg" detect --profiles "$work/profiles" --ask can1 >"$work/detect.out" 2>"$work/detect.err"
check "beside a GX nothing is sent" test "$(grep -cvE ' 30[57]#' "$work/can1.log")" = "$lines"
check "and it says so" found 'nothing was asked'
