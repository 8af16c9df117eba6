# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# Sourced by tiers.

# again LABEL TIER: runs another tier's program (with what BATTAGG, UNIT_DIR, UNIT_EXEC say) and marks its lines.
again() {
	local rc
	[ -x "test/$2/run" ] || return 0
	"test/$2/run" 2>&1 </dev/null | sed -E "s/^(ok|not ok|skip) - /\1 - $1: $2: /"
	rc=${PIPESTATUS[0]}
	[ "$rc" -eq 0 ] || echo "$2 ended with status $rc"
}

# make_alone TARGET...: make. Tiers run beside each other, so only one at a time may build a variant.
make_alone() {
	mkdir -p build
	flock "build/.${VARIANT:-release}" make --no-print-directory "$@"
}

# try NAME COMMAND...: one thing tested, its output only when it fails.
try() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1 </dev/null); then
		echo "ok - $name"
	else
		printf '%s\n' "$out"
		echo "not ok - $name"
	fi
}
