# SPDX-License-Identifier: BSD-2-Clause
# One Makefile, no recursion. `make help` lists the targets; V=1 shows commands; SANITIZE=address,undefined builds with
# sanitizers (into a build directory of its own: OUT).

CLANG   ?= $(firstword $(foreach c,clang-19 clang,$(if $(shell command -v $(c)),$(c))))
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
CFLAGS  ?= -O2 -g
OUT     ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CAPTURES ?= ../shared/data/captures
export CAPTURES # for the kernel tier

override CFLAGS += -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -MMD -MP
INCLUDES := -iquote bpf -iquote userspace/lib -iquote $(OUT)
ifdef SANITIZE
override CFLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
endif
BPF_CFLAGS = -O2 -g -target bpf -mcpu=v3 -Wall -Werror -Wno-unused-function -MMD -MP -iquote bpf \
	      -idirafter /usr/include/$(shell $(CC) -print-multiarch)

ifneq ($(V),1)
Q := @
say = @printf '  %-5s %s\n' $(1) $@;
endif

.DEFAULT_GOAL := all
.PHONY: all setup test test-unit test-kernel test-kernels test-kernels-brief print-clang test-e2e test-interop bench bench-replay detection detection-lab detection-sessions lab-data demo run starter-model install uninstall clean help
.DELETE_ON_ERROR:
.SECONDARY:

# --- what is built, and from what -------------------------------------------

