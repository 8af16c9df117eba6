# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
# Sourced by run and long: the targets, and what they start from.

targets="candump loader frames"

# start_of TARGET: the directories with its first inputs. What once broke a target stays among them.
start_of() {
	case $1 in
	loader) echo test/fuzz/corpus/loader can-profiles etc ;;
	*) echo "test/fuzz/corpus/$1" ;;
	esac
}

export ASAN_OPTIONS=abort_on_error=1:detect_leaks=1 UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1
