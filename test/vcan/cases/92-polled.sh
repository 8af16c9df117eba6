#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# Batteries that only speak when asked, on real SocketCAN: by commands in 29-bit ids, as a CANopen node, by remote frames
# and by an echoed byte. The simulator answers the daemon, goes and returns.
. test/vcan/lib.sh
profiles=$PWD/test/sim/profiles
pack() { # NAME INTERFACE PROFILE MORE
	echo "  - { name: $1, interface: $2, profile: $3, ${4-}cells: 16, capacity: 100 Ah, assumed_temperature: 20 degC,"
	echo "      limits: { charge_voltage: 56 V, charge_current: 40 A, discharge_current: 50 A, low_voltage: 44.8 V } }"
}
config <<-END
	interfaces: { can0: {}, can1: {} }
	output: { interface: vcan0, name: Test bank }
	bank: { chemistry: lfp }
	socket: $socket
	packs:
	$(pack A can0 ask-commands "address: 1, ")
	$(pack B can0 ask-commands "address: 2, ")
	$(pack C can0 ask-node "address: 3, ")
	$(pack D can1 ask-remote)
	$(pack E can1 ask-echo "address: 5, ")
END
# 0.2 A of rest beside whole amperes: -5 + 4 + 3 + 2 + 1.2 = 5.2 A; each pack's voltage is its own, 260.0 / 5 = 52.0 V
cat >"$work/scenario.yaml" <<-END
	seed: 3
	packs:
	  A: { current: -5 A, voltage: 51.8 V, lose: 4 %, late: 3 %, delay: 300 ms, swap: 3 % }
	  B: { current: 4 A, voltage: 51.9 V, lose: 4 %, late: 3 %, delay: 300 ms, swap: 3 % }
	  C: { current: 3 A, voltage: 52 V }
	  D: { current: 2 A, voltage: 52.1 V }
	  E: { current: 1.2 A, voltage: 52.2 V }
END
simulate() { start sim "$battagg" sim -c "$work/battagg.yaml" --profiles "$profiles" "$work/scenario.yaml"; }
all_five() { tells online 5 offline 0 current 52 voltage 5200 ccl 2000 dcl 2500; }
voltages() {
	status_is '[.packs[] | .values.voltage.value * 10 | round] | map(tostring) | join(" ")' "518 519 520 521 522"
}
heard_on() { grep -qE "$2" "$work/$1.log"; } # heard_on IFACE 'regular expression'

buses can0 can1
listen can0
listen can1
simulate
start battagg "$battagg" run -c "$work/battagg.yaml" --profiles "$profiles"
expect "it makes vcan0 when it is missing" 5 is_up vcan0 || exit 1
listen vcan0
expect "five packs answer, and are a battery" 15 all_five
check "each voltage is its own pack's" voltages
check "a remote frame asks" heard_on can1 ' 100#R$'
check "an object is asked for" heard_on can0 ' 603#4060600000000000$'
check "and answered" heard_on can0 ' 583#4360600000D00000$'
holds "nobody is missed, though answers get lost" 30 all_five
check "questions are counted" status_is '[.ports[].questions | .asked > 100 and .answered > 80] | all' true
ip link set can1 down
expect "a bus goes: two of five" 15 tells online 3 offline 2
asked=$(status '.ports[1].questions.asked')
holds "nobody is asked there" 5 status_is '.ports[1].questions.asked' "$asked"
ip link set can1 up
expect "it returns, and they are found at once" 5 status_is '.packs[3].state + .packs[4].state' returningreturning
expect "they join" 60 tells online 5 offline 0
stop sim
expect "nobody answers: no charging" 15 tells ccl 0
simulate
expect "the simulator is back, and all are found" 120 tells online 5 offline 0
expect "and allow as much as before" 120 all_five
check "each voltage is its own pack's again" voltages
