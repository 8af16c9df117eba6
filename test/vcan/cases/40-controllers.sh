#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# needs: controllers
# Real controllers (SJA1000) on one bus: battagg sets their bit rate. They are sja0 and sja1; what is sent by sja0 reaches sja1 over the wire.
. test/vcan/lib.sh
config <<END
interfaces:
  sja0: { bitrate: 250 kbit/s, restart: 100 ms }
  sja1: { bitrate: 250 kbit/s }
output: { interface: vcan0, name: Test bank }
bank: { chemistry: lfp }
socket: $socket
packs:
  - { name: B, interface: sja0, profile: jk-native-v2, address: 0, cells: 16, capacity: 100 Ah,
      limits: { charge_voltage: 56.0 V, charge_current: 40 A, discharge_current: 50 A, low_voltage: 44.8 V } }
  - { name: C, interface: sja1, profile: jk-native-v2, address: 1, cells: 16, capacity: 100 Ah,
      limits: { charge_voltage: 55.0 V, charge_current: 40 A, discharge_current: 50 A, low_voltage: 44.8 V } }
END
has() { ip -d link show "$1" | grep -q "$2"; }
ip link set sja0 down
ip link set sja1 down
run_battagg
expect "sja0 is up" 5 is_up sja0 || exit 1
expect "sja1 is up" 5 has sja1 'state ERROR-ACTIVE'
check "sja0 runs at 250 kbit/s" has sja0 'bitrate 250000'
check "sja1 runs at 250 kbit/s" has sja1 'bitrate 250000'
check "sja0 restarts 100 ms after bus-off" has sja0 'restart-ms 100'
expect "it makes vcan0" 5 is_up vcan0
listen vcan0
jk_pack B sja1 0 2
jk_pack C sja0 1 3
expect "two packs over the wire: 5.0 A, CVL 55.0 V, CCL 80 A, DCL 100 A" 5 tells current 50 cvl 550 ccl 800 dcl 1000 online 2
# What this machine sends on a wire is no battery's: a GX repeats battagg's own battery on its buses.
stop B
jk_pack B-own sja0 0 2
expect "frames of this machine itself are not taken: B is lost" 14 tells current 30 online 1 offline 1
check "status counts them" status_is '.ports[] | select(.name == "sja0") | .own_frames > 100' true
stop B-own
check "frames were received by the controllers" test "$(cat /sys/class/net/sja0/statistics/rx_packets)" -gt 20
stop battagg
ip link set sja0 down
ip link set sja1 down

# The config leaves the link alone: a wrong bit rate is not changed, but told.
ip link set sja0 type can bitrate 125000
ip link set sja0 up
sed -i 's/sja0: {.*/sja0: {}/; s/sja1: {.*/sja1: {}/' "$work/battagg.yaml"
run_battagg
expect "a bit rate that does not fit the profile is told" 5 said battagg '125.*(kbit|bit)'
check "the link is left as it is" has sja0 'bitrate 125000'
stop battagg
ip link set sja0 down
