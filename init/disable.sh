#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# Stops battagg and takes back what enable.sh did. The GX then has no BMS any more: chargers that were controlled by
# it stop with error #67 until another battery is chosen. Port profiles stay as they are: see README.md.
here=$(cd -P "$(dirname "$0")" && pwd) || exit 1
service=${BATTAGG_SERVICE_DIR:-/service}
rc_local=${BATTAGG_RC_LOCAL:-/data/rc.local}

if [ -f "$rc_local" ]; then
	sed -i '/# battagg$/d' "$rc_local"
	# Nothing but the first line left: without the file, the GX's support status is clean again.
	if [ "$(grep -cv '^#!' "$rc_local")" = 0 ]; then
		rm -f "$rc_local"
	fi
fi
for name in battagg-hooks battagg; do
	if [ -L "$service/$name" ]; then
		rm -f "$service/$name"
		svc -dx "$here/$name" "$here/$name/log"
	fi
done
echo "battagg is disabled; nothing in $(dirname "$here") was deleted."
