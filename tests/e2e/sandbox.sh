# shellcheck shell=sh
# What a program can do under a rule. probe.c tries; what must work and what
# must not is listed here. All files it is sent to are readable for all, bar
# the system's, so that it is the sandbox that denies them.

setup()
{
	INSIDE=$DATA/probe-in
	OUTSIDE=$DATA/probe-out
	# No key of the real account may be at risk here.
	KEYS=$HERE/ssh/authorized_keys2
	policy_use sandbox
	data_make "$INSIDE" "$OUTSIDE"
	echo content >"$INSIDE/file"
	echo content >"$OUTSIDE/file"
	chown "$ACCOUNT:" "$INSIDE/file" "$OUTSIDE/file"
	settings_write <<-END
	[programs]
	rdistd = $HERE/rdistd
	END
	build "$HERE/probe"
	build "$HERE/rdistd" -static
	add_key probe <<-END
	[key]
	[allow blind]
	command = blind
	run = $HERE/probe
	write = $INSIDE
	[allow both]
	command = both
	run = $HERE/probe
	read = $INSIDE
	write = $INSIDE
	[allow nothing]
	command = nothing
	run = $HERE/probe
	[allow network]
	command = network
	run = $HERE/probe
	network = any
	[allow shell]
	command = shell
	run = $HERE/probe
	execute = /bin/sh
	END
	add_key rdist-probe <<-END
	[key]
	[allow distribute]
	protocol = rdist
	write = $INSIDE
	END
}

build()
{
	output=$1
	shift
	${CC:-cc} -std=c11 -D_GNU_SOURCE "$@" \
	    -DINSIDE="\"$INSIDE\"" -DOUTSIDE="\"$OUTSIDE\"" \
	    -DPOLICY="\"$POLICY\"" -DRECORDS="\"$RECORDS\"" \
	    -DKEYS="\"$KEYS\"" -o "$output" "$ROOT/tests/e2e/probe.c"
}

tests()
{
	cat <<-'END'
	sandbox-without-it without_it
	sandbox-write blind
	sandbox-read-write both
	sandbox-nothing nothing
	sandbox-network network
	sandbox-execute shell
	sandbox-environment environment
	sandbox-hostile-environment hostile_environment
	sandbox-preload preload
	sandbox-descriptors descriptors
	sandbox-rdist rdist
	sandbox-rdist-refusals rdist_refusals
	END
}

clear_inside()
{
	rm -rf "$INSIDE/made" "$INSIDE/folder" "$INSIDE/link"
}

# works NAME..., with the results of the last client: these and no others.
works()
{
	for name; do
		printf '%s\n' "$name"
	done | sort >"$WORK/expected"
	sed -n 's/ ok$//p' "$OUT" | sort >"$WORK/worked"
	diff "$WORK/expected" "$WORK/worked" || fail "other than expected"
	printed '^end$'
}

untouched()
{
	[ "$(ls "$OUTSIDE")" = file ] || fail "a change outside"
	[ "$(cat "$OUTSIDE/file")" = content ] || fail "a change outside"
	[ -s "$KEYS" ] || fail "the keys are gone"
	[ -s "$POLICY/gatekeeper.ini" ] || fail "the settings are gone"
}

probe()
{
	clear_inside
	ask probe "$1"
	worked
	permitted
	untouched
}

# The probe itself can do these things: otherwise the rest proves nothing. It
# empties settings and keys where it may, so they are put back.
without_it()
{
	clear_inside
	cp "$POLICY/gatekeeper.ini" "$WORK/settings"
	cp "$KEYS" "$WORK/keys"
	client as_account "$HERE/probe"
	cp "$WORK/settings" "$POLICY/gatekeeper.ini"
	cp "$WORK/keys" "$KEYS"
	rm -rf "$OUTSIDE/made" "$OUTSIDE/folder" "$OUTSIDE/renamed"
	echo content >"$OUTSIDE/file"
	for name in create-inside read-outside create-outside rename-outside \
	    link setuid-inside read-policy exec-shell exec-loader \
	    memory-file internet-socket local-socket netlink-socket trace
	do
		printed "^$name ok\$"
	done
}

# It may make a link, which names what it likes and leads nowhere.
blind()
{
	probe blind
	works create-inside mkdir-inside link
}

both()
{
	probe both
	works create-inside mkdir-inside link read-inside list-inside
}

nothing()
{
	probe nothing
	works
}

network()
{
	probe network
	works internet-socket local-socket netlink-socket
}

