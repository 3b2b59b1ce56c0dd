# Plain GNU make: no configure, no root, nothing installed by `make`.

PREFIX = /usr
SYSCONFDIR = /etc
DESTDIR =
BUILD = build
CC = gcc
CFLAGS = -O2 -g
WERROR =
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer

BINDIR = $(PREFIX)/bin
LIBDIR = $(PREFIX)/lib
MANDIR = $(PREFIX)/share/man
DOCDIR = $(PREFIX)/share/doc/gatekeeper
CONFDIR = $(SYSCONFDIR)/gatekeeper

STRICT = -std=c11 -D_GNU_SOURCE -iquote src -Wall -Wextra -Wpedantic \
	-Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual \
	-Wwrite-strings -Wformat=2 -Wvla -Wconversion -Wno-sign-conversion \
	$(WERROR)
HARDEN = -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE \
	-D_FORTIFY_SOURCE=2 -fstack-clash-protection
PATHS = -DGK_DIRECTORY='"$(CONFDIR)"' -DGK_PROGRAM='"$(LIBDIR)/gatekeeper"'
# static-pie: no loader variable that a client gets accepted runs code first.
LINK = -static-pie -Wl,-z,relro,-z,now
LIBS = -linih -lseccomp
# The administrator's tool alone: JSON to write, JSON to read fast, gzip.
CTL_LIBS = -ljansson -lyajl -lz

# The trusted part: every line of ours that links into the forced command.
TRUSTED = \
	src/why.c src/list.c src/escape.c src/nearest.c \
	src/words.c src/request.c \
	src/trust.c src/reader.c src/value.c src/settings.c \
	src/hours.c src/state.c src/conditions.c src/expand.c \
	src/byteset.c src/shape.c src/type_glob.c src/type_regex.c \
	src/type.c src/element.c src/ambiguous.c src/pattern.c \
	src/template.c src/path.c src/environment.c src/start.c \
	src/protocol/table.c src/protocol/operand.c \
	src/protocol/scp.c src/protocol/sftp.c \
	src/protocol/rsync_options.c src/protocol/rsync_value.c \
	src/protocol/rsync_offers.c src/protocol/rsync_path.c \
	src/protocol/rsync_source.c src/protocol/rsync.c \
	src/protocol/rdist.c src/protocol/git.c \
	src/protocol/borg.c src/protocol/borg_hold.c \
	src/rule_paths.c src/rule_confine.c src/rule_watch.c \
	src/rule_choices.c \
	src/rule.c src/policy.c src/guard.c src/plan.c src/observe.c \
	src/complete.c src/decide.c \
	src/record.c src/audit.c src/cast.c src/header.c src/transcript.c \
	src/event.c src/decline.c src/refuse.c \
	src/sandbox/landlock.c src/sandbox/groups.c src/sandbox/calls.c \
	src/sandbox/rows.c src/sandbox/compile.c src/sandbox/shipped.c \
	src/sandbox/notice.c src/sandbox/listener.c src/sandbox/answer.c \
	src/sandbox/filter.c src/sandbox/sandbox.c \
	src/process.c src/rlimits.c src/run.c \
	src/tree.c src/keeper.c src/flow.c src/relay.c src/denials.c \
	src/watched.c src/watch.c src/changed.c src/oversee.c
MAIN = src/main.c
# And a file that is made from their tables: the filters of usual rules.
TEXTS = $(BUILD)/borg_text.c
LINKED = $(TRUSTED) $(TEXTS) $(BUILD)/filters.c
# Cross-building: what runs the programs of CC here, such as qemu-aarch64.
RUN =

