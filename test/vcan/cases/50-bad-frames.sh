#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# Frames that are no battery's: remote, FD, error, short, the same number with 29 bits. They change nothing, and count.
. test/vcan/lib.sh
three_packs
buses can0 can1
three_feeds
battagg_ready
expect "three packs become one battery" 5 all_three
for n in 1 2 3 4 5; do
	cansend can0 351#R
	cansend can0 351##1FFFFFFFFFFFFFFFF
	cansend can0 20000040#0000000000000000 # CAN_ERR_BUSOFF as the kernel tells it
	cansend can0 00000351#FFFFFFFFFFFFFFFF
	cansend can0 351#
	cansend can0 351#14
	cansend can0 356#
	cansend can1 2F4#
	cansend can1 18E028F4#R
	cansend can1 000002F4#0000000000000000
	sleep 0.2
	all_three || break
done
check "the battery is as it was" all_three
holds "and stays so" 3 all_three
check "the daemon lives" running battagg
check "error frames are counted" status_is '.ports[] | select(.name == "can0") | [.error_frames[]] | add >= 5' true
check "remote frames are counted" status_is '.ports[] | select(.name == "can0") | .remote_frames' 5
check "FD frames are counted" status_is '.ports[] | select(.name == "can0") | .fd_frames' 5
