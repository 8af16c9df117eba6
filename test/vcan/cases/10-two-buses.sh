#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# Two input buses, two brands, three packs: one battery on vcan0, and nothing before the picture is full.
. test/vcan/lib.sh
three_packs
buses can0 can1
listen can0
listen can1
battagg_ready
pylontech_pack A can0
jk_pack B can1 0 2
holds "it says nothing before the full picture" 5 test ! -s "$work/vcan0.log"
jk_pack C can1 1 3
expect "three packs become one battery" 5 all_three
sleep 12
for id in 351 355 356 35A 35E 35F 370 371 372 373 374 375 376 377 379 380 381 382; do
	check "$id is sent, 8 bytes long" test "$(last vcan0 $id | wc -c)" = 17
done
for id in 359 35B 35C 305 306 307; do check "$id is never sent" test -z "$(last vcan0 $id)"; done
check "the name is not a vendor's" test "$(last vcan0 35E)" != 50594C4F4E202020
check "highest temperature: 25.0 degC of A" test "$(s16 "$(last vcan0 356)" 4)" = 250
check "SoC to 0.01 %, rounded down" test "$(u16 "$(last vcan0 355)" 4)" = 6666
check "the cells' voltages: B's and C's 3.125 V" test "$(last vcan0 373 | cut -c1-8)" = 350C350C
check "capacity: 300 Ah" test "$(u16 "$(last vcan0 379)" 0)" = 300
# Alarms and warnings are pairs of bits: 01 is active.
active() { echo $((16#$(last vcan0 35A) & 0x5555555555555555)); }
check "no alarm and no warning" test "$(active)" = 0
check "Pylontech hears its keep-alive on can0" fresh can0 305 1500
check "the JKs' bus hears none" test -z "$(last can1 305)"
