# shellcheck shell=sh
# What holds from one session to the next: rates, refusals that are held
# back, hours, and keys that are observed.

setup()
{
	add_key rated <<-END
	[key]
	rate = 3/hour
	[allow version]
	command = version
	run     = /bin/echo 1.0
	[allow seldom]
	rate    = 1/day
	command = seldom
	run     = /bin/echo seldom
	END
	add_key guessed <<-END
	[allow version]
	command = version
	run     = /bin/echo 1.0
	END
	add_key after-hours <<-END
	[key]
	hours = $(closed_hours)
	[allow version]
	command = version
	run     = /bin/echo 1.0
	END
	add_key seen <<-END
	[key]
	observe-until = $(date -d '+10 days' +%Y-%m-%d)
	[allow version]
	command = version
	run     = /bin/echo 1.0
	END
	add_key counted <<-END
	[key]
	rate = 1/day
	observe-until = $(date -d '+10 days' +%Y-%m-%d)
	END
	add_key learned <<-END
	[key]
	observe-until = $(date -d yesterday +%Y-%m-%d)
	END
	add_key unboxed <<-END
	[allow look]
	command = look
	run     = /bin/ls /
	[allow free]
	command = free
	run     = /bin/ls /
	sandbox = none
	END
	add_key limited <<-END
	[allow limits]
	command    = limits
	run        = /bin/sh -c 'ulimit -t; ulimit -v; ulimit -f; ulimit -n; ulimit -c'
	cpu-time   = 2m
	memory     = 512M
	file-size  = 1M
	open-files = 64
	[allow write]
	command    = write
	run        = /usr/bin/head -c 3000000 /dev/zero
	file-size  = 1M
	END
	MUX=$WORK/mux
}

# Two hours that are not now, nor soon, whatever the time.
closed_hours()
{
	from=$(date -d '+6 hours' +%H)
	to=$(date -d '+8 hours' +%H)
	echo "$from:00-$to:00"
}

tests()
{
	cat <<-END
	counts-rate rate
	counts-rate-of-a-rule rate_of_a_rule
	counts-rate-of-a-connection rate_of_a_connection
	counts-rate-without-state rate_without_state
	counts-held-back held_back
	counts-held-back-together held_back_together
	counts-hours hours
	counts-observed observed
	counts-observed-rate observed_rate
	counts-observed-shell observed_shell
	counts-observed-sftp observed_sftp
	counts-observed-no-more observed_no_more
	counts-sandbox-none sandbox_none
	counts-limits limits
	END
}

