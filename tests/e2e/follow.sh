# shellcheck shell=sh disable=SC2153
# What follows on success: the shipped example, and every way in which it is
# not to run, or fails.

# shellcheck source=SCRIPTDIR/ready
. "$ROOT/tests/e2e/ready"

setup()
{
	ready_use follow
	ACT=$HERE/follow-act
	${CC:-cc} -std=c11 -D_GNU_SOURCE -o "$ACT" "$ROOT/tests/e2e/watch.c"
	DONE=$DATA/follow/done
	CERTS=$SRV/certificates/www
	data_make "$DONE" "$SRV/certificates" "$CERTS"
	RELOAD=$HERE/reload
	printf '#!/bin/sh\necho "$*" >>%s/reloads\necho reloading\n' "$DONE" \
	    >"$RELOAD"
	chmod 755 "$RELOAD"
	ready certificate-push \
	    -e "s|/usr/bin/sudo -n|$RELOAD|" -e "s|if-changed.*|&/.|;s|/\.\$||"
	{
		after ok touch "$DONE/ok"
		echo "on-success.write = $DONE"
		after bad exit 9
		after shot signal 15
		after boxed touch "$DONE/boxed"
		after slow sleep 30
		echo 'on-success.timeout = 1s'
		after long sleep 8
		after late touch "$DONE/late"
		echo "on-success.write = $DONE"
		echo 'timeout = 1s'
		after noisy fill 0
		echo 'on-success.timeout = 2s'
		after loud orders 0
		echo "on-success.write = $DONE"
		echo "on-success.chdir = $DONE"
		after missing exit 0
	} | sed "/allow missing/,\$s|^on-success = .*|on-success = $HERE/none|" |
	    add_key follow
}

# after NAME VERB ARGUMENT: a rule whose program is followed by that.
after()
{
	cat <<-END
	[allow $1]
	command    = $1 {verb} {n}
	arg.verb   = name
	arg.n      = integer 0..255
	run        = $ACT {verb} {n}
	on-success = $ACT $2 $3
	END
}

tests()
{
	cat <<-'END'
	follow-certificate certificate
	follow-ok ok
	follow-not not_after
	follow-status status
	follow-sandbox sandbox
	follow-timeout timeout_of_it
	follow-gone gone
	follow-missing missing
	follow-unread unread
	follow-hung-up hung_up
	END
}

reloads()
{
	[ -e "$DONE/reloads" ] || return 0
	cat "$DONE/reloads"
}

