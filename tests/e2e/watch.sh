# shellcheck shell=sh disable=SC2153
# Watched rules, with real clients: ends, times, places, denials. watch.c is
# the program, and drives many sessions at once.

setup()
{
	policy_use watch
	ACT=$HERE/watch-act
	${CC:-cc} -std=c11 -D_GNU_SOURCE -o "$ACT" "$ROOT/tests/e2e/watch.c"
	data_make "$DATA/watch"
	acts 'watch = yes' 'network = none' | add_key watched
	acts 'timeout = 1s' 'processes = 120' | add_key timed
	acts 'idle-timeout = 1s' | add_key idle
	acts 'watch = yes' 'on-violation = kill' | add_key lethal
	acts 'on-violation = kill' | add_key lethal-alone
	{
		printf '[key]\nmax-sessions = 2\n'
		acts
	} | add_key two
	{
		printf '[key]\nmax-sessions = 1\n'
		acts
	} | add_key one
	add_key unwatched <<-END
	[allow anything]
	command = {verb} [{n}]
	arg.verb = word
	arg.n = word
	run = $ACT {verb} [{n}]
	END
	MUX=$WORK/mux.watch
}

# acts [LINE...]: a rule for all that the program can do.
acts()
{
	cat <<-END
	[allow act]
	command  = {verb} [{n}]
	arg.verb = name
	arg.n    = integer 0..100000
	run      = $ACT {verb} [{n}]
	END
	[ $# -eq 0 ] || printf '%s\n' "$@"
}

tests()
{
	cat <<-'END'
	watch-end ended
	watch-sshd through_sshd
	watch-statuses statuses
	watch-close closes_early
	watch-evil evil
	watch-idle idle
	watch-unread unread
	watch-cut cut
	watch-leave-timed leave_timed
	watch-relay relay
	watch-relay-terminal relay_terminal
	watch-places places
	watch-places-of-a-connection places_of_a_connection
	watch-gone gone
	watch-violations violations
	watch-violations-many violations_many
	watch-violations-mixed violations_mixed
	watch-violations-execute violations_execute
	watch-kill kill_on_violation
	watch-murders murders
	watch-crowd crowd
	watch-quiet quiet
	END
}

# Nothing that was started here is left, shortly.
nobody_left()
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		pgrep -f "^$ACT [a-z]" >/dev/null || return 0
		sleep 0.1
	done
	fail "left: $(pgrep -af "^$ACT [a-z]")"
}

# died STATUS SIGNAL: sshd runs us by a shell, and there are two ways in which
# shells tell it.
died()
{
	[ "$1" -eq 255 ] || [ "$1" -eq $((128 + $2)) ]
}

# end FILTER: the last record of the last client is an end like this.
end()
{
	records_new
	tail -n 1 "$WORK/records" | jq -e ".event.action == \"end\" and ($1)" \
	    >/dev/null || fail "not $1: $(cat "$WORK/records")"
}