shell()
{
	probe shell
	works exec-shell exec-loader read-shell
}

# Exactly the documented environment: nothing of the client's, nothing of
# sshd's.
environment()
{
	add_key env <<-END
	[key]
	[allow plain]
	command = plain
	run = /usr/bin/env
	[allow more]
	command = more
	run = /usr/bin/env
	env.COLOUR = dark red
	pass-env = LC_* APPLE
	END
	ask -o 'SetEnv LC_TIME=C APPLE=1 PEAR=2' env plain
	worked
	sort "$OUT" >"$WORK/env"
	standard_environment | diff - "$WORK/env" || fail "another environment"
	ask -o 'SetEnv LC_TIME=C APPLE=1 PEAR=2' env more
	worked
	sort "$OUT" >"$WORK/env"
	{
		standard_environment
		printf 'LC_TIME=C\nAPPLE=1\nCOLOUR=dark red\n'
	} | sort | diff - "$WORK/env" || fail "another environment"
}

standard_environment()
{
	sort <<-END
	PATH=/usr/local/bin:/usr/bin:/bin
	HOME=/nonexistent
	USER=$ACCOUNT
	LOGNAME=$ACCOUNT
	SHELL=/bin/sh
	LANG=C.UTF-8
	END
}

# Whatever sshd accepts: the verdict, the policy and the identity are the
# same, and nothing of it reaches the program.
hostile_environment()
{
	for set in LD_LIBRARY_PATH=/tmp BASH_ENV=/tmp/x ENV=/tmp/x \
	    'BASH_FUNC_x%%=() { id; }' SSH_ORIGINAL_COMMAND=plain \
	    GATEKEEPER_CONFIG=/tmp/x SSH_USER_AUTH=/etc/passwd \
	    TZ=:/etc/shadow LC_ALL=../../tmp USER=root HOME=/tmp \
	    GLIBC_TUNABLES=glibc.malloc.check=3 SSH_CONNECTION=192.0.2.1 \
	    PATH=/tmp IFS=a; do
		ask -o "SetEnv \"$set\"" env id
		refused no-rule id
		ask -o "SetEnv \"$set\"" env plain
		worked
		sort "$OUT" >"$WORK/env"
		standard_environment | diff - "$WORK/env" ||
		    fail "$set: another environment"
	done
}

# The account's shell, which sshd starts, does load it: that is sshd's
# AcceptEnv, not ours. gatekeeper is static, and the program never sees it.
preload()
{
	cat >"$WORK/preload.c" <<-'END'
	#include <stdio.h>
	__attribute__((constructor)) static void
	tell(void)
	{
		char line[256] = "";
		FILE *f = fopen("/proc/self/comm", "r");

		if (f != NULL && fgets(line, sizeof(line), f) != NULL)
			fprintf(stderr, "preloaded into %s", line);
	}
	END
	${CC:-cc} -shared -fPIC -o "$HERE/preload.so" "$WORK/preload.c"
	ask -o "SetEnv LD_PRELOAD=$HERE/preload.so" env plain
	worked
	! grep '^preloaded into' "$ERR" |
	    grep -v -e 'into sh$' -e 'into dash$' -e 'into bash$' ||
	    fail "it was loaded into something of ours"
	! grep -q LD_ "$OUT" || fail "it was passed on"
}

# A descriptor that was open on a secret when gatekeeper was started.
descriptors()
{
	clear_inside
	client leaky probe both
	worked
	printed '^descriptor EBADF$'
	printed '^read-inside ok$'
}

leaky()
{
	as_account env -i SSH_ORIGINAL_COMMAND="$2" \
	    SSH_CONNECTION='127.0.0.1 1 127.0.0.1 22' \
	    "$WORK/gatekeeper" -d "$POLICY" "$1" \
	    3</etc/passwd 9</etc/passwd 8</etc/passwd
}

# Debian has no rdistd. Whatever is run in its place can write below its
# directory and do nothing else.
rdist()
{
	clear_inside
	ask rdist-probe rdistd -S
	worked
	permitted
	untouched
	printed '^asked-as -S$'
	works create-inside mkdir-inside link
}

rdist_refusals()
{
	for line in rdistd 'rdistd -S -x' 'rdistd -x -S' 'rdistd -S /etc'; do
		ask rdist-probe "$line"
		refused option "$line"
	done
	ask rdist-probe 'rdistd -S; id'
	refused shell-syntax 'rdistd -S; id'
}
