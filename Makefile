# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
#
#   make demo                  three simulated batteries become one, live     } these two install
#   make check                 every test                                     } what is missing first
#
#   make                       build/battagg
#   make VARIANT=debug|san     with -O0 -g, or with address and undefined-behaviour sanitizers
#   make STATIC=no             with shared libraries
#   make install               PREFIX=/usr/local, SYSCONFDIR=/etc, DESTDIR= for packagers, SYSTEMD=no to leave the units out
#   make uninstall             with the same PREFIX; the config stays
#   make static                build/static/battagg-armhf and -aarch64, to copy onto a GX
#   make unit lint coverage    one tier of the tests alone; test/run names them all
#   make golden                rewrites the expected outputs of test/replay; read the diff
#   make schema                rewrites what editors are told of profiles and configs (can-profiles/, etc/)
#   make fuzz bench            longer runs
#   make clean

VERSION := 0.1.0

VARIANT ?= release
ifeq ($(filter $(VARIANT),release debug san coverage),)
$(error VARIANT=$(VARIANT): it is release, debug or san)
endif

Q ?= @
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
SYSTEMD ?= yes
CC ?= cc
SHARE := $(PREFIX)/share/battagg

B := build/$(VARIANT)
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wstrict-prototypes \
	-Wmissing-prototypes -Wdouble-promotion -Wformat=2 -Wundef -Wvla -Wwrite-strings -Wswitch-enum -Wfloat-equal
CFLAGS_release := -O2 -g
CFLAGS_debug := -O0 -g3
CFLAGS_san := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_coverage := -O0 -g --coverage -fprofile-abs-path
HARDEN := -fstack-protector-strong -fPIE $(if $(filter release,$(VARIANT)),-D_FORTIFY_SOURCE=2)
CFLAGS ?= $(CFLAGS_$(VARIANT))
LIBS ?= -lev -lyaml -lsocketcan -ljansson
# One file that needs no library at run time, and half the memory of one with shared ones; STATIC=no for those. Where
# there are no static libraries to link (not on Debian) it is no, too.
ifeq ($(VARIANT),release)
STATIC ?= $(if $(filter-out /%,$(foreach l,c ev yaml socketcan jansson,$(shell $(CC) -print-file-name=lib$(l).a))),no,yes)
endif
LDFLAGS_PROGRAM ?= $(if $(filter yes,$(STATIC)),-static-pie,-pie)
ALL_CFLAGS := -std=c11 -ffp-contract=off -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -DBATTAGG_VERSION='"$(VERSION)"' \
	-DBATTAGG_PROFILES='"$(SHARE)/can-profiles"' -Isrc $(WARNINGS) $(HARDEN) $(CFLAGS) $(CPPFLAGS)
LINK := $(CC) $(CFLAGS) -Wl,-z,relro,-z,now $(LDFLAGS)

