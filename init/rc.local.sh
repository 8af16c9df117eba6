#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# What Venus OS forgets at each boot: vcan0, and the links in /service. /data/rc.local runs it by the line that enable.sh
# adds there:
#
#   [ -x /data/battagg/init/rc.local.sh ] && /data/battagg/init/rc.local.sh # battagg
#
# Harmless to run again at any time.
here=$(cd -P "$(dirname "$0")" && pwd) || exit 1
service=${BATTAGG_SERVICE_DIR:-/service}

modprobe vcan 2>/dev/null
ip link show dev vcan0 >/dev/null 2>&1 || ip link add dev vcan0 type vcan ||
	echo "battagg: vcan0 could not be made; battagg goes on trying" >&2
ip link set dev vcan0 up

ln -sfn "$here/battagg" "$service/battagg" || exit 1
# Hooks run where there is a folder for them: docs/HOOKS.md.
if [ -d "$here/../hooks.d" ]; then
	ln -sfn "$here/battagg-hooks" "$service/battagg-hooks" || exit 1
fi
# Venus OS's svscan looks for new services only when told to; others look by themselves.
if command -v svrescan >/dev/null; then
	svrescan
fi
exit 0