# The administrator's tool: the trusted part but its main(), and these.
CTL = \
	src/ctl/main.c src/ctl/show.c src/ctl/account.c \
	src/ctl/sha256.c src/ctl/authorized.c \
	src/ctl/source.c src/ctl/keyfile.c src/ctl/phrase.c \
	src/ctl/public_key.c \
	src/ctl/forced_line.c src/ctl/keys_file.c src/ctl/key_install.c \
	src/ctl/key_line.c src/ctl/authorized_keys.c \
	src/ctl/check.c src/ctl/check_load.c src/ctl/check_parse.c \
	src/ctl/draft.c src/ctl/mend_section.c src/ctl/mend_entry.c \
	src/ctl/check_key.c src/ctl/check_public_keys.c \
	src/ctl/check_rules.c src/ctl/check_sandbox.c \
	src/ctl/check_words.c src/ctl/check_order.c src/ctl/check_trees.c \
	src/ctl/check_watch.c \
	src/ctl/dangerous.c src/ctl/findings.c \
	src/ctl/log.c src/ctl/log_room.c src/ctl/log_json.c \
	src/ctl/log_text.c src/ctl/log_header.c src/ctl/log_find.c \
	src/ctl/log_file.c src/ctl/hashed.c src/ctl/period.c \
	src/ctl/tally.c src/ctl/fit.c src/ctl/columns.c \
	src/ctl/report.c src/ctl/report_order.c src/ctl/report_text.c \
	src/ctl/report_json.c src/ctl/tail.c src/ctl/follow_line.c \
	src/ctl/follow.c \
	src/ctl/edit.c src/ctl/edit_copy.c src/ctl/edit_check.c \
	src/ctl/editor.c \
	src/ctl/explain.c src/ctl/explain_facts.c src/ctl/explain_text.c \
	src/ctl/explain_json.c src/ctl/explain_ask.c src/ctl/nearest_rule.c \
	src/ctl/trace.c src/ctl/trace_run.c src/ctl/trace_filter.c \
	src/ctl/trace_note.c src/ctl/trace_network.c src/ctl/trace_paths.c \
	src/ctl/trace_print.c \
	src/ctl/list.c src/ctl/sentence.c \
	src/ctl/above.c src/ctl/place.c src/ctl/prepare.c \
	src/ctl/output.c src/ctl/sshd.c src/ctl/doctor.c \
	src/ctl/doctor_kernel.c src/ctl/doctor_sshd.c src/ctl/doctor_line.c \
	src/ctl/doctor_keys.c src/ctl/doctor_account.c src/ctl/doctor_sinks.c \
	src/ctl/traffic.c src/ctl/learn.c src/ctl/learn_all.c \
	src/ctl/learn_type.c src/ctl/learn_group.c src/ctl/learn_merge.c \
	src/ctl/learn_place.c src/ctl/learn_draft.c \
	src/ctl/learn_command.c src/ctl/learn_wire.c \
	src/ctl/learn_try.c src/ctl/learn_protocol.c src/ctl/learn_judge.c \
	src/ctl/learn_rule.c src/ctl/learn_print.c \
	src/ctl/recording.c src/ctl/screen.c src/ctl/replay_play.c \
	src/ctl/replay_list.c src/ctl/replay.c

