#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# `battagg decode` on a live bus: lines as the frames come; with --watch the profile is read again when it is saved.
. test/vcan/lib.sh
buses can0
out() { grep -qF "$1" "$work/watch.out"; }
pylontech_pack A can0
start plain "$battagg" decode -p pylontech --profiles "$PWD/can-profiles" can0
plain() { grep -qF "$1" "$work/plain.out"; }
expect "without --watch: values as they come" 5 plain 'can0 356#88130A00FA00 voltage = 50.000 V'
stop plain

cp can-profiles/pylontech.yaml "$work/pylontech.yaml"
start watch "$battagg" decode --watch -p "$work/pylontech.yaml" can0
expect "with --watch: values as they come" 5 out 'can0 356#88130A00FA00 voltage = 50.000 V'

# A typing mistake: the old one stays. Another file is put in its place, as editors do.
sed 's/type: signed, factor: 0.01 V/type: sined, factor: 0.01 V/' can-profiles/pylontech.yaml >"$work/new.yaml"
mv "$work/new.yaml" "$work/pylontech.yaml"
expect "a save is told" 5 out "pylontech.yaml was saved"
expect "its mistake, too" 2 out "sined"
lines=$(grep -cF 'voltage = 50.000 V' "$work/watch.out")
more() { [ "$(grep -cF 'voltage = 50.000 V' "$work/watch.out")" -gt $((lines + 1)) ]; }
expect "it goes on with the old one" 5 more

# Then one that reads the current the other way round; its samples, which would not fit, are left out.
sed '/^samples:/,$d; s/current:     { bytes: 2-3, type: signed, factor: 0.1 A }/current: { bytes: 2-3, type: signed, factor: -0.1 A }/' \
	can-profiles/pylontech.yaml >"$work/pylontech.yaml"
check "before it was" out 'current = 1.000 A'
expect "a good save is used" 5 out 'current = -1.000 A'

ip link set can0 down
sleep 2
check "a link that goes down does not end it" running watch
lines=$(grep -cF 'voltage = 50.000 V' "$work/watch.out")
ip link set can0 up
expect "and it goes on when it comes back" 10 more
stop watch
check "no escape sequences into a file" test -z "$(grep $'\033' "$work/watch.out")"
check "no such interface: status 1" test "$("$battagg" decode -p pylontech --profiles "$PWD/can-profiles" can7 2>"$work/no.err"; echo $?)" = 1
check "no such interface: it says so" grep -q "neither a file nor a CAN interface" "$work/no.err"
