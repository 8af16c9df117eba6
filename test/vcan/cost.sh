# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
#
# Measuring a process in the machine with the exact clock, where a nanosecond of processor time is one instruction.
# Sourced after lib.sh by the case 95-costs and by `make bench`.

# Four JK packs on can0; every frame is wanted. jk_words: their frames without the periods.
four_packs() {
	local n
	echo "interfaces: { can0: {} }"
	echo "output: { interface: vcan0, name: Test bank }"
	echo "bank: { chemistry: lfp }"; echo "socket: $socket"
	echo "packs:"
	for n in 0 1 2 3; do
		echo "  - { name: P$n, interface: can0, profile: jk-native-v2, address: $n, cells: 16, capacity: 100 Ah,"
		echo "      limits: { charge_voltage: 56.0 V, charge_current: 40 A, discharge_current: 50 A, low_voltage: 44.8 V } }"
	done
}
jk_words() { for n in 0 1 2 3; do jk_frames $n 2; done | tr ' ' '\n' | grep '#'; }
foreign=(100#0011223344556677 155#0011223344556677 2AA#0011223344556677 3FF#0011223344556677 123#FFFFFFFFFFFFFFFF
	5A0#0000000000000000 6B1#0102030405060708 7DF#0201050000000000 19F21401#0011223344556677 18FF50E5#0011223344556677)

instructions() { cut -d' ' -f1 "/proc/${pid[$1]}/schedstat"; }
switches() { awk '/^voluntary/ { print $2 }' "/proc/${pid[$1]}/status"; }
resident_kb() { awk '/^VmRSS/ { print $2 }' "/proc/${pid[$1]}/status"; }

# spent NAME SECONDS: instructions the process takes in that time.
spent() {
	local before
	before=$(instructions "$1")
	sleep "$2"
	echo $(($(instructions "$1") - before))
}