UNIT = $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
FUZZ = $(patsubst tests/fuzz/%.c,%,$(filter-out tests/fuzz/replay.c, \
	$(wildcard tests/fuzz/*.c)))
SOURCES = $(TRUSTED) $(MAIN) $(CTL) src/generate.c $(wildcard tests/*/*.c)
MANUALS = src/man/gatekeeper.8 src/man/gatekeeper.ini.5 \
	src/man/gatekeeper-transcript.5 src/man/gatekeeperctl.8
EXAMPLES = $(notdir $(wildcard examples/*))

all: $(BUILD)/gatekeeper $(BUILD)/gatekeeperctl

$(BUILD)/gatekeeper: $(patsubst %.c,$(BUILD)/%.o,$(LINKED) $(MAIN))
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/gatekeeperctl: $(patsubst %.c,$(BUILD)/%.o,$(LINKED) $(CTL))
	$(CC) $(CFLAGS) -pie -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^ \
	    $(LIBS) $(CTL_LIBS)

# borg_hold.py as a string of C.
$(BUILD)/borg_text.c: src/protocol/borg_hold.py Makefile
	@mkdir -p $(@D)
	{ echo '#include "protocol/borg_hold.h"'; \
	    echo 'const char borg_hold[] = {'; \
	    od -An -v -tx1 $< | sed 's/ \([0-9a-f]*\)/0x\1,/g'; \
	    echo '0x00};'; } >$@

# Not installed: writes the filters, and the manual's table of calls.
$(BUILD)/generate: $(patsubst %.c,$(BUILD)/%.o,$(TRUSTED) $(TEXTS) \
    src/generate.c)
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/filters.c: $(BUILD)/generate
	$(RUN) $(abspath $<) filters >$@.new
	mv $@.new $@

# Header and Debian's package: what is missing is said before a compiler fails.
NEEDED = ini.h,libinih-dev seccomp.h,libseccomp-dev jansson.h,libjansson-dev \
	yajl/yajl_parse.h,libyajl-dev zlib.h,zlib1g-dev
$(BUILD)/libraries: Makefile
	@mkdir -p $(@D)
	@status=0; for need in $(NEEDED); do \
		echo "#include <$${need%,*}>" | \
		    $(CC) -E -o /dev/null -x c - 2>/dev/null || { status=1; \
		    echo "missing: $${need%,*}: apt install $${need#*,}"; }; \
	done; exit $$status
	@touch $@

$(BUILD)/%.o: %.c Makefile | $(BUILD)/libraries
	@mkdir -p $(@D)
	$(CC) $(STRICT) $(PATHS) $(HARDEN) $(CFLAGS) -MMD -MP -c -o $@ $<

# The tests link the same sources, with the sanitizers in them.
$(BUILD)/san/%.o: %.c Makefile | $(BUILD)/libraries
	@mkdir -p $(@D)
	$(CC) $(STRICT) $(PATHS) -O1 -g $(SANITIZE) -MMD -MP -c -o $@ $<

$(BUILD)/san/trusted.a: $(LINKED:%.c=$(BUILD)/san/%.o)
	$(AR) rcs $@ $^

# Of the administrator's tool, what a test asks for.
$(BUILD)/san/ctl.a: $(patsubst %.c,$(BUILD)/san/%.o, \
    $(filter-out src/ctl/main.c,$(CTL)))
	$(AR) rcs $@ $^

$(BUILD)/unit/%: $(BUILD)/san/tests/unit/%.o $(BUILD)/san/ctl.a \
    $(BUILD)/san/trusted.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ -Wl,--as-needed $(LIBS) $(CTL_LIBS) -lcmocka

# The trusted part once more, to be measured in steps: it reports each basic
# block, and leaves no call of the C library to the compiler.
STEPS = strlen strcmp strncmp memcpy memset
$(BUILD)/steps/%.o: %.c Makefile | $(BUILD)/libraries
	@mkdir -p $(@D)
	$(CC) $(STRICT) $(PATHS) -O1 -g -fno-builtin \
	    -fsanitize-coverage=trace-pc -MMD -MP -c -o $@ $<

$(BUILD)/steps/trusted.a: $(LINKED:%.c=$(BUILD)/steps/%.o)
	$(AR) rcs $@ $^

$(BUILD)/unit/matching_cost: $(BUILD)/san/tests/unit/matching_cost.o \
    $(BUILD)/steps/trusted.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $(STEPS:%=-Wl,--wrap=%) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/bench/worst: $(BUILD)/tests/bench/worst.o $(BUILD)/steps/trusted.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STEPS:%=-Wl,--wrap=%) -o $@ $^ $(LIBS)

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(LINKED:%.c=$(BUILD)/%.o)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/cases: $(BUILD)/san/tests/cases/cases.o $(BUILD)/san/trusted.a
	$(CC) $(SANITIZE) -o $@ $^ $(LIBS)

$(BUILD)/san/gatekeeperctl: $(BUILD)/san/src/ctl/main.o \
    $(BUILD)/san/ctl.a $(BUILD)/san/trusted.a
	$(CC) $(SANITIZE) -o $@ $^ $(LIBS) $(CTL_LIBS)

$(BUILD)/ctl-probe: tests/ctl/probe.c
	@mkdir -p $(@D)
	$(CC) $(STRICT) -O1 -o $@ $<

$(BUILD)/ctl-needs: tests/ctl/needs.c
	@mkdir -p $(@D)
	$(CC) $(STRICT) -O1 -o $@ $<

# Attacks by code that runs in a permitted program's place, and their warden.
ESCAPES = attack start files modes abi process network memory environment \
	watcher
$(BUILD)/escape/attack: $(ESCAPES:%=$(BUILD)/tests/escape/%.o)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $^

$(BUILD)/escape/warden: $(BUILD)/tests/escape/warden.o \
    $(BUILD)/tests/escape/session.o $(BUILD)/tests/escape/scene.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $^

$(BUILD)/escape/mark: $(BUILD)/tests/escape/mark.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $^

$(BUILD)/escape/preload.so: tests/escape/preload.c
	@mkdir -p $(@D)
	$(CC) $(STRICT) $(CFLAGS) -fPIC -shared -o $@ $<

$(BUILD)/fuzz/%: $(BUILD)/san/tests/fuzz/%.o \
    $(BUILD)/san/tests/fuzz/replay.o $(BUILD)/san/ctl.a \
    $(BUILD)/san/trusted.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ -Wl,--as-needed $(LIBS) $(CTL_LIBS)

TESTS = $(BUILD)/cases $(UNIT:%=$(BUILD)/unit/%) $(FUZZ:%=$(BUILD)/fuzz/%) \
	$(BUILD)/san/gatekeeperctl $(BUILD)/ctl-probe $(BUILD)/ctl-needs \
	$(addprefix $(BUILD)/escape/,attack warden mark preload.so)

tests: all $(TESTS)

# Needs the libraries and programs that `make test` installs.
check: tests
	BUILD=$(BUILD) MAKE="$(MAKE)" sh tests/check

# On a bare Debian 12: installs what is missing (as root), then runs all.
test:
	sh tests/setup test
	sh tests/all

# The sandbox once more, under Debian's own kernel in an emulated machine.
check-kernel:
	sh tests/setup kernel
	$(MAKE) $(BUILD)/gatekeeper \
	    $(addprefix $(BUILD)/escape/,attack warden mark preload.so) \
	    $$(sed -n 's|^unit	\([a-z]*\).*|$(BUILD)/unit/\1|p' \
	    tests/kernel/contents.tsv)
	BUILD=$(BUILD) sh tests/kernel/run

# What it costs, side by side; nothing here passes or fails.
BENCH = matching session worst
bench: all $(BENCH:%=$(BUILD)/bench/%)
	BUILD=$(BUILD) sh tests/bench/run

demo:
	sh tests/setup demo
	$(MAKE) all
	BUILD=$(BUILD) sh tests/demo

lint:
	sh tests/lint $(SOURCES)

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/tmpfiles.d \
	    $(DESTDIR)$(CONFDIR)/keys \
	    $(DESTDIR)$(CONFDIR)/roles \
	    $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man8 \
	    $(DESTDIR)$(DOCDIR)/examples $(DESTDIR)$(DOCDIR)/hosts
	install -m 755 $(BUILD)/gatekeeper $(DESTDIR)$(LIBDIR)/gatekeeper
	install -m 755 $(BUILD)/gatekeeperctl $(DESTDIR)$(BINDIR)/gatekeeperctl
	install -m 644 src/man/gatekeeper.8 src/man/gatekeeperctl.8 \
	    $(DESTDIR)$(MANDIR)/man8/
	install -m 644 src/man/gatekeeper.ini.5 \
	    src/man/gatekeeper-transcript.5 $(DESTDIR)$(MANDIR)/man5/
	install -m 644 etc/tmpfiles.conf \
	    $(DESTDIR)$(LIBDIR)/tmpfiles.d/gatekeeper.conf
	install -m 644 README.md CHANGELOG.md LICENSE $(DESTDIR)$(DOCDIR)/
	cp -R examples/. $(DESTDIR)$(DOCDIR)/examples/
	cp -R etc/hosts/. $(DESTDIR)$(DOCDIR)/hosts/
	test -e $(DESTDIR)$(CONFDIR)/gatekeeper.ini || install -m 644 \
	    etc/gatekeeper.ini $(DESTDIR)$(CONFDIR)/gatekeeper.ini
	test -e $(DESTDIR)$(CONFDIR)/keys/example.ini || install -m 644 \
	    etc/keys/example.ini $(DESTDIR)$(CONFDIR)/keys/example.ini

# What an administrator wrote stays: the policies, that is.
uninstall:
	rm -f $(DESTDIR)$(LIBDIR)/gatekeeper \
	    $(DESTDIR)$(BINDIR)/gatekeeperctl \
	    $(DESTDIR)$(LIBDIR)/tmpfiles.d/gatekeeper.conf \
	    $(DESTDIR)$(MANDIR)/man8/gatekeeper.8 \
	    $(DESTDIR)$(MANDIR)/man8/gatekeeperctl.8 \
	    $(DESTDIR)$(MANDIR)/man5/gatekeeper.ini.5 \
	    $(DESTDIR)$(MANDIR)/man5/gatekeeper-transcript.5
	rm -rf $(DESTDIR)$(DOCDIR)

clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: all tests check check-kernel test bench demo lint format install \
	uninstall clean
.SECONDARY:
