# shellcheck shell=sh
# A systemd-journald of the room's own at /dev/log, as on hosts with systemd:
# the fields that it keeps, fail2ban's reading of the journal, and rsyslog
# behind it.

# shellcheck source=SCRIPTDIR/syslogd
. "$ROOT/tests/e2e/syslogd"

JOURNALD=/lib/systemd/systemd-journald
JOURNAL=/run/log/journal

setup()
{
	policy_use journald
	data_make "$DATA/journald"
	add_key journald <<-END
	[key]
	[allow mark]
	command = mark {name}
	arg.name = name
	run = /usr/bin/touch $DATA/journald/{name}
	write = $DATA/journald
	END
	LOGS=$HERE/journald-logs
	mkdir -p "$LOGS"
	[ -n "$ROOM_WHY" ] || [ ! -x "$JOURNALD" ] || journald_start
}

tests()
{
	is_last_account || return 0
	cat <<-'END'
	journald-fields fields
	journald-large large
	journald-json json_form
	journald-fail2ban ban
	journald-rsyslog behind
	END
}

# Audit= must be empty, since journald would switch the kernel's audit on for
# all of the machine.
journald_start()
{
	mkdir -p /run/systemd/journal /etc/systemd/journald.conf.d
	cat >/etc/systemd/journald.conf.d/zzz-last.conf <<-END
	[Journal]
	Storage=volatile
	Audit=
	ReadKMsg=no
	ForwardToSyslog=yes
	ForwardToConsole=no
	ForwardToWall=no
	END
	# An image for containers has none.
	[ -s /etc/machine-id ] || od -An -N16 -tx8 /dev/urandom | tr -d ' ' \
	    >/etc/machine-id
	dev_make
	ln -s /run/systemd/journal/dev-log "$WORK/dev/log"
	rsyslog_run /run/systemd/journal/syslog
	mount --bind "$WORK/dev" /dev
	daemon_start "$WORK/journald.log" root "$JOURNALD"
	wait_for 10 test -S /run/systemd/journal/dev-log || true
	umount -l /dev
	daemon_alive
}

# journal FORM: a fresh start, with records of that form.
journal()
{
	[ -z "$ROOM_WHY" ] || skip "needs a /dev/log of its own: $ROOM_WHY"
	[ -x "$JOURNALD" ] || skip "there is no systemd-journald"
	logged "$1"
	SINCE=$(date +'%F %T.%N')
}

# entries COUNT: just so many of gatekeeper's, in $WORK/entries.
entries()
{
	message "<13>Jan  1 00:00:00 last: $SINCE"
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		read_journal last | grep -qF "$SINCE" && break
		sleep 0.1
	done
	read_journal gatekeeper -a >"$WORK/entries"
	[ "$(wc -l <"$WORK/entries")" -eq "$1" ] ||
	    fail "not $1 entries but $(wc -l <"$WORK/entries")"
}

read_journal()
{
	identifier=$1
	shift
	journalctl -D "$JOURNAL" -q -o json --since "${SINCE%???}" \
	    -t "$identifier" "$@"
}

fields()
{
	journal text
	direct journald 'mark a' 192.0.2.10
	worked
	direct journald "$(printf 'x"\n\033]0;p\007 \303\244')" 192.0.2.7
	said 126 "$SENTENCE"
	entries 2
	cat "$WORK/entries"
	# shellcheck disable=SC2016 # jq's variables
	jq -es --arg uid "$(id -u "$ACCOUNT")" 'all(._TRANSPORT == "syslog"
	    and .SYSLOG_IDENTIFIER == "gatekeeper"
	    and .SYSLOG_FACILITY == "10" and ._UID == $uid
	    and .SYSLOG_PID == ._PID)
	    and map(.PRIORITY) == ["6", "4"]
	    and (.[0].MESSAGE | startswith("permitted session="))
	    and (.[0] | .MESSAGE | contains(" pid=\($pid[0]) "))
	    and (.[1].MESSAGE | endswith(
		" command=\"x\\\"\\n\\x1b]0;p\\x07 \u00e4\""))' \
	    --argjson pid "[$(jq -r ._PID "$WORK/entries" | head -n 1)]" \
	    "$WORK/entries" || fail "other fields"
	reported 2 '.permitted == 1 and .refused == 1 and
	    .keys[0].commands[0].command == "mark a" and
	    .keys[0].refused_commands[0].command ==
	    "x\"\n\u001b]0;p\u0007 \u00e4"' - <"$WORK/entries"
}

# journalctl leaves out what is long, unless -a is given.
large()
{
	journal text
	printf '\001%.0s' $(seq 60000) >"$WORK/larger"
	direct journald "$(cat "$WORK/larger")"
	said 126 "$SENTENCE"
	entries 1
	jq -r .MESSAGE "$WORK/entries" | sed 's/.* command="//; s/"$//' |
	    sed 's/\\x01/./g' | tr -d '\n' | wc -c | grep -qx 60000 ||
	    fail "it is cut"
	read_journal gatekeeper | jq -e '.MESSAGE == null' ||
	    fail "the manual is wrong about -a"
	reported 1 '.keys[0].refused_commands[0].command_bytes == 60000' - \
	    <"$WORK/entries"
}

# MESSAGE is the object, byte for byte.
json_form()
{
	journal json
	direct journald "$(printf 'x"\n\342\200\256\377')" 192.0.2.7
	said 126 "$SENTENCE"
	direct journald 'mark a'
	worked
	entries 2
	jq -r .MESSAGE "$WORK/entries" >"$WORK/messages"
	same "$RECORDS" "$WORK/messages"
	reported 2 '.permitted == 1 and .refused == 1' - <"$WORK/entries"
}

ban()
{
	journal text
	direct journald id 192.0.2.7
	direct journald 'mark a' 192.0.2.10
	direct journald "$(printf 'x\n')$(forged 192.0.2.66)" 2001:db8::7
	message "<86>Nov 28 00:00:00 sshd[1]: $(forged 192.0.2.67)"
	message "<86>Nov 28 00:00:00 other[1]: h $(forged 192.0.2.68)"
	message "<14>Nov 28 00:00:00 $(forged 192.0.2.69)"
	entries 4
	fail2ban-regex -o ip "systemd-journal[journalpath=$JOURNAL]" \
	    "$ROOT/etc/hosts/fail2ban/filter.d/gatekeeper.conf" |
	    sort -u >"$WORK/banned"
	cat "$WORK/banned"
	printf '%s\n' 192.0.2.7 2001:db8::7 | sort >"$WORK/expected"
	for other in 192.0.2.10 192.0.2.66 192.0.2.67 192.0.2.68 192.0.2.69; do
		! grep -qxF "$other" "$WORK/banned" || fail "$other is banned"
	done
	comm -23 "$WORK/expected" "$WORK/banned" >"$WORK/spared"
	[ ! -s "$WORK/spared" ] || fail "not banned: $(cat "$WORK/spared")"
}

# A line that would count if it were gatekeeper's.
forged()
{
	printf '%s' "gatekeeper[1]: refused session=00000000000000000000000000" \
	    " key=a rule=- addr=$1 port=1 account=b reason=no-rule x"
}

# The way of Debian's hosts: journald hands on to rsyslogd.
behind()
{
	journal json
	direct journald "$(printf '\001%.0s' $(seq 30000))"
	said 126 "$SENTENCE"
	direct journald "$(printf 'x"\n\342\200\256\377')" 192.0.2.7
	said 126 "$SENTENCE"
	arrived gatekeeper.json 2
	same "$RECORDS" "$WORK/lines"
}
