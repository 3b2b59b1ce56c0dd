# shellcheck shell=sh
# The sandbox keys of a rule: network, syscalls, set-id, jit and terminal.
# confine.c tries, and each test lists what has to come of it; each attempt
# also works somewhere, under another rule or under none.

setup()
{
	policy_use confine
	INSIDE=$DATA/confine
	TRY=$HERE/confine-try
	data_make "$INSIDE"
	${CC:-cc} -std=c11 -D_GNU_SOURCE -o "$TRY" "$ROOT/tests/e2e/confine.c"
	daemon_start "$WORK/confine.log" "$(id -un)" "$TRY" serve
	wait_for 10 grep -q serving "$WORK/confine.log" ||
	    fail "the listener does not start"
	read -r LISTED OTHER FREE _ <"$WORK/confine.log"
	NETWORK="connect:$LISTED connect:$OTHER mptcp:$LISTED udp:$LISTED"
	NETWORK="$NETWORK fast-open:$LISTED fast-open:$OTHER listen:$FREE"
	TERMINAL="isatty size foreground job modes open:/dev/tty again"
	TERMINAL="$TERMINAL type type-high take"
	key_confine
	key_terminal
}

# rule NAME ATTEMPTS, with the other keys on standard input.
rule()
{
	printf '[allow %s]\ncommand = %s\nrun = %s %s\n' "$1" "$1" "$TRY" "$2"
	cat
}

key_confine()
{
	{
		echo '[key]'
		rule none "$NETWORK" </dev/null
		echo "network = connect $LISTED" | rule connect "$NETWORK"
		echo "network = bind $FREE" | rule bind "$NETWORK"
		echo "network = connect $OTHER bind $FREE" |
		    rule both "$NETWORK"
		echo "network = unix $INSIDE" | rule unix "$NETWORK"
		rule still 'memory gain' </dev/null
		echo 'jit = yes' | rule jit 'memory gain'
		for set in deny 02000 allow; do
			printf 'set-id = %s\nwrite = %s\nchdir = %s\n' \
			    "$set" "$INSIDE" "$INSIDE" |
			    rule "set-id-$set" \
				'mode:0755 mode:2755 mode:4755 mkdir:2755'
		done
		rule calls "$CALLS" </dev/null
		echo 'syscalls = +@inotify +@ipc +@priority -@xattr-read' |
		    rule calls-changed "$CALLS"
		echo 'syscalls = @io @fs-read' | rule calls-few "$CALLS"
	} | add_key confine
}
CALLS='stat:/etc/passwd inotify shared affinity:0 affinity:1 attribute:/etc/passwd'

# A key with a terminal: its own line in authorized_keys2, with more than
# `restrict`.
key_terminal()
{
	{
		echo '[key]'
		rule without "$TERMINAL" </dev/null
		echo 'terminal = yes' | rule with "$TERMINAL"
		echo 'sandbox = none' | rule unconfined "$TERMINAL"
		cat <<-'END'
		[allow jobs]
		command = jobs
		run = /bin/bash --norc -i -c 'sleep 0; jobs'
		terminal = yes
		execute = /bin/sleep
		END
	} | add_key pty unused_keys
	# A shell that waits leads the session in place of gatekeeper.
	{
		echo '[key]'
		rule without "$TERMINAL" </dev/null
	} | add_key member unused_keys
	key_line member | sed -e 's/^restrict,/restrict,pty,/' \
	    -e 's/ member"/ member; exit $?"/' >>"$HERE/ssh/authorized_keys2"
	key_line pty | sed 's/^restrict,/restrict,pty,/' \
	    >>"$HERE/ssh/authorized_keys2"
}

tests()
{
	cat <<-'END'
	confine-without-it without_it
	confine-network-none network_none
	confine-connect port_connect
	confine-bind port_bind
	confine-connect-and-bind connect_and_bind
	confine-unix unix_refused
	confine-jit jit
	confine-set-id set_id
	confine-syscalls syscalls
	confine-no-terminal no_terminal pty
	confine-no-terminal-member no_terminal member
	confine-terminal terminal
	confine-terminal-unconfined terminal_unconfined
	confine-terminal-jobs terminal_jobs
	END
}

# answers: what the last client printed, against standard input; a terminal
# ends lines in its own way.
answers()
{
	worked
	cat >"$WORK/expected"
	echo end >>"$WORK/expected"
	tr -d '\r' <"$OUT" >"$WORK/answers"
	diff "$WORK/expected" "$WORK/answers" || fail "other than expected"
}

# The program can do all of it: otherwise the rest proves nothing.
without_it()
{
	cd "$INSIDE" || return
	# shellcheck disable=SC2086 # several words
	client as_account "$TRY" $NETWORK memory gain mode:2755 mode:4755 \
	    mkdir:2755 $CALLS
	grep -v -e ' ok$' -e '^end$' -e '^affinity:1 ' -e '^mptcp:' "$OUT" &&
	    fail "it cannot do this without a sandbox"
	rm -rf "$INSIDE/file" "$INSIDE/folder"
	printed '^end$'
}