CORE := $(sort $(wildcard src/core/*.c))
REST := $(sort $(wildcard src/config/*.c src/io/*.c src/app/*.c src/log.c))
OBJ := $(patsubst src/%.c,$(B)/%.o,$(CORE) $(REST)) $(if $(wildcard can-profiles/victron.yaml),$(B)/embedded.o)
UNIT := $(patsubst test/unit/%.c,$(B)/unit/%,$(sort $(wildcard test/unit/test_*.c)))

all: $(B)/battagg
	$(Q)ln -sfn $(VARIANT)/battagg build/battagg

$(B)/battagg: $(B)/main.o $(OBJ)
	@echo "  LINK  $@"
	$(Q)$(LINK) $(LDFLAGS_PROGRAM) -o $@ $^ $(LIBS)

$(B)/%.o: src/%.c $(B)/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The output profile goes into the binary, so that nobody's edit of the installed file can break it.
$(B)/embedded.c: can-profiles/victron.yaml
	@mkdir -p $(@D)
	$(Q){ echo '#include "config/embedded.h"'; echo 'const unsigned char embedded_victron[] = {'; \
		od -An -v -tu1 $< | sed 's/\([0-9][0-9]*\)/\1,/g'; \
		echo '};'; echo 'const unsigned long embedded_victron_len = sizeof embedded_victron;'; } >$@

$(B)/embedded.o: $(B)/embedded.c $(B)/flags
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Changes when the flags do, so that other flags, or another PREFIX, build anew what depends on them.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@new=$@.$$$$; echo '$(subst ','\'',$(LINK) $(LDFLAGS_PROGRAM) $(ALL_CFLAGS))' >$$new; \
		if cmp -s $$new $@; then rm $$new; else mv $$new $@; fi

install: $(B)/battagg
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(SHARE)/can-profiles $(DESTDIR)$(SHARE)/hooks $(DESTDIR)$(SYSCONFDIR)/battagg/hooks.d
	install -m 755 $(B)/battagg hooks/battagg-hooks $(DESTDIR)$(PREFIX)/bin
	install -m 755 hooks/examples/* $(DESTDIR)$(SHARE)/hooks
	install -m 644 can-profiles/* $(DESTDIR)$(SHARE)/can-profiles
	install -m 644 etc/battagg.yaml etc/schema.json etc/examples/* $(DESTDIR)$(SHARE)
	@if [ -e $(DESTDIR)$(SYSCONFDIR)/battagg.yaml ]; then \
		echo "$(DESTDIR)$(SYSCONFDIR)/battagg.yaml is yours and stays; the new example is $(DESTDIR)$(SHARE)/battagg.yaml"; \
	else echo "install $(DESTDIR)$(SYSCONFDIR)/battagg.yaml"; \
		install -m 644 etc/battagg.yaml $(DESTDIR)$(SYSCONFDIR)/battagg.yaml; fi
ifeq ($(SYSTEMD),yes)
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	@for unit in systemd/*.service; do to=$(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit#systemd/}; echo "install $$to"; \
		sed 's|/usr/local/|$(PREFIX)/|g; s|/etc/battagg.yaml|$(SYSCONFDIR)/battagg.yaml|g' $$unit >$$to && chmod 644 $$to; done
	install -m 644 systemd/net-admin.conf $(DESTDIR)$(SHARE)
endif

# What install put there, but for the config, which is the user's.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/battagg $(DESTDIR)$(PREFIX)/bin/battagg-hooks $(addprefix $(DESTDIR)$(PREFIX)/lib/systemd/,$(patsubst systemd/%,system/%,$(wildcard systemd/*.service)))
	rm -rf $(DESTDIR)$(SHARE)
	@echo "left: $(DESTDIR)$(SYSCONFDIR)/battagg.yaml, $(DESTDIR)/etc/battagg/profiles.d"

# Unit tests: one program a file, with everything but main. They are quick to compile rather than to run, but for those that
# play hours.
UNIT_CFLAGS = -O0 -U_FORTIFY_SOURCE
$(B)/unit/test_polled $(B)/unit/test_roundtrip: UNIT_CFLAGS =
$(B)/unit/%: test/unit/%.c $(OBJ)
	@mkdir -p $(@D)
	@echo "  TEST  $<"
	$(Q)$(CC) $(ALL_CFLAGS) $(UNIT_CFLAGS) -MMD -MP -MF $@.d -pie $(LDFLAGS) $(UNIT_LDFLAGS) -o $@ $< $(OBJ) $(LIBS) -lcmocka

# This one makes allocations fail.
$(B)/unit/test_memory: UNIT_LDFLAGS := -Wl,--wrap=calloc
# This one has an interface and a clock of its own.
comma := ,
$(B)/unit/test_listen: UNIT_LDFLAGS := $(addprefix -Wl$(comma)--wrap=,clock_gettime __clock_gettime64 poll canport_supported canport_open \
	canport_drain canport_send links_open links_close link_remember link_try link_put_back)

units: $(UNIT)

unit: units
	$(Q)VARIANT=$(VARIANT) test/run unit

# Fuzz targets: with a driver of their own, or (test/fuzz/long) linked with clang's -fsanitize=fuzzer.
FUZZ := $(patsubst test/fuzz/%.c,$(B)/fuzz/%,$(sort $(wildcard test/fuzz/fuzz_*.c)))
FUZZ_DRIVER ?= test/fuzz/drive.c
FUZZ_WITH = $(FUZZ_DRIVER) $(filter-out test/fuzz/drive.c test/fuzz/fuzz_%,$(sort $(wildcard test/fuzz/*.c)))
$(B)/fuzz/%: test/fuzz/%.c $(OBJ) $(FUZZ_WITH) $(wildcard test/fuzz/*.h)
	@mkdir -p $(@D)
	@echo "  FUZZ  $<"
	$(Q)$(CC) $(ALL_CFLAGS) $(FUZZ_CFLAGS) -pie $(LDFLAGS) \
		-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc -o $@ $< $(FUZZ_WITH) $(OBJ) $(LIBS)

fuzzers: $(FUZZ)

# What test/cost counts the instructions of.
$(B)/cost/%: test/cost/%.c $(OBJ)
	@mkdir -p $(@D)
	@echo "  TEST  $<"
	$(Q)$(CC) $(ALL_CFLAGS) -pie $(LDFLAGS) -o $@ $< $(OBJ) $(LIBS)

# Programs that tests in the virtual machine use.
TOOLS := build/tools/feed build/tools/readloop
build/tools/%: test/vcan/%.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O2 -o $@ $<
tools: $(TOOLS)

# As many at a time as there are processors, unless -j says how many.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

check:
	$(Q)tools/deps build check vm static
	$(Q)$(MAKE) --no-print-directory $(JOBS) all units fuzzers tools
	$(Q)test/run

demo:
	$(Q)tools/deps build vm
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tools/demo

lint coverage: all
	$(Q)test/run $@

golden: all
	$(Q)test/replay/golden

schema: all
	$(Q)build/battagg schema profile >can-profiles/schema.json
	$(Q)build/battagg schema config >etc/schema.json

fuzz:
	$(Q)tools/deps build check
	$(Q)test/fuzz/long

bench: all tools
	$(Q)tools/deps build vm
	$(Q)test/vcan/bench

# Static programs for a GX, which has no compiler. ARMv7 with hard floats (Cerbo GX and older), and 64-bit ARM.
static:
	$(Q)tools/deps build static
	$(Q)$(MAKE) --no-print-directory build/static/battagg-armhf build/static/battagg-aarch64

GNU_armhf := arm-linux-gnueabihf
GNU_aarch64 := aarch64-linux-gnu
DEB_armhf := armhf
DEB_aarch64 := arm64
CROSS = $(MAKE) --no-print-directory VARIANT=release B=build/cross/$*/obj CC=$(GNU_$*)-gcc CFLAGS=-O2 \
	SHARE=/data/battagg LDFLAGS_PROGRAM='-static -no-pie' CPPFLAGS='-isystem build/cross/$*/usr/include' \
	LDFLAGS='-Lbuild/cross/$*/usr/lib/$(GNU_$*)' LIBS='$(LIBS) -lm'

build/static/battagg-%: build/cross/%/done FORCE
	@mkdir -p $(@D)
	$(Q)$(CROSS) build/cross/$*/obj/battagg
	$(Q)$(GNU_$*)-strip -o $@ build/cross/$*/obj/battagg

# The same objects with the unit tests; these are not static, as Debian has no static cmocka.
build/cross/%/units: build/cross/%/done FORCE
	$(Q)$(CROSS) units

build/cross/%/done: tools/cross-libs
	$(Q)tools/cross-libs $(DEB_$*) build/cross/$*
	@touch $@

clean:
	rm -rf build

-include $(OBJ:.o=.d) $(B)/main.d $(UNIT:=.d)

.SECONDARY:
.PHONY: all install uninstall units fuzzers tools unit check demo lint coverage golden schema fuzz bench static clean FORCE
