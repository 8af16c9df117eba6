#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# The simulator's house on real interfaces: its charger obeys what battagg says on vcan0.
. test/vcan/lib.sh
config <<-END
	interfaces: { can0: {}, can1: {} }
	output: { interface: vcan0 }
	bank: { chemistry: lfp }
	socket: $socket
	packs:
	  - { name: A, interface: can0, profile: victron, cells: 16, capacity: 100 Ah }
	  - { name: B, interface: can1, profile: victron, cells: 16, capacity: 100 Ah }
END
cat >"$work/scenario.yaml" <<-END
	charger: 80 A
	packs: { A: { bms: { charge_current: 25 A } }, B: { bms: { charge_current: 25 A } } }
	events: [ { at: 25 s, pack: A, set: { ccl: 5 A } } ]
END
buses can0 can1
start sim "$battagg" sim -c "$work/battagg.yaml" --profiles "$PWD/can-profiles" "$work/scenario.yaml"
battagg_ready
expect "two packs are a battery" 10 tells online 2 ccl 500
expect "80 A could be had, 50 A flow" 10 tells current 500
expect "one pack takes 5 A only: less flows" 30 less_than current 310
stop battagg
expect "the simulator goes on without battagg" 2 running sim