network_none()
{
	ask confine none
	permitted
	answers <<-END
	connect:$LISTED EPERM
	connect:$OTHER EPERM
	mptcp:$LISTED EPERM
	udp:$LISTED EPERM
	fast-open:$LISTED EPERM
	fast-open:$OTHER EPERM
	listen:$FREE EPERM
	END
}

port_connect()
{
	ask confine connect
	permitted
	answers <<-END
	connect:$LISTED ok
	connect:$OTHER EACCES
	mptcp:$LISTED EPERM
	udp:$LISTED EPERM
	fast-open:$LISTED EPERM
	fast-open:$OTHER EPERM
	listen:$FREE EPERM
	END
}

port_bind()
{
	ask confine bind
	permitted
	answers <<-END
	connect:$LISTED EPERM
	connect:$OTHER EPERM
	mptcp:$LISTED EPERM
	udp:$LISTED EPERM
	fast-open:$LISTED EPERM
	fast-open:$OTHER EPERM
	listen:$FREE ok
	END
}

connect_and_bind()
{
	ask confine both
	permitted
	answers <<-END
	connect:$LISTED EACCES
	connect:$OTHER ok
	mptcp:$LISTED EPERM
	udp:$LISTED EPERM
	fast-open:$LISTED EPERM
	fast-open:$OTHER EPERM
	listen:$FREE ok
	END
}

# A kernel that cannot hold it does not run it.
unix_refused()
{
	ask confine unix
	[ "$STATUS" -ne 0 ] || skip "this kernel tells local sockets apart"
	said 70 "$SENTENCE"
	recorded '.event.reason == "no-sandbox"'
}

jit()
{
	ask confine still
	worked
	grep -E '^(memory|gain) (EACCES|EPERM)$' "$OUT" >"$WORK/denied"
	[ "$(wc -l <"$WORK/denied")" -eq 2 ] || fail "not denied"
	ask confine jit
	answers <<-END
	memory ok
	gain ok
	END
	recorded '.gatekeeper.sandbox | contains("mdwe") | not'
}

set_id()
{
	for set in deny 02000 allow; do
		group=ok user=ok
		[ "$set" != deny ] || group=EPERM
		[ "$set" = allow ] || user=EPERM
		ask confine "set-id-$set"
		answers <<-END
		mode:0755 ok
		mode:2755 $group
		mode:4755 $user
		mkdir:2755 $group
		END
		rm -rf "$INSIDE/file" "$INSIDE/folder"
	done
}

syscalls()
{
	ask confine calls
	answers <<-END
	stat:/etc/passwd ok
	inotify EPERM
	shared EPERM
	affinity:0 EPERM
	affinity:1 EPERM
	attribute:/etc/passwd ok
	END
	ask confine calls-changed
	answers <<-END
	stat:/etc/passwd ok
	inotify ok
	shared ok
	affinity:0 ok
	affinity:1 EPERM
	attribute:/etc/passwd EPERM
	END
	ask confine calls-few
	answers <<-END
	stat:/etc/passwd ok
	inotify EPERM
	shared EPERM
	affinity:0 EPERM
	affinity:1 EPERM
	attribute:/etc/passwd EPERM
	END
}

# on_terminal KEY COMMAND: with a terminal on the server's side.
on_terminal()
{
	# shellcheck disable=SC2086 # several words
	client $PATIENCE ssh -tt -F "$CLIENT" "$@"
}

# no_terminal KEY: the descriptors are what they were, and nothing else is
# left of it.
no_terminal()
{
	is_root || skip "sshd hands out terminals as root only"
	on_terminal "$1" without
	permitted
	answers <<-END
	isatty ok
	size ok
	foreground ENOTTY
	job EPERM
	modes EPERM
	open:/dev/tty EACCES
	again EACCES
	type EPERM
	type-high EPERM
	take EPERM
	END
}

terminal()
{
	is_root || skip "sshd hands out terminals as root only"
	on_terminal pty with
	permitted
	answers <<-END
	isatty ok
	size ok
	foreground ok
	job ok
	modes ok
	open:/dev/tty ok
	again EACCES
	type EPERM
	type-high EPERM
	take EPERM
	END
}

terminal_unconfined()
{
	is_root || skip "sshd hands out terminals as root only"
	on_terminal pty unconfined
	worked
	for name in isatty size foreground job modes open:/dev/tty again; do
		printed "^$name ok"
	done
}

# A shell that finds no terminal says that it has no job control.
terminal_jobs()
{
	is_root || skip "sshd hands out terminals as root only"
	[ -x /bin/bash ] || skip "no bash"
	on_terminal pty jobs
	worked
	! grep -qi 'job control' "$OUT" "$ERR" || fail "no job control"
}
