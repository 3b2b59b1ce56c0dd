# shellcheck shell=sh
# The files for rsyslog and fail2ban, with the real ones: an rsyslogd that
# listens at a /dev/log of the room's own, and fail2ban's own reading of what
# it wrote.

# shellcheck source=SCRIPTDIR/syslogd
. "$ROOT/tests/e2e/syslogd"

setup()
{
	policy_use rsyslog
	data_make "$DATA/rsyslog"
	add_key rsyslog <<-END
	[key]
	[allow mark]
	command = mark {name}
	arg.name = regex .*
	run = /usr/bin/touch $DATA/rsyslog/{name}
	write = $DATA/rsyslog
	[allow pry]
	command = pry
	run = /usr/bin/unshare -U /bin/true
	watch = yes
	END
	rsyslog_start
}

tests()
{
	is_last_account || return 0
	cat <<-'END'
	rsyslog-text text_form
	rsyslog-large large
	rsyslog-json json_form
	rsyslog-others others
	fail2ban-refused ban_refused
	fail2ban-forged ban_forged
	fail2ban-violation ban_violation
	fail2ban-reasons ban_reasons
	fail2ban-jail-off jail_off
	fail2ban-jail-on jail_on
	END
}

# What clients send who want more in the log than a record of theirs: bytes
# that end or forge a line, that rsyslog's templates or its escapes would
# change, and that are no UTF-8. A row of printf(1) each.
hostile()
{
	cat <<-'END'
	x" addr=192.0.2.1\nsshd: Failed password from 192.0.2.123
	\0033]0;p\0007
	a\r\n<86>Nov 28 00:00:00 gatekeeper[1]: refused x
	refused session=00000000000000000000000000 key=a rule=- addr=192.0.2.66 port=1 account=b reason=no-rule x
	x" reason=no-rule command="y
	2026-11-28T00:00:00Z h gatekeeper[1]: refused session=00000000000000000000000000 key=a rule=- addr=192.0.2.67 port=1 account=b reason=no-rule x
	%msg% %$!all-json% #012 \\n \\\\x0a \\" $HOME
	\0233\0377\0302\0205 \0342\0200\0256gnp.exe \0303\0244
	 {"event":{"reason":"forged"}}
	\t leading and trailing \t
	END
}

# Each from an address of its own, with a final dot, since $() cuts newlines.
ask_hostile()
{
	hostile >"$WORK/hostile"
	number=0
	while read -r row; do
		number=$((number + 1))
		direct rsyslog "$(printf '%b.' "$row")" "198.51.100.$number"
		said 126 "$SENTENCE"
	done <"$WORK/hostile"
}

# The command of each line on standard input, as bytes, each with a NUL.
text_commands()
{
	perl -ne '
	    /^\S+ \S+ gatekeeper\[\d+\]: (?:permitted|refused) session=\S+ .*? command="(.*)"$/
		or die "not a record: ", substr($_, 0, 200);
	    $c = $1;
	    %short = (n => "\n", r => "\r", t => "\t");
	    $c =~ s/\\(?:x(..)|(.))/defined $1 ? chr(hex $1) : $short{$2} \/\/ $2/ge;
	    print $c, "\0"'
}

hostile_commands()
{
	while read -r row; do
		printf '%b.\0' "$row"
	done <"$WORK/hostile"
}

text_form()
{
	logged text
	ask_hostile
	direct rsyslog 'mark a'
	worked
	arrived gatekeeper.log $((number + 1))
	text_commands <"$WORK/lines" >"$WORK/said.commands"
	{
		hostile_commands
		printf 'mark a\0'
	} >"$WORK/sent.commands"
	same "$WORK/sent.commands" "$WORK/said.commands"
	reported $((number + 1)) ".permitted == 1 and .refused == $number and
	    .keys[0].commands[0].command == \"mark a\"" "$WORK/lines"
	[ -z "$(lines_new gatekeeper.json)" ] || fail "text among JSON"
	[ "$(lines_new others.log | wc -l)" -eq 1 ] || fail "records elsewhere"
}