ended()
{
	ask watched exit 7
	[ "$STATUS" -eq 7 ] || fail "status $STATUS, not 7"
	permitted
	end '.process.exit_code == 7 and .event.outcome == "failure" and
	    .event.duration > 0 and .gatekeeper.cpu_time > 0 and
	    .gatekeeper.memory_peak > 100000 and
	    (.gatekeeper | has("ended_by") or has("bytes_in") | not)'
	[ "$(jq -s '.[0].process.pid == .[1].process.pid and
	    .[0].gatekeeper.session == .[1].gatekeeper.session and
	    length == 2' "$WORK/records")" = true ] ||
	    fail "not two records of one process"
	ask watched exit 0
	worked
	end '.process.exit_code == 0 and .event.outcome == "success"'
	ask watched leave 30
	[ "$STATUS" -eq 3 ] || fail "status $STATUS, not 3"
	end '.process.exit_code == 3'
	nobody_left
}

# What ssh makes of an end is the same with a watcher and with no gatekeeper.
through_sshd()
{
	key_line unwatched | sed "s|command=\"[^\"]*\"|command=\"$ACT \$SSH_ORIGINAL_COMMAND\"|" \
	    >"$WORK/bare"
	ssh-keygen -q -t ed25519 -N '' -C bare -f "$HERE/client/bare"
	sed "s|ssh-ed25519 .*|$(cat "$HERE/client/bare.pub")|" "$WORK/bare" \
	    >>"$HERE/ssh/authorized_keys2"
	for act in 'exit 0' 'exit 1' 'exit 126' 'exit 127' 'exit 128' \
	    'exit 255' 'signal 1' 'signal 9' 'signal 11' 'signal 15' \
	    'signal 10' 'signal 34'; do
		ask bare "$act"
		bare=$STATUS
		# The key has no records of its own.
		ask watched "$act"
		[ "$STATUS" -eq "$bare" ] || fail "$act: $STATUS, not $bare"
	done
}

drive()
{
	options=$(account_options "$ACCOUNT")
	# shellcheck disable=SC2086 # several words, or none
	client timeout -k 5 200 setpriv --pdeathsig KILL $options \
	    "$ACT" drive "$1" "$WORK/gatekeeper" "$POLICY" "$2" ${3-}
	cat "$OUT"
	worked
}

statuses()
{
	is_last_account || skip "tried once"
	drive statuses watched
	nobody_left
}

closes_early()
{
	for key in watched idle; do
		ask "$key" close 300
		[ "$STATUS" -eq 5 ] || fail "$key: status $STATUS, not 5"
		printed '^closing$'
		end '.process.exit_code == 5'
	done
}

# All at once: each is over a few seconds after its time.
evil()
{
	is_last_account || skip "tried once"
	before=$(records_count)
	pids=
	for act in sleep stubborn orphan stop fill forks; do
		# shellcheck disable=SC2086
		$PATIENCE ssh -T -F "$CLIENT" timed "$act" 60 \
		    >"$WORK/evil.$act" 2>"$WORK/evil.$act.err" </dev/null &
		pids="$pids $!"
	done
	for pid in $pids; do
		status=0
		wait "$pid" || status=$?
		died "$status" 15 || died "$status" 9 || fail "status $status"
	done
	rm -f "$WORK/evil.fill"
	nobody_left
	tail -n "+$((before + 1))" "$RECORDS" >"$WORK/records"
	[ "$(jq -s 'map(select(.gatekeeper.ended_by == "timeout" and
	    .event.duration > 1e9 and .event.duration < 25e9 and
	    (.process.signal | IN("SIGTERM", "SIGKILL")))) | length' \
	    "$WORK/records")" -eq 6 ] || fail "not six: $(cat "$WORK/records")"
	for act in sleep stubborn orphan stop; do
		grep -q '^gatekeeper: ended: its time is up (session' \
		    "$WORK/evil.$act.err" || fail "$act was not told"
	done
}

idle()
{
	ask idle sleep 30
	died "$STATUS" 15 || fail "status $STATUS"
	complained '^gatekeeper: ended: nothing was sent or received'
	end '.gatekeeper.ended_by == "idle-timeout" and
	    .process.signal == "SIGTERM" and .gatekeeper.bytes_out == 7'
	# Longer than that, but never still for so long.
	ask idle tick 4
	worked
	end '.gatekeeper.bytes_out == 20 and .event.duration > 1.9e9'
	nobody_left
}

unread_client()
{
	# shellcheck disable=SC2086
	$PATIENCE ssh -T -F "$CLIENT" idle fill </dev/null 2>/dev/null |
	    (sleep 4; cat >/dev/null)
}

# A client that reads nothing.
unread()
{
	is_last_account || skip "tried once"
	client unread_client
	end '.gatekeeper.ended_by == "idle-timeout"'
	nobody_left
}

# The program was done, and its client took half: that is no success.
cut_client()
{
	status=0
	{
		# shellcheck disable=SC2086
		$PATIENCE "$@" </dev/null 2>/dev/null || status=$?
		echo "$status" >"$WORK/cut"
	} | (sleep 4; cat >/dev/null)
}

cut()
{
	# shellcheck disable=SC2046 # several words, or none
	client cut_client setpriv --pdeathsig KILL \
	    $(account_options "$ACCOUNT") env -i \
	    SSH_ORIGINAL_COMMAND='big 100000' \
	    "$WORK/gatekeeper" -d "$POLICY" idle
	end '.gatekeeper.ended_by == "idle-timeout" and
	    .process.exit_code == 0 and .event.outcome == "failure"'
	[ "$(cat "$WORK/cut")" -ne 0 ] || fail "status 0 for half of it"
}

# What is left when its time is up is no reason of the program's end.
leave_timed()
{
	ask timed leave 30
	[ "$STATUS" -eq 3 ] || fail "status $STATUS, not 3"
	end '.process.exit_code == 3 and .event.duration < 2e9 and
	    (.gatekeeper | has("ended_by") | not)'
	nobody_left
}

