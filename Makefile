# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
#
#   make                       build/battagg
#   make VARIANT=debug|san     with -O0 -g, or with address and undefined-behaviour sanitizers
#   make check                 every test; installs what is missing first
#   make demo                  three simulated batteries become one, live
#   make install PREFIX=/usr DESTDIR=/some/root

VERSION := 0.1.0

VARIANT ?= release
ifeq ($(filter $(VARIANT),release debug san),)
$(error VARIANT=$(VARIANT): it is release, debug or san)
endif

Q ?= @
PREFIX ?= /usr/local
CC ?= cc
PKG_CONFIG ?= pkg-config

B := build/$(VARIANT)
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wstrict-prototypes \
	-Wmissing-prototypes -Wdouble-promotion -Wformat=2 -Wundef -Wvla -Wwrite-strings -Wswitch-enum -Wfloat-equal
CFLAGS_release := -O2 -g
CFLAGS_debug := -O0 -g3
CFLAGS_san := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HARDEN := -fstack-protector-strong -fPIE $(if $(filter release,$(VARIANT)),-D_FORTIFY_SOURCE=2)
CFLAGS ?= $(CFLAGS_$(VARIANT))
LIBS_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags yaml-0.1 jansson 2>/dev/null)
LIBS ?= -lev -lyaml -lsocketcan -ljansson
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -DBATTAGG_VERSION='"$(VERSION)"' -Isrc $(WARNINGS) $(HARDEN) $(CFLAGS) $(LIBS_CFLAGS)
LINK := $(CC) $(CFLAGS) -pie -Wl,-z,relro,-z,now $(LDFLAGS)

CORE := $(sort $(wildcard src/core/*.c))
REST := $(sort $(wildcard src/config/*.c src/io/*.c src/app/*.c src/log.c))
OBJ := $(patsubst src/%.c,$(B)/%.o,$(CORE) $(REST)) $(B)/embedded.o

all: build/battagg

build/battagg: $(B)/battagg
	$(Q)ln -sf $(VARIANT)/battagg $@

$(B)/battagg: $(B)/main.o $(OBJ)
	@echo "  LINK  $@"
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(B)/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The output profile goes into the binary, so that nobody's edit of the installed file can break it.
$(B)/embedded.c: can-profiles/victron.yaml
	@mkdir -p $(@D)
	$(Q){ echo '#include "config/embedded.h"'; echo 'const unsigned char embedded_victron[] = {'; \
		od -An -v -tu1 $< | sed 's/\([0-9][0-9]*\)/\1,/g'; \
		echo '};'; echo 'const unsigned long embedded_victron_len = sizeof embedded_victron;'; } >$@

$(B)/embedded.o: $(B)/embedded.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

clean:
	rm -rf build

-include $(OBJ:.o=.d) $(B)/main.d

.PHONY: all clean
