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
	rm -rf "$work" /run/battagg/state-*
}
trap finish EXIT

passed() { echo "ok - $case_name: $1"; }
failed() {
	local f
	[ $# -lt 2 ] || echo "  $2"
	for f in "$work"/*.err; do
		[ ! -s "$f" ] || { echo "  $(basename "$f" .err) said:"; tail -n 12 "$f" | sed 's/^/    /'; }
	done
	[ ! -s "$work/vcan0.log" ] || { echo "  the last frames on vcan0:"; tail -n 12 "$work/vcan0.log" | sed 's/^/    /'; }
	echo "not ok - $case_name: $1"
}

# Looking must be cheap, as the machine's processor is slow: what runs again and again starts no program.

now() { now=$((${EPOCHREALTIME/./} / 1000)); } # sets $now: ms on the machine's clock

# Waits for the next look: 20 ms at first, longer the longer it takes already. pause MS
exec {nothing}<> <(:)
pause() {
	local step=$(($1 / 16))
	[ $step -ge 20 ] || step=20
	[ $step -le 1000 ] || step=1000
	printf -v step '%d.%03d' $((step / 1000)) $((step % 1000))
	read -rt "$step" -u $nothing
}

# expect NAME SECONDS CONDITION...: the condition (a function or command) comes true within that time.
expect() {
	local name=$1 limit=$(($2 * 1000)) start now
	now
	start=$now
	shift 2
	until "$@" >/dev/null 2>&1; do
		now
		if [ $((now - start)) -ge $limit ]; then
			failed "$name" "waited $((now - start)) ms for: $*"
			return 1
		fi
		pause $((now - start))
	done
	passed "$name"
}

# holds NAME SECONDS CONDITION...: it stays true all that time.
holds() {
	local name=$1 until now
	now
	until=$((now + $2 * 1000))
	shift 2
	while [ $now -lt $until ]; do
		"$@" >/dev/null 2>&1 || { failed "$name" "no longer: $*"; return 1; }
		pause 2000
		now
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
declare -A ear=() data=() when=()
listen() {
	: >>"$work/$1.log"
	candump -D -L "$1" >>"$work/$1.log" 2>/dev/null </dev/null &
	pid[candump-$1]=$!
	disown
	[ -n "${ear[$1]-}" ] || exec {ear[$1]}<"$work/$1.log"
}
# Takes in what is new: data[IFACE ID] and when[IFACE ID] (ms) of the newest frames. Not in a subshell.
hear() {
	local stamp iface frame
	while read -r -u "${ear[$1]}" stamp iface frame; do
		data[$1 ${frame%%#*}]=${frame#*#}
		stamp=${stamp#(}
		stamp=${stamp%)}
		when[$1 ${frame%%#*}]=$((${stamp/./} / 1000))
	done
}
# The newest frame with an id is younger, or older, than so many ms: fresh vcan0 351 1000
fresh() { local now; hear "$1"; now; [ $((now - ${when[$1 $2]-0})) -le "$3" ]; }
silent() { ! fresh "$@"; }

# The data of the newest frame with an id: last vcan0 351
last() { tail -n 400 "$work/$1.log" | awk -v "id=$2#" 'index($3, id) == 1 { d = substr($3, length(id) + 1) } END { print d }'; }
# mark; ...; heard_since: the lines of vcan0 from there on
mark() { mark=$(wc -l <"$work/vcan0.log"); }
heard_since() { tail -n "+$((mark + 1))" "$work/vcan0.log"; }

# u16 DATA BYTE: little-endian number at that byte of hex data; s16 with sign.
u16() { [ ${#1} -ge $(($2 * 2 + 4)) ] && echo $((16#${1:$(($2 * 2 + 2)):2}${1:$(($2 * 2)):2})); }
s16() { local v; v=$(u16 "$1" "$2") && echo $((v > 32767 ? v - 65536 : v)); }

# What the GX is told, in its own steps: cvl ccl dcl low_voltage (0.1), soc (1 %), voltage (0.01 V), current (0.1 A),
# online and offline modules. get QUANTITY sets $value; tells QUANTITY VALUE [QUANTITY VALUE ...]: all are so.
declare -A place=([cvl]="351 0" [ccl]="351 2" [dcl]="351 4" [low_voltage]="351 6" [soc]="355 0" [voltage]="356 0"
	[current]="356 2" [online]="372 0" [offline]="372 6")
get() {
	local at=(${place[$1]}) d
	d=${data[vcan0 ${at[0]}]-}
	d=${d:$((2 * at[1])):4}
	value=none
	[ ${#d} -lt 4 ] || value=$((16#${d:2}${d:0:2}))
	[ "$1" != current ] || [ "$value" = none ] || [ "$value" -lt 32768 ] || value=$((value - 65536))
}
told() { hear vcan0; get "$1"; } # then $value
tells() {
	local value
	hear vcan0
	while [ $# -ge 2 ]; do
		get "$1"
		[ "$value" = "$2" ] || return 1
		shift 2
	done
}
more_than() { told "$1"; [ "$value" -gt "$2" ]; }
less_than() { told "$1"; [ "$value" -lt "$2" ]; }

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
