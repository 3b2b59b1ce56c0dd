# shellcheck shell=sh
# The file for logrotate, with the real one, while sessions write: of a record
# file as `gatekeeperctl prepare` makes it, root's and append-only.

setup()
{
	policy_use logrotate
	PLACE=$HERE/records
	DONE=$WORK/logrotate.done
	mkdir -p "$PLACE"
	add_key logrotate <<-END
	[key]
	[allow say]
	command = say {name}
	arg.name = name
	run = /usr/bin/echo {name}
	[allow wait]
	command = wait {name}
	arg.name = name
	run = /usr/bin/cat
	watch = yes
	END
	cat >"$POLICY/gatekeeper.ini" <<-END
	[audit]
	syslog = no
	file = $PLACE/\${account}.json
	END
	RECORDS=$PLACE/$ACCOUNT.json
	sed -e "s|/var/log/gatekeeper/|$PLACE/|" \
	    -e '/^\/var\/log\/gatekeeper\.log$/,$d' \
	    "$ROOT/etc/hosts/logrotate.d/gatekeeper" >"$PLACE/conf"
	grep -q "^$PLACE/\*.json {" "$PLACE/conf"
}

tests()
{
	is_last_account || return 0
	cat <<-'END'
	logrotate-busy busy
	logrotate-append-only append_only
	logrotate-running running
	logrotate-gap gap
	logrotate-shipped shipped
	END
}

prepare()
{
	is_root || skip "an ordinary user prepares no file of root's"
	[ -z "$ROOM_WHY" ] || skip "there is no account to write to it"
	chattr -a "$PLACE"/*.json* 2>/dev/null || :
	rm -f "$PLACE"/*.json* "$PLACE/state"
	install -o root -g "$ACCOUNT" -m 0660 /dev/null "$RECORDS"
}

rotate()
{
	logrotate -f -s "$PLACE/state" "$PLACE/conf"
}

# session NAME: must be permitted, or the attempt could not be recorded.
session()
{
	as_account env -i SSH_ORIGINAL_COMMAND="say $1" \
	    "$WORK/gatekeeper" -d "$POLICY" logrotate >"$WORK/said.$1" &&
	    rm "$WORK/said.$1"
}

# sessions WRITER: one after the other until told to stop; how many have come
# to their end is in a file.
sessions()
{
	n=0
	while [ ! -e "$DONE" ]; do
		session "$1-$n" || exit 1
		n=$((n + 1))
		echo $n >"$WORK/written.$1.new"
		mv "$WORK/written.$1.new" "$WORK/written.$1"
	done
}

# Two more sessions of each writer: those that had the old file open are over.
sessions_pass()
{
	for writer in 1 2 3; do
		until="$(($(cat "$WORK/written.$writer") + 2))"
		tries=0
		while [ "$(cat "$WORK/written.$writer")" -lt "$until" ]; do
			tries=$((tries + 1))
			[ $tries -lt 1000 ] || fail "writer $writer is stuck"
			sleep 0.01
		done
	done
}

# Seven rotations; the oldest files are compressed by then.
busy()
{
	prepare
	rm -f "$DONE"
	writers=
	for writer in 1 2 3; do
		echo 0 >"$WORK/written.$writer"
		sessions $writer &
		writers="$writers $!"
	done
	for _ in 1 2 3 4 5 6 7; do
		sessions_pass
		rotate
	done
	sessions_pass
	touch "$DONE"
	for writer in $writers; do
		wait "$writer" || fail "a session was refused"
	done
	for writer in 1 2 3; do
		seq -f "say $writer-%.0f" 0 \
		    $(($(cat "$WORK/written.$writer") - 1))
	done | sort >"$WORK/sent"
	ls -l "$PLACE"
	[ -e "$RECORDS.7.gz" ] || fail "not rotated seven times"
	[ -e "$RECORDS.1" ] || fail "compressed at once"
	zcat -f "$RECORDS"* >"$WORK/all"
	jq -r .gatekeeper.command "$WORK/all" | sort >"$WORK/recorded"
	same "$WORK/sent" "$WORK/recorded"
	[ "$(wc -l <"$WORK/all")" -eq "$(wc -l <"$WORK/sent")" ] ||
	    fail "not a record to a line"
	reported "$(wc -l <"$WORK/sent")" '.refused == 0'
}

is_append_only()
{
	case $(lsattr "$1") in
	-----a*) return 0 ;;
	esac
	return 1
}

append_only()
{
	prepare
	chattr +a "$RECORDS" 2>/dev/null ||
	    skip "this file system has no append-only files"
	session first
	! mv "$RECORDS" "$RECORDS.moved" || fail "it is not append-only"
	rotate
	session second
	is_append_only "$RECORDS" || fail "the new file is not append-only"
	for path in "$RECORDS" "$RECORDS.1"; do
		[ "$(stat -c '%U:%G' "$path")" = "root:$ACCOUNT" ] ||
		    fail "another owner: $path"
		[ "$(wc -l <"$path")" -eq 1 ] || fail "not one record: $path"
	done
	[ "$(stat -c %a "$RECORDS")" = 660 ] || fail "another mode"
	as_account sh -c ": >'$RECORDS'" && fail "the account empties it"
	as_account sh -c ": >'$RECORDS.1'" && fail "the account empties the old"
	rotate
	session third
	is_append_only "$RECORDS" || fail "append-only once"
	[ -e "$RECORDS.2.gz" ] || fail "not compressed"
	chattr -a "$RECORDS"
}

# A session that was there before tells its end under the old name.
running()
{
	prepare
	mkfifo "$WORK/waits"
	as_account env -i SSH_ORIGINAL_COMMAND="wait old" \
	    "$WORK/gatekeeper" -d "$POLICY" logrotate <"$WORK/waits" &
	exec 3>"$WORK/waits"
	until [ -s "$RECORDS" ]; do
		kill -0 $! || fail "it does not run"
		sleep 0.01
	done
	rotate
	session new
	exec 3>&-
	wait $! || fail "it did not end well"
	jq -r '"\(.event.action) \(.gatekeeper.command)"' "$RECORDS.1" \
	    "$RECORDS" >"$WORK/recorded"
	printf '%s\n' 'request wait old' 'end wait old' 'request say new' |
	    cmp - "$WORK/recorded" || fail "$(cat "$WORK/recorded")"
}

# What a session meets that comes between: no file, then one that is root's.
gap()
{
	prepare
	rm "$RECORDS"
	session gap &
	sleep 0.03
	install -o root -g root -m 0600 /dev/null "$RECORDS"
	sleep 0.01
	chown "root:$ACCOUNT" "$RECORDS"
	chmod 660 "$RECORDS"
	wait $! || fail "it did not wait"
	[ "$(wc -l <"$RECORDS")" -eq 1 ] || fail "not one record"
	rm "$RECORDS"
	! session gone || fail "it ran without a record"
}

# The file as it ships, of which nothing is left out here.
shipped()
{
	cp "$ROOT/etc/hosts/logrotate.d/gatekeeper" "$WORK/shipped"
	logrotate -d -s "$WORK/state" "$WORK/shipped" >"$WORK/read" 2>&1
	cat "$WORK/read"
	! grep -i '^error' "$WORK/read" || fail "logrotate finds fault"
	for name in '\/var\/log\/gatekeeper\/\*.json' \
	    '\/var\/log\/gatekeeper.log' '\/var\/log\/gatekeeper.json'; do
		grep -q "$name" "$WORK/read" || fail "no $name"
	done
}