certificate()
{
	rm -f "$DONE/reloads"
	seq 1 50 >"$LOCAL/fullchain.pem"
	for form in -O -s; do
		seq 1 "5$form" >"$LOCAL/fullchain.pem" 2>&1 || :
		copy $form "$LOCAL/fullchain.pem" certificate-push:
		worked
		same "$LOCAL/fullchain.pem" "$CERTS/fullchain.pem"
	done
	[ "$(reloads)" = "/usr/bin/systemctl reload nginx.service
/usr/bin/systemctl reload nginx.service" ] || fail "reloads: $(reloads)"
	records_new
	jq -s -e '[.[].event.action] == ["request", "end", "on-success"] and
	    (.[2].process.args[1:] ==
		["/usr/bin/systemctl", "reload", "nginx.service"]) and
	    .[2].process.exit_code == 0 and .[2].event.outcome == "success" and
	    .[2].gatekeeper.session == .[0].gatekeeper.session' \
	    "$WORK/records" >/dev/null || fail "$(cat "$WORK/records")"
	# A client that only looks changes nothing.
	batch certificate-push <<-END
	pwd
	END
	worked
	[ "$(reloads | wc -l)" -eq 2 ] || fail "a reload without a change"
	copy "certificate-push:$CERTS/fullchain.pem" "$LOCAL/got"
	failed
	other_requests certificate-push
}

ok()
{
	rm -f "$DONE/ok"
	ask follow ok exit 0
	worked
	[ -s "$DONE/ok" ] || fail "nothing followed"
}

not_after()
{
	rm -f "$DONE/ok" "$DONE/late"
	ask follow ok exit 3
	[ "$STATUS" -eq 3 ] || fail "status $STATUS, not 3"
	ask follow ok signal 15
	failed
	ask follow late sleep 20
	failed
	absent "$DONE/ok" "$DONE/late"
	records_new
	! grep -q '"on-success"' "$WORK/records" || fail "a record of it"
}

# It is what the client gets when it fails.
status()
{
	ask follow bad exit 0
	[ "$STATUS" -eq 9 ] || fail "status $STATUS, not 9"
	complained 'what follows on success has failed: exit status 9'
	records_new
	tail -n 1 "$WORK/records" | jq -e '.event.action == "on-success" and
	    .event.outcome == "failure" and .process.exit_code == 9' \
	    >/dev/null || fail "$(cat "$WORK/records")"
	ask follow shot exit 0
	[ "$STATUS" -eq 143 ] || [ "$STATUS" -eq 255 ] || fail "$STATUS"
	complained 'has failed: signal 15'
}

# Nothing of the rule's own rights.
sandbox()
{
	ask follow boxed exit 0
	[ "$STATUS" -eq 1 ] || fail "status $STATUS, not 1"
	absent "$DONE/boxed"
}

timeout_of_it()
{
	ask follow slow exit 0
	failed
	records_new
	tail -n 1 "$WORK/records" | jq -e '.event.action == "on-success" and
	    .gatekeeper.ended_by == "timeout"' >/dev/null ||
	    fail "$(cat "$WORK/records")"
}

# The client has what it wanted, and may go.
gone()
{
	is_last_account || skip "tried once"
	before=$(records_count)
	setsid ssh -T -F "$CLIENT" follow long exit 0 >/dev/null \
	    2>"$WORK/gone" </dev/null &
	DAEMON=$!
	wait_for 10 grep -q asleep "$WORK/gone"
	kill -KILL "$DAEMON"
	for _ in $(seq 150); do
		[ $(($(records_count) - before)) -lt 3 ] || break
		sleep 0.1
	done
	tail -n 1 "$RECORDS" | jq -e '.event.action == "on-success" and
	    .process.exit_code == 0 and (.gatekeeper | has("ended_by") | not)' \
	    >/dev/null || fail "$(tail -n 3 "$RECORDS")"
}

# direct_to READER: what follows writes to a client that does this.
direct_to()
{
	# shellcheck disable=SC2046,SC2086 # several words, or none
	$PATIENCE setpriv --pdeathsig KILL $(account_options "$ACCOUNT") \
	    env -i SSH_ORIGINAL_COMMAND="$1 exit 0" \
	    "$WORK/gatekeeper" -d "$POLICY" follow 2>&1 >/dev/null </dev/null |
	    sh -c "$2"
}

# A client that reads nothing holds nobody up, and loses what it does not read.
unread()
{
	began=$(date +%s)
	client direct_to noisy 'sleep 6; head -c 100 >/dev/null'
	records_new
	tail -n 1 "$WORK/records" | jq -e '.event.action == "on-success" and
	    .gatekeeper.ended_by == "timeout" and .event.duration < 9e9' \
	    >/dev/null || fail "$(cat "$WORK/records")"
	[ $(($(date +%s) - began)) -lt 60 ] || fail "it was waited for"
}

# One that hangs up changes nothing either.
hung_up()
{
	rm -f "$DONE/done"
	client direct_to loud 'exec <&-; sleep 1'
	[ -s "$DONE/done" ] || fail "it did not come to its end"
	records_new
	tail -n 1 "$WORK/records" | jq -e '.event.action == "on-success" and
	    .process.exit_code == 0' >/dev/null || fail "$(cat "$WORK/records")"
}

# Found out before anything runs.
missing()
{
	ask follow missing exit 0
	said 127 "$SENTENCE"
	recorded '.event.reason == "program-missing" and
	    .gatekeeper.verdict == "refuse"'
}
