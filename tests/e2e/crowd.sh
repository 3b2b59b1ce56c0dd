# shellcheck shell=sh
# A thousand sessions at once, every second one killed at a random moment:
# what ran is on record, and every record is one whole line, in both sinks.
# Of watched sessions the end as well, of those that were not killed.

# shellcheck source=SCRIPTDIR/syslogd
. "$ROOT/tests/e2e/syslogd"

CROWD=${CROWD:-1000}

setup()
{
	policy_use crowd
	MARKS=$DATA/crowd
	data_make "$MARKS"
	rsyslog_start
	${CC:-cc} -std=c11 -D_GNU_SOURCE -o "$WORK/crowd" \
	    "$ROOT/tests/e2e/crowd.c"
	add_key crowd <<-END
	[key]
	[allow hold]
	command = hold {n}
	arg.n = integer 0..999999
	run = /usr/bin/tee $MARKS/{n}
	write = $MARKS
	[allow watch]
	command = watch {n}
	arg.n = integer 0..999999
	run = /usr/bin/tee $MARKS/{n}
	write = $MARKS
	watch = yes
	END
}

tests()
{
	is_last_account || return 0
	cat <<-END
	crowd-plain crowd hold $((CROWD / 5))
	crowd-watched crowd watch $CROWD
	END
}

# As an ordinary user without syslog: see syslogd.
sinks()
{
	if [ -z "$ROOM_WHY" ]; then
		logged text
	else
		rm -f "$RECORDS"
		settings_write </dev/null
	fi
}

# Nice, so that syslogd has its turns on a machine that is busy anyway.
crowd()
{
	CROWD=$2
	sinks
	as_account nice -n 19 env -i "$WORK/crowd" "$CROWD" "$MARKS" "$1" \
	    "$WORK/gatekeeper" -d "$POLICY" crowd >"$WORK/ends"
	crowd_gone
	crowd_ends
	crowd_file "$1"
	is_within "$WORK/refused" "$WORK/file.refused"
	[ -n "$ROOM_WHY" ] || crowd_syslog "$1"
	rm -rf "${MARKS:?}"/*
}

# A program whose watcher was killed has a second. The pattern does not match
# the one who looks for it.
crowd_gone()
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		grep -qs "$MARKS/[0-9]" /proc/[0-9]*/cmdline || return 0
		sleep 0.1
	done
	fail "still there: $(grep -ls "$MARKS/[0-9]" /proc/[0-9]*/cmdline)"
}

# status WORDS: the numbers of the sessions that ended so.
status()
{
	sed -n "s/^\([0-9]*\) $1\$/\1/p" "$WORK/ends" | sort
}

# Where syslogd is too slow for so many, a session refuses after two seconds;
# none may in the file's case.
crowd_ends()
{
	cut -d' ' -f2- "$WORK/ends" | sort | uniq -c
	status 'exit 0' >"$WORK/served"
	status 'exit 70' >"$WORK/refused"
	status 'signal 9' >"$WORK/killed"
	cat "$WORK/served" "$WORK/refused" "$WORK/killed" | wc -l |
	    grep -qx "$CROWD" || fail "a session ended in another way"
	[ "$(wc -l <"$WORK/served")" -ge $((CROWD / 10)) ] ||
	    fail "hardly any was served"
	[ -z "$ROOM_WHY" ] || [ ! -s "$WORK/refused" ] ||
	    fail "a session was refused"
	find "$MARKS" -type f -printf '%f\n' | sort >"$WORK/ran"
	is_within "$WORK/served" "$WORK/ran"
}

# A row for each record: action, verdict, reason or -, number.
crowd_file()
{
	jq -r --arg rule "$1" 'select(.process.pid > 0 and .rule.name == $rule
	    and (.gatekeeper.session | length) == 26) |
	    "\(.event.action) \(.gatekeeper.verdict) \(.event.reason // "-") " +
	    (.gatekeeper.command | ltrimstr($rule + " "))' "$RECORDS" \
	    >"$WORK/rows"
	[ "$(wc -l <"$WORK/rows")" -eq "$(grep -c . "$RECORDS")" ] ||
	    fail "not a record to a line"
	numbers 'request permit -' "$WORK/rows" >"$WORK/file"
	numbers 'end permit audit' "$WORK/rows" >"$WORK/file.refused"
	numbers 'end permit -' "$WORK/rows" >"$WORK/file.ended"
	tallies "$WORK/file" "$WORK/file.refused" "$WORK/file.ended" \
	    "$WORK/rows"
	[ "$1" != watch ] || is_within "$WORK/served" "$WORK/file.ended"
}

# numbers START FILE
numbers()
{
	sed -n "s/^$1 \([0-9]*\)\$/\1/p" "$2" | sort
}

# tallies PERMITTED REFUSED ENDED ALL: these are all, each once; what ran was
# permitted, and no other.
tallies()
{
	wc -l "$WORK/ran" "$@"
	cat "$1" "$2" "$3" | wc -l | grep -qx "$(wc -l <"$4")" ||
	    fail "another record in $4"
	is_once "$1"
	is_once "$2"
	is_once "$3"
	is_within "$WORK/ran" "$1"
	is_within "$3" "$WORK/ran"
}

crowd_syslog()
{
	arrived_all gatekeeper.log
	who="session=[0-9a-z]{26} key=crowd rule=$1 addr=- port=- account=$ACCOUNT"
	sed -E -e "s/^[^ ]+ [^ ]+ gatekeeper\[[0-9]+\]: //" \
	    -e "s/^permitted $who pid=[0-9]+ program=[^ ]+ sandbox=[^ ]+ command=\"$1 ([0-9]+)\"\$/permitted \1/" \
	    -e "s/^ended $who pid=.* exit=0 .* command=\"$1 ([0-9]+)\"\$/ended \1/" \
	    -e "s/^failed $who reason=audit pid=.* command=\"$1 ([0-9]+)\"\$/failed \1/" \
	    "$WORK/lines" >"$WORK/rows"
	numbers permitted "$WORK/rows" >"$WORK/syslog"
	numbers failed "$WORK/rows" >"$WORK/syslog.refused"
	numbers ended "$WORK/rows" >"$WORK/syslog.ended"
	tallies "$WORK/syslog" "$WORK/syslog.refused" "$WORK/syslog.ended" \
	    "$WORK/rows"
}

is_once()
{
	[ -z "$(uniq -d "$1")" ] || fail "twice in $1: $(uniq -d "$1")"
}

is_within()
{
	[ -z "$(comm -23 "$1" "$2")" ] ||
	    fail "in $1 and not in $2: $(comm -23 "$1" "$2")"
}
