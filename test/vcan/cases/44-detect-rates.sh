#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# needs: controllers
# `battagg detect --bitrates` on real controllers: only on a link that is down, which it leaves down and as it was. (The
# emulated bus carries frames at whatever rate, so the first rate is the one.)
. test/vcan/lib.sh
has() { ip -d link show "$1" | grep -q "$2"; }
detect() { "$battagg" detect --profiles "$PWD/can-profiles" "$@" >"$work/detect.out" 2>"$work/detect.err"; }
found() { grep -qF "$1" "$work/detect.out"; }
told_error() { grep -qF "$1" "$work/detect.err"; }
is_down() { ! is_up "$1"; }

ip link set sja0 down
ip link set sja1 down
ip link set sja1 type can bitrate 250000
ip link set sja1 up
jk_pack B sja1 0 2
ip link set sja0 type can bitrate 125000 sample-point 0.750
before=$(ip -d link show sja0 | grep -oE 'bitrate [0-9]+ sample-point [0-9.]+')
check "a battery is found" detect --bitrates sja0
check "it is the JK" found 'This is jk-native-v2:'
check "at 250 kbit/s" found 'at 250 kbit/s'
check "the config sets that rate" found 'sja0: { bitrate: 250 kbit/s }'
check "it tells that it tries" told_error 'sja0 at 250 kbit/s'
check "it only listened" test -z "$(grep "can't only listen" "$work/detect.err")"
check "the link is down again" is_down sja0
check "with the rate and sample point that it had" test "$(ip -d link show sja0 | grep -oE 'bitrate [0-9]+ sample-point [0-9.]+')" = "$before"
check "and not left in listen-only mode" test -z "$(ip -d link show sja0 | grep LISTEN-ONLY)"

ip link set sja0 up
check "a link that is up is refused" test "$(detect --bitrates sja0; echo $?)" = 1
check "and it says why" told_error 'is up and stays as it is'
check "it stayed up" is_up sja0
check "at its rate" has sja0 'bitrate 125000'

# What this machine itself sends on a wire is no battery: a GX repeats there what it knows.
stop B
jk_pack own sja0 0 2
sleep 1
check "own frames alone: status 1" test "$(detect sja0; echo $?)" = 1
check "own frames alone are told" told_error 'nothing but what this machine itself sends'
stop own

ip link set sja0 down
check "nobody there: status 1" test "$(detect --bitrates sja0; echo $?)" = 1
check "nobody there: all rates were tried" told_error '250 kbit/s (0 errors), 500 kbit/s (0 errors), 125 kbit/s (0 errors), 1 Mbit/s (0 errors)'
check "the link is down again after all" is_down sja0

# Ended early, it still puts the link back.
start detect "$battagg" detect --bitrates --profiles "$PWD/can-profiles" sja0
sleep 1
check "it is trying" is_up sja0
stop detect INT
check "ended by Ctrl-C, the link is down again" is_down sja0
check "with its rate" has sja0 'bitrate 125000'
ip link set sja1 down
