#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# Starts battagg now and at each boot of a GX. Changes one line of /data/rc.local and nothing else on the disk.
here=$(cd -P "$(dirname "$0")" && pwd) || exit 1
rc_local=${BATTAGG_RC_LOCAL:-/data/rc.local}

chmod +x "$here"/*.sh "$here"/*/run "$here"/*/log/run || exit 1
if [ ! -s "$rc_local" ]; then
	echo '#!/bin/sh' >"$rc_local" || exit 1
fi
chmod +x "$rc_local" || exit 1
if ! grep -q '# battagg$' "$rc_local"; then
	# Behind the first line, so that an `exit` further down does not hide it.
	sed -i "1a [ -x $here/rc.local.sh ] \&\& $here/rc.local.sh # battagg" "$rc_local" || exit 1
fi
"$here/rc.local.sh" || exit 1
if ! ip link show dev vcan0 >/dev/null 2>&1; then
	echo "battagg is enabled, but there is no vcan0, so the GX sees no battery. Does this kernel have it? modprobe vcan; dmesg" >&2
	exit 1
fi
echo "battagg is enabled. Log: tail -F /var/log/battagg/current | tai64nlocal"