pipe_client()
{
	ssh -T -F "$CLIENT" pipe cat <"$WORK/bytes" >"$WORK/back"
}

# Any bytes, both ways, and the end of the input.
relay()
{
	add_key pipe <<-END
	[allow cat]
	command = cat
	run = /bin/cat
	idle-timeout = 20s
	END
	head -c 30000000 /dev/urandom >"$WORK/bytes"
	client pipe_client
	same "$WORK/bytes" "$WORK/back"
	rm "$WORK/bytes" "$WORK/back"
	end '.gatekeeper.bytes_in == 30000000 and
	    .gatekeeper.bytes_out == 30000000 and .process.exit_code == 0'
}

# A terminal of the watcher's own is the program's; only root's sshd has them.
relay_terminal()
{
	is_root || skip "sshd hands out terminals as root only"
	acts 'watch = yes' 'terminal = yes' | add_key on-tty
	acts 'idle-timeout = 5s' | add_key idle-tty
	sed -i '/-tty/s/^restrict,/restrict,pty,/' "$HERE/ssh/authorized_keys2"
	# shellcheck disable=SC2086
	client $PATIENCE ssh -tt -F "$CLIENT" on-tty terminal
	worked
	printed '^1 1 1'
	end '.gatekeeper.bytes_out == 7'
	# shellcheck disable=SC2086
	client $PATIENCE ssh -tt -F "$CLIENT" idle-tty terminal
	worked
	printed '^1 1 0'
}

places()
{
	ssh -T -F "$CLIENT" two sleep 20 >"$WORK/place.1" 2>&1 </dev/null &
	first=$!
	ssh -T -F "$CLIENT" two sleep 20 >"$WORK/place.2" 2>&1 </dev/null &
	second=$!
	DAEMON=$first
	wait_for 10 grep -q asleep "$WORK/place.1"
	wait_for 10 grep -q asleep "$WORK/place.2"
	ask two exit 0
	said 75 "$SENTENCE"
	recorded '.event.reason == "busy"'
	# Another key has places of its own.
	ask one exit 0
	worked
	watchers=$(pgrep -f "^$WORK/gatekeeper -d $POLICY two" -u "$ACCOUNT")
	# shellcheck disable=SC2086 # a list
	kill -KILL $watchers
	wait "$first" "$second" || :
	nobody_left
	ask two exit 0
	worked
}

places_of_a_connection()
{
	ssh -F "$CLIENT" -N -f -M -S "$MUX" -o ControlPersist=no two
	channels=
	for i in 1 2 3 4 5 6; do
		ssh -T -F "$CLIENT" -S "$MUX" two sleep 2 </dev/null \
		    >"$WORK/place.$i" 2>&1 &
		channels="$channels $!"
	done
	# shellcheck disable=SC2086 # a list
	wait $channels || :
	ssh -F "$CLIENT" -S "$MUX" -O exit two 2>/dev/null
	got=$(cat "$WORK"/place.* | grep -c asleep)
	rm -f "$WORK"/place.*
	[ "$got" -eq 2 ] || fail "$got of 6 channels ran, not 2"
}

# A connection that is cut, by both ways of passing streams.
gone()
{
	is_last_account || skip "tried once"
	before=$(records_count)
	clients=
	for act in watched:sleep watched:stubborn one:orphan; do
		setsid ssh -T -F "$CLIENT" "${act%:*}" "${act#*:}" 60 \
		    >"$WORK/gone.${act#*:}" 2>/dev/null </dev/null &
		DAEMON=$!
		clients="$clients $!"
		wait_for 10 grep -q asleep "$WORK/gone.${act#*:}"
	done
	# shellcheck disable=SC2086 # a list
	kill -KILL $clients
	# Five seconds to see it, five more for those that ignore SIGTERM.
	for _ in $(seq 150); do
		[ $(($(records_count) - before)) -lt 6 ] || break
		sleep 0.1
	done
	nobody_left
	tail -n "+$((before + 1))" "$RECORDS" >"$WORK/records"
	[ "$(jq -s 'map(select(.gatekeeper.ended_by == "client-gone")) |
	    length' "$WORK/records")" -eq 3 ] ||
	    fail "not three: $(cat "$WORK/records")"
	ask one exit 0
	worked
}

violations()
{
	ask watched denied 3
	worked
	printed '^denied$'
	records_new
	[ "$(jq -s 'length == 5 and (.[1:4] | all(
	    .event.action == "violation" and .event.type == ["denied"] and
	    .event.outcome == "failure" and
	    .gatekeeper.violation.call == "socket" and
	    .gatekeeper.violation.args[0] == "0x2" and
	    .gatekeeper.violation.args[1] == "0x2" and
	    (.gatekeeper.violation | has("count") | not) and
	    (.process.executable | endswith("/watch-act")))) and
	    (.[1].process.pid == .[0].process.pid)' "$WORK/records")" = true ] ||
	    fail "not three violations: $(cat "$WORK/records")"
}

