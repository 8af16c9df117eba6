#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# battagg's own simulator on two buses, battagg run between: the daemon and the simulator agree.
. test/vcan/lib.sh
three_packs
buses can0 can1
start sim "$battagg" sim -c "$work/battagg.yaml" --profiles "$PWD/can-profiles"
battagg_ready
expect "three simulated packs are a battery" 10 tells online 3 offline 0
told current
check "status agrees with vcan0 on the current" status_is ".bank.values.current.value * 10 | round" "$value"
stop sim
expect "simulator gone: no charging" 14 tells ccl 0
