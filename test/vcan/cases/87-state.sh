#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# What survives a restart: the counter, set by hand; limits that only cap. A balancing charge, by hand, too. A damaged state file is set aside.
. test/vcan/lib.sh
three_packs
printf 'soc: { from: counter }\ncharge: { voltage: own }\nstate: { file: %s }\n' "$work/state" >>"$work/battagg.yaml"
buses can0 can1
three_feeds
battagg_ready
expect "it counts from what the packs say: 66 %" 5 tells soc 66
ctl() { "$battagg" ctl --socket "$socket" "$@"; }
check "the counter can be set" ctl set-soc 80 %
expect "and is told" 2 tells soc 80
check "as one word, too" ctl set-soc 79.5%
expect "and is told so" 2 tells soc 79
check "not to what can't be" eval '! ctl set-soc 101 %'
check "not without a value" eval '! ctl set-soc'
check "what takes none is given none" eval '! ctl reload now'
expect "status shows it" 2 status_is '.soc.counter.soc > 79 and .soc.from == "counter"' true
check "a balancing charge by hand" ctl balance
expect "status shows it" 2 status_is '.charge.balance.state == "due"' true
check "and its end" ctl balance stop
check "which is no more than once" eval '! ctl balance stop'
check "nothing but stop ends it" eval '! ctl balance off'
expect "what was set by hand is written soon" 15 grep -q '^counter_mah 2385' "$work/state"
stop battagg
check "the limits are kept, too" grep -q '^ccl_ma 180000$' "$work/state"

sed -i '/charge_current: 40 A/s/40 A/90 A/' "$work/battagg.yaml"
run_battagg
expect "started again it takes that over" 5 said battagg "state of before taken over"
expect "and goes on: 79 %" 5 fresh vcan0 351 500
check "at 79 %" tells soc 79
holds "and allows no more than before: 180 A of 280 A" 10 tells ccl 1800
expect "until hold and ramp are over" 60 tells ccl 2800
stop battagg
sed -i '3s/[0-9]/x/' "$work/state"
run_battagg
expect "a damaged file is told" 5 said battagg 'its checksum is wrong: it is set aside'
check "and set aside" test -e "$work/state.bad"
expect "and counting begins anew" 5 tells soc 66
