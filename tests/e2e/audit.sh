# shellcheck shell=sh
# No record, no session; and what the records of a program that could not be
# started look like.

setup()
{
	policy_use audit
	MARK=$DATA/audit-ran
	data_make "$MARK"
	add_key audit <<-END
	[key]
	[allow mark]
	command = mark {name}
	arg.name = name
	run = /usr/bin/touch $MARK/{name}
	write = $MARK
	[allow gone]
	command = gone
	run = $HERE/no-such-program
	[allow text]
	command = text
	run = $HERE/text-file
	[allow folder]
	command = folder
	run = /usr/bin
	END
	echo text >"$HERE/text-file"
	chmod 755 "$HERE/text-file"
}

tests()
{
	cat <<-'END'
	audit-works works
	audit-no-folder no_folder
	audit-full full
	audit-not-permitted not_permitted
	audit-is-a-link link
	audit-cut-record cut_record
	audit-continue go_on
	audit-no-syslog no_syslog
	audit-many many
	audit-program-missing program_missing
	audit-not-a-program not_a_program
	audit-syslog syslog
	END
}

ask_mark()
{
	ask audit mark "$1"
}

works()
{
	ask_mark works
	worked
	permitted
	[ -e "$MARK/works" ] || fail "it did not run"
}

# audit_section LINE...: gatekeeper.ini from now on.
audit_section()
{
	{
		echo '[audit]'
		printf '%s\n' "$@"
	} >"$POLICY/gatekeeper.ini"
}

no_session()
{
	ask_mark "$1"
	said 70 'the attempt cannot be recorded; tell the administrator'
	absent "$MARK/$1"
}

again()
{
	settings_write </dev/null
}

no_folder()
{
	audit_section 'syslog = no' 'file = /nonexistent/log'
	no_session no-folder
	again
}

full()
{
	audit_section 'syslog = no' 'file = /dev/full'
	no_session full
	again
}

not_permitted()
{
	audit_section 'syslog = no' "file = /usr/share/doc"
	no_session is-a-folder
	again
}

# The account could point its record at a file of somebody else.
link()
{
	as_account ln -s "$MARK/target" "$POLICY/log/link"
	audit_section 'syslog = no' "file = $POLICY/log/link"
	no_session link
	absent "$MARK/target"
	again
}

# A record that a full disk cut short does not swallow the next one.
cut_record()
{
	printf '{"@timestamp":"2026-' >>"$RECORDS"
	ask_mark cut
	worked
	tail -n 1 "$RECORDS" | jq -e '.gatekeeper.verdict == "permit"' ||
	    fail "the record is not on a line of its own"
	sed -i '/^{"@timestamp":"2026-$/d' "$RECORDS"
}

go_on()
{
	audit_section 'syslog = no' 'file = /nonexistent/log' \
	    'on-failure = continue'
	ask_mark go-on
	worked
	[ -e "$MARK/go-on" ] || fail "it did not run"
	again
}

no_syslog()
{
	[ ! -S /dev/log ] || skip "this machine has a /dev/log"
	audit_section 'syslog = yes'
	no_session no-syslog
	again
}

# Whole lines, however many sessions write at once.
many()
{
	before=$(records_count)
	jobs=
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		ssh -T -F "$CLIENT" audit mark "many-$i" </dev/null &
		jobs="$jobs $!"
	done
	for job in $jobs; do
		wait "$job"
	done
	[ "$(($(records_count) - before))" -eq 12 ] || fail "not twelve"
	tail -n 12 "$RECORDS" | jq -r .gatekeeper.session | sort -u >"$WORK/ids"
	[ "$(wc -l <"$WORK/ids")" -eq 12 ] || fail "sessions share an id"
}

program_missing()
{
	ask audit gone
	said 127 'the program of the rule is missing; tell the administrator'
	records_new
	tail -n 1 "$WORK/records" | jq -e '
	    .event.reason == "program-missing"
	    and .event.outcome == "failure"' || fail "another record"
}

not_a_program()
{
	for name in text folder; do
		ask audit $name
		[ "$STATUS" -eq 70 ] || [ "$STATUS" -eq 127 ] ||
		    fail "status $STATUS"
		[ ! -s "$OUT" ] || fail "something on standard output"
		records_new
		tail -n 1 "$WORK/records" |
		    jq -e '.event.outcome == "failure"' || fail "not on record"
	done
}

# A listener in the place of syslogd, in a private /dev. The broken policy
# goes there too, place and reason.
syslog()
{
	[ -z "$ROOM_WHY" ] || skip "needs a private /dev: $ROOM_WHY"
	syslog_listen
	audit_section 'syslog = yes'
	ask_mark syslog
	worked
	ask audit 'mark x; id "y"'
	said 126 "$SENTENCE"
	ask audit "$(printf 'mark \001')"
	said 126 "$SENTENCE"
	cp "$POLICY/keys/audit.ini" "$WORK/audit.ini"
	echo 'colour = red' >>"$POLICY/keys/audit.ini"
	ask audit mark broken
	cp "$WORK/audit.ini" "$POLICY/keys/audit.ini"
	said 78 'the policy is broken; tell the administrator'
	again
	sleep 0.2
	cat "$SYSLOG"
	[ "$(wc -l <"$SYSLOG")" -eq 4 ] || fail "not four lines"
	line 1 '^<86>.*gatekeeper(\[[0-9]+\])?: permitted session=.* rule=mark '
	line 1 ' command="mark syslog"$'
	line 2 'refused session=.* reason=shell-syntax .*command="mark x; id \\"y\\""$'
	line 3 'reason=control-byte .*command="mark \\x01"$'
	line 4 'reason=policy-broken .*keys/audit.ini:[0-9]+: '
}

line()
{
	sed -n "$1p" "$SYSLOG" | grep -qE "$2" || fail "line $1 is not $2"
}

syslog_listen()
{
	SYSLOG=$WORK/syslog
	dev_make
	perl -MSocket -e '
	    socket(S, PF_UNIX, SOCK_DGRAM, 0) or die;
	    bind(S, sockaddr_un($ARGV[0])) or die;
	    chmod 0666, $ARGV[0];
	    open(F, ">", $ARGV[1]) or die;
	    while (defined(recv(S, $m, 65536, 0))) {
		syswrite(F, "$m\n");
	    }' "$WORK/dev/log" "$SYSLOG" &
	DAEMON=$!
	wait_for 5 test -S "$WORK/dev/log"
	dev_use
	trap syslog_end EXIT
}

syslog_end()
{
	umount -l /dev
	kill "$DAEMON"
}
