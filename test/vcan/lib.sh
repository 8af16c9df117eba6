# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
#
# For the cases in test/vcan/cases: what they start, look at and expect. A case is a bash script that sources this,
# prints "ok - " and "not ok - " lines by the functions below, and leaves nothing behind: what it started is ended and
# the interfaces it made are deleted at its exit. Times are the machine's own, never a wall clock's.
set -u
export LC_ALL=C
case_name=$(basename "$0" .sh)
work=$(mktemp -d /tmp/battagg-case.XXXXXX)
battagg=${BATTAGG:-$PWD/build/battagg}
feed=$(type -P feed || echo "$PWD/build/tools/feed")
socket=$work/socket
declare -A pid=()
made=()

finish() {
	local p i
	exec 2>/dev/null # bash tells of what was killed
	for p in "${pid[@]}"; do kill -CONT "$p" 2>/dev/null; kill -KILL "$p" 2>/dev/null; done
	wait 2>/dev/null
	for i in "${made[@]}" vcan0; do ip link del "$i" type vcan 2>/dev/null; done
	rm -rf "$work"
}
trap finish EXIT

passed() { echo "ok - $case_name: $1"; }
failed() {
	local f
	echo "not ok - $case_name: $1"
	[ $# -lt 2 ] || echo "  $2"
	for f in "$work"/*.err; do
		[ ! -s "$f" ] || { echo "  $(basename "$f" .err) said:"; tail -n 12 "$f" | sed 's/^/    /'; }
	done
	[ ! -s "$work/vcan0.log" ] || { echo "  the last frames on vcan0:"; tail -n 12 "$work/vcan0.log" | sed 's/^/    /'; }
}

# Milliseconds on the machine's clock.
now_ms() { local t=${EPOCHREALTIME/./}; echo $((t / 1000)); }

# Waits for the next look: every 20 ms at first, more seldom the longer it takes, as looking costs machine time.
pause() {
	local step=$(($1 / 16))
	[ $step -ge 20 ] || step=20
	[ $step -le 1000 ] || step=1000
	printf -v step '%d.%03d' $((step / 1000)) $((step % 1000))
	sleep "$step"
}

# expect NAME SECONDS CONDITION...: the condition (a function or command) comes true within that time.
expect() {
	local name=$1 limit=$((${2%.*} * 1000)) start waited
	start=$(now_ms)
	shift 2
	until "$@" >/dev/null 2>&1; do
		waited=$(($(now_ms) - start))
		if [ $waited -ge $limit ]; then
			failed "$name" "waited $waited ms for: $*"
			return 1
		fi
		pause $waited
	done
	passed "$name"
}

# holds NAME SECONDS CONDITION...: it stays true all that time.
holds() {
	local name=$1 until=$(($(now_ms) + ${2%.*} * 1000))
	shift 2
	while [ "$(now_ms)" -lt $until ]; do
		"$@" >/dev/null 2>&1 || { failed "$name" "no longer: $*"; return 1; }
		sleep 0.2
	done
	passed "$name"
}

# check NAME CONDITION...: it is true now.
check() {
	local name=$1
	shift
	if "$@" >/dev/null 2>&1; then passed "$name"; else failed "$name" "not so: $*"; fi
}

# start NAME COMMAND...: in the background, its output in $work/NAME.out and .err; stop NAME [SIGNAL] ends it.
start() {
	local name=$1
	shift
	"$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null &
	pid[$name]=$!
}
running() { kill -0 "${pid[$1]}" 2>/dev/null; }
ended() { ! running "$1"; }
stop() {
	kill -"${2-TERM}" "${pid[$1]}" 2>/dev/null
	wait "${pid[$1]}" 2>/dev/null
	local status=$?
	unset "pid[$1]"
	return $status
}

# buses NAME...: vcan interfaces, up.
buses() {
	local i
	for i; do
		ip link add "$i" type vcan && made+=("$i")
		ip link set "$i" up
	done
}

is_up() { ip -o link show "$1" up | grep -q .; }

# listen IFACE: candump writes what it hears to $work/IFACE.log from now on, and outlives the link going down.
listen() {
	candump -D -L "$1" >"$work/$1.log" 2>/dev/null </dev/null &
	pid[candump-$1]=$!
	disown
}

# The data of the newest frame with an id: last vcan0 351
last() { tail -n 400 "$work/$1.log" | awk -v "id=$2#" 'index($3, id) == 1 { d = substr($3, length(id) + 1) } END { print d }'; }
# How many frames with that id so far; how many ms since the newest.
count() { grep -c " $2#" "$work/$1.log"; }
age() { tail -n 400 "$work/$1.log" | awk -v "id=$2#" -v "now=$EPOCHREALTIME" 'index($3, id) == 1 { t = substr($1, 2) + 0 }
	END { printf "%d\n", (now - t) * 1000 }'; }
# heard IFACE ID within MS
fresh() { [ "$(age "$1" "$2")" -le "$3" ]; }
silent() { [ "$(age "$1" "$2")" -gt "$3" ]; }

# u16 DATA BYTE: little-endian number at that byte of hex data; s16 with sign.
u16() { [ ${#1} -ge $(($2 * 2 + 4)) ] && echo $((16#${1:$(($2 * 2 + 2)):2}${1:$(($2 * 2)):2})); }
s16() { local v; v=$(u16 "$1" "$2") && echo $((v > 32767 ? v - 65536 : v)); }

# What the GX is told, in its own steps: cvl ccl dcl low_voltage (0.1), soc (1 %), voltage (0.01 V), current (0.1 A),
# online and offline modules. told QUANTITY; tells QUANTITY VALUE [QUANTITY VALUE ...]: all are so.
told() { all_told | sed -n "s/^$1 //p"; }
all_told() {
	tail -n 150 "$work/vcan0.log" | awk '
		function digit(c) { return index("0123456789ABCDEF", c) - 1 }
		function byte(d, n) { return 16 * digit(substr(d, 2 * n + 1, 1)) + digit(substr(d, 2 * n + 2, 1)) }
		function u16(d, n) { return byte(d, n) + 256 * byte(d, n + 1) }
		function s16(d, n) { return u16(d, n) > 32767 ? u16(d, n) - 65536 : u16(d, n) }
		{ data[substr($3, 1, 3)] = substr($3, 5) }
		END {
			if (d = data["351"]) printf "cvl %d\nccl %d\ndcl %d\nlow_voltage %d\n", u16(d, 0), s16(d, 2), s16(d, 4), u16(d, 6)
			if (d = data["355"]) printf "soc %d\n", u16(d, 0)
			if (d = data["356"]) printf "voltage %d\ncurrent %d\n", s16(d, 0), s16(d, 2)
			if (d = data["372"]) printf "online %d\noffline %d\n", u16(d, 0), u16(d, 6)
		}'
}
tells() {
	local is
	is=$(all_told)
	while [ $# -ge 2 ]; do
		[[ $'\n'"$is"$'\n' == *$'\n'"$1 $2"$'\n'* ]] || return 1
		shift 2
	done
}

# status JQ-FILTER: from `battagg status --json`
status() { "$battagg" status --socket "$socket" --json 2>/dev/null | jq -r "$1" 2>/dev/null; }
status_is() { [ "$(status "$1")" = "$2" ]; }
said() { grep -qiE "$2" "$work/$1.err"; } # said battagg 'regular expression'

# config TEXT...: writes $work/battagg.yaml; run_battagg [ARGUMENT...] starts it with that.
config() { cat >"$work/battagg.yaml"; }
run_battagg() { start battagg "$battagg" run -c "$work/battagg.yaml" --profiles "$PWD/can-profiles" "$@"; }

# Starts the daemon and hears what it tells on vcan0, which it has to make first. Without that there is no case.
battagg_ready() {
	run_battagg
	expect "it makes vcan0 when it is missing" 5 is_up vcan0 || exit 1
	listen vcan0
}

# Packs, with frames written by hand from the vendors' tables.
#
# A Pylontech stack (protocol 1.2), 15 cells: 53.2 V and 100.0 A allowed both ways, not under 46.0 V;
# 80 %, health 100 %, 50.00 V, 1.0 A into it, 25.0 degC, no flags, one module, both directions enabled.
pylontech=(1000ms 351#1402E803E803CC01 355#50006400 356#88130A00FA00 359#0000000001504E 35C#C000 35E#50594C4F4E202020)
pylontech_pack() { start "$1" "$feed" "$2" "${pylontech[@]}"; } # pylontech_pack NAME IFACE

# A JK in its native protocol V2 at an address, 16 cells, all at 3.125 V: 50.0 V, so many whole amperes into it
# (0.1 A steps from -400 A), 60 %, 24 and 22 degC, 60.0 of 100.0 Ah left, both switches on.
# It says nothing of limits. jk_pack NAME IFACE ADDRESS AMPERES
jk_frames() {
	local n=$1 raw=$((($2 + 400) * 10)) g
	printf '20ms %03X#F401%02X%02X3C000000 ' $((0x2F4 + n)) $((raw & 255)) $((raw >> 8))
	printf '100ms %03X#350C01350C020000 %08X#5802E80300000000 ' $((0x4F4 + n)) $((0x18F128F4 + n))
	printf '500ms %03X#4A01480249000000 %08X#0300000000000000 1000ms ' $((0x5F4 + n)) $((0x18F528F4 + n))
	for g in 0 1 2 3; do printf '%08X#350C350C350C350C ' $((0x18E028F4 + 0x10000 * g + n)); done
}
jk_pack() {
	# shellcheck disable=SC2046 # a list of words
	start "$1" "$feed" "$2" $(jk_frames "$3" "$4")
}

# The bank of most cases: A on can0, B and C on can1. Worked out by hand: 6.0 A (1 + 2 + 3), 50.00 V, CVL 53.2 V (A's,
# the lowest), CCL 100 + 40 + 40 A, DCL 100 + 50 + 50 A, low voltage 46.0 V (A's, the highest), SoC (80 + 60 + 60) / 3.
three_packs() {
	config <<-END
		interfaces: { can0: {}, can1: {} }
		output: { interface: vcan0, name: Test bank }
		bank: { chemistry: lfp }
		socket: $socket
		packs:
		  - { name: A, interface: can0, profile: pylontech, cells: 15, capacity: 100 Ah }
		  - { name: B, interface: can1, profile: jk-native-v2, address: 0, cells: 16, capacity: 100 Ah,
		      limits: { charge_voltage: 56.0 V, charge_current: 40 A, discharge_current: 50 A, low_voltage: 44.8 V } }
		  - { name: C, interface: can1, profile: jk-native-v2, address: 1, cells: 16, capacity: 100 Ah,
		      limits: { charge_voltage: 56.0 V, charge_current: 40 A, discharge_current: 50 A, low_voltage: 44.8 V } }
	END
}
three_feeds() {
	pylontech_pack A can0
	jk_pack B can1 0 2
	jk_pack C can1 1 3
}
all_three() { tells current 60 voltage 5000 cvl 532 ccl 1800 dcl 2000 low_voltage 460 soc 66 online 3 offline 0; }
without_b() { tells current 40 ccl 1400 dcl 1500 online 2 offline 1; }