forget_rates()
{
	rm -f "$POLICY"/state/*/rate:*
}

busy()
{
	[ "$STATUS" -eq 75 ] || fail "status $STATUS, not 75"
	recorded '.event.reason == "rate"'
}

rate()
{
	forget_rates
	for _ in 1 2 3; do
		ask rated version
		worked
	done
	ask rated version
	busy
	grep -q 'too often; try again later (session' "$ERR" || fail "no reason"
}

# What its rule has used up is not taken from the key.
rate_of_a_rule()
{
	forget_rates
	ask rated seldom
	worked
	ask rated seldom
	busy
	ask rated version
	worked
	ask rated version
	worked
	ask rated version
	busy
}

# Ten channels of one connection get what one would.
rate_of_a_connection()
{
	forget_rates
	ssh -F "$CLIENT" -N -f -M -S "$MUX.rate" -o ControlPersist=no rated
	for i in 1 2 3 4 5 6 7 8 9; do
		ssh -T -F "$CLIENT" -S "$MUX.rate" rated version \
		    >"$WORK/channel.$i" 2>/dev/null &
		channels="${channels-} $!"
	done
	# shellcheck disable=SC2086 # a list
	wait $channels || :
	ssh -F "$CLIENT" -S "$MUX.rate" -O exit rated 2>/dev/null
	got=$(cat "$WORK"/channel.* | grep -c 1.0)
	rm -f "$WORK"/channel.*
	[ "$got" -eq 3 ] || fail "$got of 9 channels ran, not 3"
}

# What cannot be counted does not run.
rate_without_state()
{
	mv "$POLICY/state" "$POLICY/state.away"
	echo >"$POLICY/state"
	ask rated version
	rm "$POLICY/state"
	mv "$POLICY/state.away" "$POLICY/state"
	[ "$STATUS" -eq 70 ] || fail "status $STATUS, not 70"
	recorded '.event.reason == "state"'
}

refuse_fast()
{
	ssh -T -F "$CLIENT" guessed "guess $1" >/dev/null 2>&1 || :
}

# Five are free, and one more every five seconds; then they wait for their
# turn. All are on record.
held_back()
{
	forget_refusals
	before=$(records_count)
	began=$(date +%s)
	for i in 1 2 3 4 5; do
		refuse_fast "$i"
	done
	[ $(($(date +%s) - began)) -lt 5 ] || skip "this machine is too slow"
	refuse_fast 6
	refuse_fast 7
	[ $(($(date +%s) - began)) -ge 5 ] || fail "the seventh did not wait"
	[ $(($(records_count) - before)) -eq 7 ] || fail "a record is missing"
	# A key that may do something does it at once, all the same.
	began=$(date +%s)
	ssh -T -F "$CLIENT" guessed version >"$WORK/out"
	[ "$(cat "$WORK/out")" = 1.0 ] || fail "it should have worked"
	[ $(($(date +%s) - began)) -lt 5 ] || fail "a permit waited"
}

# At once instead of in turn gains nothing, and loses no record.
held_back_together()
{
	forget_refusals
	before=$(records_count)
	began=$(date +%s)
	waiting=
	for i in 1 2 3 4 5 6 7 8 9; do
		refuse_fast "$i" &
		waiting="$waiting $!"
	done
	# shellcheck disable=SC2086 # a list
	wait $waiting
	[ $(($(date +%s) - began)) -ge 10 ] || fail "the ninth did not wait"
	[ $(($(records_count) - before)) -eq 9 ] || fail "a record is missing"
	forget_refusals
}

hours()
{
	ask after-hours version
	refused hours version
}

observed()
{
	# shellcheck disable=SC2016 # for the shell over there
	ask seen 'echo $((40 + 2)); exit 3'
	[ "$STATUS" -eq 3 ] || fail "status $STATUS, not its own"
	[ "$(cat "$OUT")" = 42 ] || fail "no shell ran it"
	recorded '.gatekeeper.verdict == "observe" and
	    .event.reason == "shell-syntax" and .event.outcome == "success" and
	    .gatekeeper.sandbox == "none" and .rule == null'
	# What a rule permits is permitted, and confined.
	ask seen version
	worked
	recorded '.gatekeeper.verdict == "permit" and
	    (.gatekeeper.sandbox | test("seccomp"))'
}

# The rate of [key] holds while it is observed.
observed_rate()
{
	forget_rates
	ask counted 'echo one; true'
	worked
	ask counted 'echo two; true'
	busy
}

observed_shell()
{
	echo 'echo from a shell' >"$WORK/in"
	ssh -T -F "$CLIENT" seen <"$WORK/in" >"$WORK/out" 2>/dev/null
	grep -q 'from a shell' "$WORK/out" || fail "no shell"
}

observed_sftp()
{
	batch seen <<-END
	pwd
	END
	worked
	recorded '.gatekeeper.verdict == "observe" and
	    .gatekeeper.request == "sftp"'
}

observed_no_more()
{
	ask learned 'echo hello'
	refused no-rule 'echo hello'
}

# Only the rule that says so runs unconfined, and the record says it.
sandbox_none()
{
	ask unboxed look
	failed
	ask unboxed free
	worked
	recorded '.gatekeeper.sandbox == "none"'
}

# As dash counts: seconds, KiB, blocks of 512 bytes, files, blocks.
limits()
{
	ask limited limits
	worked
	[ "$(tr '\n' ' ' <"$OUT")" = '120 524288 2048 64 0 ' ] ||
	    fail "not the limits of the rule: $(cat "$OUT")"
	# A pipe is no file: the limit is on what is kept.
	ask limited write
	worked
}
