# Plain GNU make: no configure, no root, nothing installed by `make`.

PREFIX = /usr
SYSCONFDIR = /etc
DESTDIR =
BUILD = build
CC = gcc
CFLAGS = -O2 -g
WERROR =
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all

LIBDIR = $(PREFIX)/lib
MANDIR = $(PREFIX)/share/man
DOCDIR = $(PREFIX)/share/doc/gatekeeper

STRICT = -std=c11 -D_GNU_SOURCE -iquote src -Wall -Wextra -Wpedantic -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings \
	-Wformat=2 -Wvla -Wconversion -Wno-sign-conversion $(WERROR)
HARDEN = -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
	-fstack-clash-protection
LIBS = -linih -lseccomp

# The trusted part: every line of ours that links into the forced command.
TRUSTED = \
	src/why.c src/list.c src/escape.c src/nearest.c \
	src/words.c src/request.c \
	src/trust.c src/reader.c src/value.c src/settings.c \
	src/type.c src/element.c src/ambiguous.c src/pattern.c \
	src/template.c src/path.c src/environment.c src/start.c \
	src/protocol/table.c src/protocol/scp.c src/protocol/sftp.c \
	src/protocol/rdist.c \
	src/rule.c src/policy.c src/guard.c src/plan.c src/decide.c \
	src/record.c src/audit.c src/event.c src/refuse.c \
	src/sandbox/landlock.c src/sandbox/groups.c src/sandbox/filter.c \
	src/sandbox/sandbox.c \
	src/process.c src/rlimits.c src/run.c
MAIN = src/main.c

OBJECTS = $(TRUSTED:%.c=$(BUILD)/%.o)
UNIT = $(wildcard tests/unit/*.c)

all: $(BUILD)/gatekeeper

$(BUILD)/gatekeeper: $(MAIN:%.c=$(BUILD)/%.o) $(OBJECTS)
	$(CC) $(CFLAGS) -static-pie -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(STRICT) $(HARDEN) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

clean:
	rm -rf build

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

.PHONY: all clean format