violations_many()
{
	ask watched denied 20000
	worked
	records_new
	[ "$(wc -l <"$WORK/records")" -le 60 ] ||
	    fail "$(wc -l <"$WORK/records") records"
	[ "$(jq -s 'map(select(.event.action == "violation") |
	    .gatekeeper.violation.count // 1) | add' "$WORK/records")" \
	    -eq 20000 ] || fail "some were not counted"
}

violations_mixed()
{
	ask watched mixed
	worked
	records_new
	[ "$(jq -s 'map(.gatekeeper.violation // empty) |
	    (map(select(.call == "chroot")) | length == 1) and
	    (map(select(.call == "socket") | .count // 1) | add == 20)' \
	    "$WORK/records")" = true ] || fail "$(cat "$WORK/records")"
}

# In a rule that may start others, every time.
violations_execute()
{
	{
		acts 'watch = yes' 'on-violation = kill' 'execute = /bin/true'
	} | add_key executes
	for _ in 1 2 3 4 5 6 7 8; do
		ask executes denied 1
		died "$STATUS" 9 || fail "status $STATUS"
	done
	nobody_left
}

kill_on_violation()
{
	ask lethal denied 3
	died "$STATUS" 9 || fail "status $STATUS"
	complained '^gatekeeper: ended: it tried what its rule does not permit'
	records_new
	[ "$(jq -s '[.[].event.action] == ["request", "violation", "end"] and
	    .[2].gatekeeper.ended_by == "violation" and
	    .[2].process.signal == "SIGKILL"' "$WORK/records")" = true ] ||
	    fail "not one violation and its end: $(cat "$WORK/records")"
	nobody_left
	# It has a watcher without being told to.
	ask lethal-alone denied 1
	died "$STATUS" 9 || fail "status $STATUS"
	end '.gatekeeper.ended_by == "violation"'
	ask lethal-alone exit 6
	[ "$STATUS" -eq 6 ] || fail "status $STATUS, not 6"
}

whole_records()
{
	jq -e . "$RECORDS" >/dev/null || fail "half a record"
	! grep -v '^{.*}$' "$RECORDS" || fail "more than a record on a line"
}

murders()
{
	is_last_account || skip "tried once"
	drive murders one "${GK_MURDERS:-200}"
	nobody_left
	whole_records
}

crowd()
{
	is_last_account || skip "tried once"
	before=$(records_count)
	drive crowd watched "${GK_CROWD:-100}"
	nobody_left
	whole_records
	[ $(($(records_count) - before)) -eq $((${GK_CROWD:-100} * 2)) ] ||
	    fail "$(($(records_count) - before)) records"
}

# proc PID FIELD of /proc/PID/stat, counted as its manual does.
ticks()
{
	sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

# A watcher that only waits costs no time, and little memory.
quiet()
{
	is_last_account || skip "tried once"
	ssh -T -F "$CLIENT" one sleep $((${GK_QUIET:-3} + 20)) >"$WORK/quiet" 2>&1 </dev/null &
	DAEMON=$!
	wait_for 10 grep -q asleep "$WORK/quiet"
	pids=$(pgrep -f "^$WORK/gatekeeper -d $POLICY one" -u "$ACCOUNT")
	[ "$(echo "$pids" | wc -l)" -eq 2 ] || fail "not two: $pids"
	before=
	for pid in $pids; do
		before="$before $(ticks "$pid")"
	done
	sleep "${GK_QUIET:-3}"
	after=
	for pid in $pids; do
		after="$after $(ticks "$pid")"
		# Its program's pages are everybody's.
		private=$(awk '/^Anonymous/ { print $2 }' \
		    "/proc/$pid/smaps_rollup")
		echo "$private KiB"
		[ "$private" -lt 1024 ] || fail "$pid has $private KiB"
	done
	# shellcheck disable=SC2086 # a list
	kill $pids
	wait "$DAEMON" || :
	[ "$before" = "$after" ] || fail "time was used: $before, $after"
}
