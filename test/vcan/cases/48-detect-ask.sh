#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# `battagg detect --ask` finds each dialect that only speaks when asked, played by the simulator, within 11 s; without
# --ask it is not heard.
. test/vcan/lib.sh
buses can0
for profile in daly tinybms superb-epsilon-v2 canopen-cia418 jbd-rtr growatt-lv pylontech-hv; do
	file=can-profiles/$profile.yaml
	[ -e "$file" ] || continue
	address=$(sed -n 's/^addresses: *\([0-9]*\)-.*/address: \1, /p' "$file")
	experimental=$(sed -n 's/^status: *experimental.*/accept_experimental: yes, /p' "$file")
	config <<-END
		interfaces: { can0: {} }
		bank: { chemistry: lfp }
		packs:
		  - { name: A, interface: can0, profile: $profile, $address$experimental cells: 16, capacity: 100 Ah,
		      assumed_temperature: 20 degC,
		      limits: { charge_voltage: 56.0 V, charge_current: 40 A, discharge_current: 50 A, low_voltage: 44.8 V } }
	END
	start sim "$battagg" sim -c "$work/battagg.yaml" --profiles "$PWD/can-profiles"
	sleep 1
	check "$profile: the simulator plays it" running sim
	! grep -qE '^poll:|sdo:' "$file" || # (Growatt's is a keep-alive, and the simulator does not wait for one)
		check "$profile: silent until asked" test "$("$battagg" detect can0 --profiles "$PWD/can-profiles" >"$work/out" 2>&1; echo $?)" = 1
	now
	begin=$now
	"$battagg" detect --ask can0 --profiles "$PWD/can-profiles" >"$work/out" 2>"$work/detect.err"
	now
	check "$profile: found by asking" grep -qE "^(This is|Probably) $profile:" "$work/out"
	check "$profile: within 11 s" test $((now - begin)) -le 11000
	grep -qE "^(This is|Probably) $profile:" "$work/out" || head -n 12 "$work/out"
	stop sim
done