objects = $(patsubst %.c,$(OUT)/%.o,$(wildcard $(1)))
LIB := $(OUT)/libhedgerow.a # the modules that programs borrow
REPLAY := $(filter-out %.bpf.o,$(call objects,userspace/replay/*.c))

PROGRAMS     := $(addprefix $(OUT)/,hedgerow hedgerow-train hedgerow-export)
BPF_OBJECTS  := $(OUT)/hedgerow.bpf.o $(OUT)/hedgerow-egress.bpf.o $(OUT)/hedgerow-member.bpf.o
LAB_TOOLS    := $(OUT)/lab/meter.bpf.o $(OUT)/lab/relay
SKELETONS    := $(addprefix $(OUT)/,bpf/hedgerow.skel.h bpf/egress.skel.h bpf/member.skel.h bpf/trial.skel.h tests/kernel/score.skel.h \
		  tests/kernel/code.skel.h tests/kernel/parse.skel.h tests/kernel/push_vlan.skel.h userspace/replay/xdp_replay.skel.h userspace/replay/egress_replay.skel.h)
UNIT_TESTS   := $(patsubst %.c,$(OUT)/%,$(wildcard tests/unit/*_test.c))
KERNEL_TESTS := $(patsubst %.c,$(OUT)/%,$(wildcard tests/kernel/*_test.c))
BENCH        := $(OUT)/tests/bench/bench
MAN_PAGES    := $(wildcard docs/man/*.1)
DOCS         := $(wildcard docs/*.md)
PAPERS       := LICENSE README.md
STARTER      := $(wildcard deploy/starter-model/*)
UNITS        := $(wildcard deploy/systemd/*.service)
SANITIZED    := $(OUT)/sanitized

$(LIB):                 $(call objects,userspace/lib/*.c)
$(OUT)/hedgerow:        $(call objects,userspace/agent/*.c) $(REPLAY) $(LIB)
$(OUT)/hedgerow-train:  $(call objects,trainer/*.c) $(LIB)
$(OUT)/hedgerow-export: $(call objects,model_export/*.c) $(LIB)

# What install leaves, and uninstall takes away.
INSTALL_ROOT = $(DESTDIR)$(PREFIX)
INSTALLED_TEXTS = $(addprefix $(INSTALL_ROOT)/share/,$(MAN_PAGES:docs/man/%=man/man1/%) $(addprefix doc/hedgerow/,$(PAPERS) $(DOCS))) \
		  $(addprefix $(INSTALL_ROOT)/lib/systemd/system/,$(notdir $(UNITS)))
INSTALLED = $(INSTALLED_TEXTS) $(addprefix $(INSTALL_ROOT)/bin/,$(notdir $(PROGRAMS))) \
	    $(addprefix $(INSTALL_ROOT)/lib/hedgerow/,$(notdir $(BPF_OBJECTS))) \
	    $(addprefix $(INSTALL_ROOT)/share/hedgerow/,$(notdir $(STARTER)))

# The modules under test: everything of ours but the mains.
TESTED := $(filter-out %/main.o,$(call objects,trainer/*.c model_export/*.c userspace/agent/*.c)) $(REPLAY) $(LIB)

LIB_LIBS := -ljansson -lcsv -lz -lm
$(OUT)/hedgerow:        LDLIBS := -lxdp -lbpf -lpcap $(LIB_LIBS)
$(OUT)/hedgerow-train:  LDLIBS := -lxgboost $(LIB_LIBS)
$(OUT)/hedgerow-export: LDLIBS := -lxgboost -lmd $(LIB_LIBS)
$(UNIT_TESTS):          LDLIBS := -lcmocka -lxgboost -lmd -lxdp -lbpf -lpcap $(LIB_LIBS)
$(KERNEL_TESTS):        LDLIBS := -lcmocka -lxdp -lbpf -lpcap $(LIB_LIBS)
$(BENCH):               LDLIBS := -lxdp -lbpf -lxgboost -lpcap -ldl $(LIB_LIBS)
$(call objects,tests/bench/*.c): INCLUDES += -iquote userspace/agent
$(UNIT_TESTS): INCLUDES += -iquote trainer -iquote model_export -iquote userspace/agent -iquote userspace/replay -iquote tests
$(UNIT_TESTS:=.o): INCLUDES += -iquote trainer -iquote model_export -iquote userspace/agent -iquote userspace/replay -iquote tests
$(OUT)/tests/unit/relay_test.o: INCLUDES += -iquote scripts/lab
# A packet in a packet stands where it stands; x86 and arm64 read it there.
$(OUT)/tests/unit/wrapped_packet_test.o: override CFLAGS += -fno-sanitize=alignment
$(KERNEL_TESTS:=.o): INCLUDES += -iquote tests -iquote userspace/agent
$(OUT)/tests/kernel/swap_test $(OUT)/tests/kernel/shadow_test $(OUT)/tests/kernel/pin_test $(OUT)/tests/kernel/tables_test $(OUT)/tests/kernel/lists_full_test: $(filter-out %/main.o %/commands.o $(call objects,userspace/agent/cmd_*.c),$(call objects,userspace/agent/*.c))
$(REPLAY): INCLUDES := $(INCLUDES) -iquote userspace/agent
# The datapath for the host: a header of ours stands in for libbpf's.
$(OUT)/userspace/replay/native.o: INCLUDES += -iquote userspace/replay -Iuserspace/replay/shim
# It zeroes small structs for every packet, which gcc does by `rep stos` unless told that this is slow for so few bytes.
ZERO_BY_STORES := -mmemset-strategy=vector_loop:512:noalign,libcall:-1:noalign
$(OUT)/userspace/replay/native.o: override CFLAGS += $(shell $(CC) $(ZERO_BY_STORES) -E -x c /dev/null >/dev/null 2>&1 && echo $(ZERO_BY_STORES))
$(call objects,userspace/agent/*.c) $(REPLAY) $(UNIT_TESTS:=.o) $(KERNEL_TESTS:=.o) $(call objects,tests/bench/*.c): | $(SKELETONS)
$(UNIT_TESTS:=.o) $(KERNEL_TESTS:=.o): | $(OUT)/needs-of-test
$(OUT)/needs-of-test: | $(OUT)/needs-of-build

# --- targets ----------------------------------------------------------------

all: $(PROGRAMS) $(BPF_OBJECTS) ## build everything

setup: ## install the packages that build, tests and demo need (root)
	$(Q)scripts/setup.sh demo

test: ## install what is needed, then all tiers: unit, kernel, end to end, other kernels in guests (root)
	$(Q)scripts/setup.sh test
	$(Q)scripts/test.sh

test-unit: ## unit tests under ASan and UBSan: no root, no kernel
	$(Q)$(MAKE) --no-print-directory OUT=$(SANITIZED) SANITIZE=address,undefined run-unit

run-unit: $(UNIT_TESTS)
	$(Q)scripts/run-tests.sh unit $(UNIT_TESTS)

test-kernel: all $(KERNEL_TESTS) ## the real BPF objects under BPF_PROG_TEST_RUN (root)
	$(Q)scripts/run-tests.sh kernel $(KERNEL_TESTS)

print-clang:
	@echo $(CLANG)

test-kernels: ## install what is needed, then all that runs in guests, on the archive's kernels and compilers (root)
	$(Q)scripts/setup.sh test
	$(Q)$(MAKE) --no-print-directory all $(KERNEL_TESTS)
	$(Q)tests/guest/run.sh

test-kernels-brief: all $(KERNEL_TESTS) ## what of it a kernel or a compiler can change, 10 to 12 minutes of a processor: a part of `make test` (root)
	$(Q)tests/guest/run.sh brief

test-e2e: all $(LAB_TOOLS) $(OUT)/tests/e2e/lib/model_make ## real traffic in network namespaces (root)
	$(Q)tests/e2e/run.sh

test-interop: ## install what is needed, then the tests against programs from other registries
	$(Q)scripts/setup.sh interop
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/interop/run.sh

bench: ## install what is needed, build, then ns per packet and ratios to a bare counter (root)
	$(Q)scripts/setup.sh bench
	$(Q)$(MAKE) --no-print-directory run-bench

run-bench: all $(BENCH) $(call objects,tests/bench/*.bpf.c)
	$(Q)$(BENCH)

detection: ## models trained and judged by folds of whole captures in CAPTURES, about 2 minutes: docs/detection.md
	$(Q)scripts/setup.sh demo
	$(Q)$(MAKE) --no-print-directory all
	$(Q)scripts/detection.sh

detection-lab: ## the same with lab data (make lab-data): kinds left out whole, honest clients under attack: docs/detection.md
	$(Q)scripts/setup.sh demo
	$(Q)$(MAKE) --no-print-directory all
	$(Q)scripts/detection-lab.sh

detection-sessions: ## models of attacks over whole connections (lab data): tools and honest kinds left out: docs/detection-sessions.md
	$(Q)scripts/setup.sh demo
	$(Q)$(MAKE) --no-print-directory all
	$(Q)scripts/detection-sessions.sh

bench-replay: ## install what is needed, build, then replay beside nfpcapd and softflowd on the captures in CAPTURES
	$(Q)scripts/setup.sh bench
	$(Q)$(MAKE) --no-print-directory all
	$(Q)scripts/bench-replay.sh

demo: ## install what is needed, build, then the whole loop on real traffic in a lab (root)
	$(Q)scripts/setup.sh demo
	$(Q)$(MAKE) --no-print-directory all $(LAB_TOOLS)
	$(Q)scripts/demo.sh

run: ## monitor mode on a real NIC with the starter model: sudo make run IFACE=eth0
	$(Q)scripts/run.sh --check "$(IFACE)"
	$(Q)scripts/setup.sh build
	$(Q)$(MAKE) --no-print-directory all
	$(Q)scripts/run.sh "$(IFACE)"

lab-data: ## labelled captures of real tools in a lab, at most 20 minutes, into build/lab-data (root): docs/lab-data.md
	$(Q)scripts/setup.sh lab-data
	$(Q)$(MAKE) --no-print-directory all $(LAB_TOOLS)
	$(Q)scripts/lab-data.sh

starter-model: ## train the starter model anew from lab data (LAB_DATA, build/lab-data; made first where there is none: root)
	$(Q)scripts/setup.sh $(if $(wildcard $(or $(LAB_DATA),build/lab-data)/manifest.csv),demo,lab-data)
	$(Q)$(MAKE) --no-print-directory all $(LAB_TOOLS)
	$(Q)scripts/starter-model.sh

install: all ## install under DESTDIR and PREFIX
	install -D -t $(INSTALL_ROOT)/bin $(PROGRAMS)
	install -D -m 644 -t $(INSTALL_ROOT)/lib/hedgerow $(BPF_OBJECTS)
	install -D -m 644 -t $(INSTALL_ROOT)/share/hedgerow $(STARTER)
	install -D -m 644 -t $(INSTALL_ROOT)/lib/systemd/system $(UNITS)
	install -D -m 644 -t $(INSTALL_ROOT)/share/man/man1 $(MAN_PAGES)
	install -D -m 644 -t $(INSTALL_ROOT)/share/doc/hedgerow $(PAPERS)
	install -D -m 644 -t $(INSTALL_ROOT)/share/doc/hedgerow/docs $(DOCS)
	@sed -i 's|/usr/local/|$(PREFIX)/|g' $(INSTALLED_TEXTS) # where this install put things

uninstall: ## remove what install put under DESTDIR and PREFIX
	rm -f $(INSTALLED)
	@rmdir $(addprefix $(INSTALL_ROOT)/,lib/hedgerow share/hedgerow share/doc/hedgerow/docs share/doc/hedgerow) 2>/dev/null || true

clean: ## remove the build directory
	$(Q)rm -rf $(OUT)

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

# --- how it is built --------------------------------------------------------

$(PROGRAMS):
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(LIB):
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/tests/unit/%_test: $(OUT)/tests/unit/%_test.o $(TESTED)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(OUT)/tests/kernel/flow_reader_test: $(OUT)/userspace/agent/flow_reader.o

# Beside the library: what `hedgerow replay` is made of.
$(OUT)/tests/kernel/replay_test: $(filter-out %/cmd_replay.o,$(REPLAY)) $(OUT)/userspace/agent/eve.o $(OUT)/userspace/agent/eve_margins.o $(OUT)/userspace/agent/held.o $(OUT)/userspace/agent/class_names.o \
				 $(OUT)/userspace/agent/counters_read.o
$(OUT)/tests/kernel/replay_test.o: INCLUDES += -iquote userspace/replay

$(OUT)/tests/kernel/%_test: $(OUT)/tests/kernel/%_test.o $(call objects,userspace/agent/model_code*.c userspace/agent/map_use.c) $(LIB)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) $(filter-out $(LIB),$^) $(LIB) $(LDLIBS) -o $@

# Of the agent, what polls, scores and knows the counters.
$(BENCH): $(filter-out %.bpf.o,$(call objects,tests/bench/*.c)) \
	  $(filter-out %/main.o %/commands.o $(call objects,userspace/agent/cmd_*.c),$(call objects,userspace/agent/*.c)) $(LIB)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(OUT)/tests/e2e/lib/model_make: $(OUT)/tests/e2e/lib/model_make.o $(LIB)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIB_LIBS) -o $@

$(OUT)/hedgerow.bpf.o: $(OUT)/bpf/hedgerow.bpf.o
	$(Q)cp $< $@

$(OUT)/hedgerow-egress.bpf.o: $(OUT)/bpf/egress.bpf.o
	$(Q)cp $< $@

$(OUT)/lab/relay: $(OUT)/scripts/lab/relay.o
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) $^ -lm -o $@

$(OUT)/hedgerow-member.bpf.o: $(OUT)/bpf/member.bpf.o
	$(Q)cp $< $@

$(OUT)/lab/%.bpf.o: $(OUT)/scripts/lab/%.bpf.o
	@mkdir -p $(@D)
	$(Q)cp $< $@

# What is missing is said once, in one line, before any compiler is started.
$(OUT)/needs-of-%: scripts/build-needs.sh
	@mkdir -p $(@D)
	$(Q)$< $* "$(CC)" "$(CLANG)" "$(BPFTOOL)" && touch $@

$(OUT)/%.bpf.o: %.bpf.c | $(OUT)/needs-of-build
	@mkdir -p $(@D)
	$(call say,BPF)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(OUT)/%.skel.h: $(OUT)/%.bpf.o
	$(call say,SKEL)$(BPFTOOL) gen skeleton $< name $(*F)_bpf > $@ 2> $@.said || { cat $@.said >&2; exit 1; }

$(OUT)/%.o: %.c | $(OUT)/needs-of-build
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CFLAGS) $(INCLUDES) -c $< -o $@

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
