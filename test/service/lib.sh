# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# For run and boot, which set $area: one thing tested each, and waiting for it. $bad is 1 once one was not ok.
bad=0
ok() { echo "ok - $area: $1"; }
not_ok() { # NAME [WHAT IT SAID]
	local name=$1
	shift
	[ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/#   /'
	echo "not ok - $area: $name"
	bad=1
}
# check NAME COMMAND...: what the command prints is shown when it fails.
check() {
	local name=$1 said
	shift
	if said=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$said"; fi
}
# within SECONDS COMMAND...: true as soon as the command is.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { "$@"; return 1; }
		sleep 0.2
	done
}