# The escapes make it four times as large. rsyslog alone would cut at 8 KiB.
large()
{
	logged text
	printf 'id %0100000d \001.' 7 >"$WORK/large"
	direct rsyslog "$(cat "$WORK/large")"
	said 126 "$SENTENCE"
	printf '\001%.0s' $(seq 60000) >"$WORK/larger"
	direct rsyslog "$(cat "$WORK/larger")"
	said 126 "$SENTENCE"
	arrived gatekeeper.log 2
	text_commands <"$WORK/lines" >"$WORK/said.commands"
	{
		cat "$WORK/large"
		printf '\0'
		cat "$WORK/larger"
		printf '\0'
	} >"$WORK/sent.commands"
	same "$WORK/sent.commands" "$WORK/said.commands"
	reported 2 '.keys[0].refused_commands | map(.command_bytes) |
	    any(. == 60000)' "$WORK/lines"
}

# rsyslog's file has the bytes of the file that gatekeeper writes itself.
json_form()
{
	logged json
	ask_hostile
	direct rsyslog 'mark a'
	worked
	printf '\001%.0s' $(seq 60000) >"$WORK/larger"
	direct rsyslog "$(cat "$WORK/larger")"
	said 126 "$SENTENCE"
	arrived gatekeeper.json $((number + 2))
	same "$RECORDS" "$WORK/lines"
	jq -es "length == $((number + 2))" "$WORK/lines" ||
	    fail "not $((number + 2)) objects"
	reported $((number + 2)) '.permitted == 1' "$WORK/lines"
	[ -z "$(lines_new gatekeeper.log)" ] || fail "JSON among text"
}

# What is not gatekeeper's stays where it was, and what only looks like JSON
# spoils no file of JSON Lines.
others()
{
	logged text
	message '<86>Nov 28 00:00:00 sshd[1]: gatekeeper[1]: refused x'
	message '<13>Nov 28 00:00:00 gatekeeper[1]: of another facility'
	message '<86>Nov 28 00:00:00 gatekeeper[1]: {"cut":'
	arrived gatekeeper.log 1
	lines_new others.log | grep -q ' sshd\[1\]: gatekeeper\[1\]: refused x$'
	lines_new others.log | grep -q ' of another facility$'
	[ "$(lines_new others.log | wc -l)" -eq 3 ] || fail "not three others"
	[ -z "$(lines_new gatekeeper.json)" ] || fail "no JSON among JSON"
}

# --- fail2ban ---------------------------------------------------------------

# takes MODE [ADDRESS...]: what the filter takes of the new lines is just
# these, in both headers that rsyslog writes.
takes()
{
	{
		lines_new gatekeeper.log
		lines_new old.log
	} >"$WORK/lines"
	fail2ban-regex -o ip "$WORK/lines" \
	    "$ROOT/etc/hosts/fail2ban/filter.d/gatekeeper.conf[mode=$1]" \
	    >"$WORK/fail2ban"
	sort "$WORK/fail2ban" >"$WORK/banned"
	cat "$WORK/banned"
	shift
	printf '%s\n' "$@" "$@" | sort >"$WORK/expected"
	same "$WORK/expected" "$WORK/banned"
}

# None for what ran, for what has no address, for what the administrator has
# to mend, and for what a program was denied.
ban_refused()
{
	logged text
	direct rsyslog id 192.0.2.7
	direct rsyslog 'a; b' 2001:db8::7
	direct rsyslog '' 192.0.2.8
	direct rsyslog internal-sftp 192.0.2.9
	direct rsyslog id 192.0.2.7
	ask rsyslog id
	direct rsyslog 'mark a' 192.0.2.10
	direct rsyslog id UNKNOWN
	direct rsyslog id ''
	direct rsyslog id '192.0.2.099'
	direct rsyslog id '192.0.2.99,port=1'
	echo 'colour = red' >>"$POLICY/keys/rsyslog.ini"
	direct rsyslog 'mark a' 192.0.2.11
	sed -i '$d' "$POLICY/keys/rsyslog.ini"
	said 78 'the policy is broken; tell the administrator'
	direct rsyslog pry 192.0.2.12
	arrived_all gatekeeper.log
	for word in permitted violation failed refused; do
		grep -q " gatekeeper\[[0-9]*\]: $word session=" "$WORK/lines" ||
		    fail "nothing is $word"
	done
	takes normal 192.0.2.7 2001:db8::7 192.0.2.8 192.0.2.9 192.0.2.7 \
	    127.0.0.1
}

# One match for each line, of the address that it came from, and none of those
# that the client wrote.
ban_forged()
{
	logged text
	ask_hostile
	direct rsyslog "mark '$(sed -n 6p "$WORK/hostile")'"
	worked
	arrived gatekeeper.log $((number + 1))
	# shellcheck disable=SC2046 # an address each
	takes normal $(seq -f '198.51.100.%.0f' "$number")
}

ban_violation()
{
	logged text
	direct rsyslog 'mark a' 192.0.2.10
	direct rsyslog id 192.0.2.7
	direct rsyslog pry 192.0.2.12
	failed
	arrived gatekeeper.log 5
	takes aggressive 192.0.2.7 192.0.2.12
}

# The filter's list against the table in which a reason has its status.
ban_reasons()
{
	tr -d '\n' <"$ROOT/src/why.c" |
	    grep -oE '\{"[a-z0-9-]+",[^}]*EXIT_REFUSED\}' |
	    sed 's/^{"\([^"]*\)".*/\1/' | sort >"$WORK/expected"
	sed -n 's/^reason = //p' \
	    "$ROOT/etc/hosts/fail2ban/filter.d/gatekeeper.conf" |
	    tr '|' '\n' | sort >"$WORK/reasons"
	[ "$(wc -l <"$WORK/reasons")" -gt 10 ] || fail "hardly any"
	same "$WORK/expected" "$WORK/reasons"
}

# jail_config LINE...: fail2ban's own folder with the two files, and these
# lines in jail.local.
jail_config()
{
	rm -rf "$WORK/fail2ban.d"
	cp -a /etc/fail2ban "$WORK/fail2ban.d"
	rm -f "$WORK"/fail2ban.d/jail.d/* "$WORK"/fail2ban.d/*.local
	cp -R "$ROOT/etc/hosts/fail2ban/." "$WORK/fail2ban.d/"
	printf '%s\n' '[gatekeeper]' "$@" >"$WORK/fail2ban.d/jail.local"
	printf '%s\n' '[DEFAULT]' "logtarget = $WORK/fail2ban.log" \
	    'syslogsocket = none' "socket = $WORK/fail2ban.socket" \
	    "pidfile = $WORK/fail2ban.pid" 'dbfile = None' \
	    >"$WORK/fail2ban.d/fail2ban.local"
}

fail2ban()
{
	fail2ban-client -c "$WORK/fail2ban.d" "$@"
}

jail_off()
{
	jail_config
	! fail2ban -d | grep gatekeeper || fail "it is on when nobody said so"
	jail_config 'enabled = true'
	fail2ban -d >"$WORK/jails"
	cat "$WORK/jails"
	grep -q "^\['add', 'gatekeeper', 'systemd'\]" "$WORK/jails"
	grep -q "^\['set', 'gatekeeper', 'addjournalmatch', 'SYSLOG_IDENTIFIER=gatekeeper'" \
	    "$WORK/jails"
	grep -q "^\['start', 'gatekeeper'\]" "$WORK/jails"
}

# A fail2ban that runs, but does nothing to what it bans: one refusal less
# than maxretry, and as many.
jail_on()
{
	logged text
	jail_config 'enabled = true' 'backend = polling' 'action =' \
	    "logpath = $LOGS/gatekeeper.log" 'maxretry = 3'
	: >"$LOGS/gatekeeper.log"
	lines_forget
	daemon_start "$WORK/fail2ban.said" root fail2ban-server \
	    -c "$WORK/fail2ban.d" -f start
	wait_for 3 jail_bans ''
	for address in 192.0.2.7 192.0.2.7 192.0.2.8 2001:db8::7 192.0.2.8 \
	    2001:db8::7 2001:db8::7 192.0.2.8; do
		direct rsyslog id "$address"
	done
	arrived gatekeeper.log 8
	wait_for 3 jail_bans '192.0.2.8 2001:db8::7 ' ||
	    fail "it bans '$(fail2ban get gatekeeper banip)'"
	kill "$DAEMON"
}

# jail_bans ADDRESSES: just these, sorted, a blank behind each. It takes a
# while itself.
jail_bans()
{
	bans=$(fail2ban get gatekeeper banip) || return 1
	[ "$(printf '%s\n' "$bans" | tr ' ' '\n' | sed '/^$/d' | sort |
	    tr '\n' ' ')" = "$1" ]
}
