# shellcheck shell=sh
# How gatekeeper is started: by hand with odd operands, as a login shell, and
# without what sshd would have given it.

SHELL_ACCOUNT=gkshell
SHELL_ID=61235

setup()
{
	policy_use forms
	add_key forms <<-END
	[key]
	[allow version]
	command = version
	run = /bin/echo 1.0
	[allow count]
	command = count
	run = /usr/bin/wc -c
	END
}

tests()
{
	cat <<-'END'
	forms-direct direct
	forms-fingerprint fingerprint
	forms-usage usage
	forms-no-connection no_connection
	forms-odd-address odd_address
	forms-descriptors-missing descriptors_missing
	forms-streams streams
	forms-c-other other_program
	forms-c-without-command without_command
	forms-c-directory with_directory
	forms-login-dash login_dash
	forms-login-shell login_shell
	END
}

# gatekeeper ARGUMENTS...: as sshd would, with the request `version`.
gatekeeper()
{
	client as_account env -i SSH_ORIGINAL_COMMAND="${REQUEST-version}" \
	    SSH_CONNECTION="${CONNECTION-127.0.0.1 40122 127.0.0.1 22}" \
	    "$WORK/gatekeeper" "$@"
}

ran()
{
	worked
	[ "$(cat "$OUT")" = 1.0 ] || fail "not what it prints"
}

did_not_run()
{
	failed
	[ ! -s "$OUT" ] || fail "it ran"
	complained '^gatekeeper: refused'
}

direct()
{
	gatekeeper -d "$POLICY" forms
	ran
	recorded '.source.port == 40122 and .gatekeeper.key == "forms"'
	REQUEST=id gatekeeper -d "$POLICY" forms
	refused no-rule id
}

fingerprint()
{
	gatekeeper -d "$POLICY" forms SHA256:abc
	ran
	recorded '.gatekeeper.fingerprint == "SHA256:abc"'
}

usage()
{
	gatekeeper
	did_not_run
	gatekeeper -d "$POLICY"
	did_not_run
	gatekeeper -d "$POLICY" forms SHA256:abc more
	did_not_run
	gatekeeper -d relative forms
	did_not_run
	gatekeeper -x "$POLICY" forms
	did_not_run
	gatekeeper --help
	did_not_run
}

# A rule that has no `from` does not ask where the client is.
no_connection()
{
	client as_account env -i SSH_ORIGINAL_COMMAND=version \
	    "$WORK/gatekeeper" -d "$POLICY" forms
	ran
	client as_account env -i "$WORK/gatekeeper" -d "$POLICY" forms
	did_not_run
	recorded '.event.reason == "no-shell" and (has("source") | not)'
}

odd_address()
{
	CONNECTION=UNKNOWN gatekeeper -d "$POLICY" forms
	ran
	recorded '.source.address == "UNKNOWN" and (.source | has("ip") | not)'
	CONNECTION='2001:db8::7 65535 ::1 22' gatekeeper -d "$POLICY" forms
	ran
	recorded '.source.ip == "2001:db8::7" and .source.port == 65535'
	CONNECTION='x" y' gatekeeper -d "$POLICY" forms
	ran
	recorded '.source.address == "x\""'
}

# A record must not end up on what the program takes for its standard error.
descriptors_missing()
{
	without_descriptors
	tail -n 1 "$RECORDS" | jq -e '.gatekeeper.verdict == "permit"' ||
	    fail "no whole record"
	[ "$(tail -n 1 "$RECORDS" | wc -l)" -eq 1 ] || fail "a line too many"
	! grep -q '^1.0' "$RECORDS" || fail "output in the records"
}

without_descriptors()
{
	as_account env -i SSH_ORIGINAL_COMMAND=version \
	    "$WORK/gatekeeper" -d "$POLICY" forms <&- >&- 2>&- || :
}

# Standard input arrives whole, and its end.
streams()
{
	head -c 3000000 /dev/zero >"$WORK/zeros"
	client ssh -T -F "$CLIENT" forms count <"$WORK/zeros"
	worked
	[ "$(cat "$OUT")" = 3000000 ] || fail "$(cat "$OUT") bytes arrived"
}

other_program()
{
	for line in "/bin/sh" "/bin/sh -c id" "id" "" " " \
	    "$WORK/gatekeeper" "$WORK/gatekeeper forms; id" \
	    "$WORK/gatekeeper forms SHA256:a b" "gatekeeper forms" \
	    "$WORK/../$(basename "$WORK")/gatekeeper forms"; do
		gatekeeper -c "$line"
		did_not_run
		[ "$STATUS" -eq 126 ] || [ "$STATUS" -eq 78 ] ||
		    fail "status $STATUS for '$line'"
	done
	gatekeeper -c "$WORK/gatekeeper forms" more
	did_not_run
}

# A client with another way into the account could send the line itself; then
# sshd has put no request beside it.
without_command()
{
	client as_account env -i "$WORK/gatekeeper" \
	    -c "$WORK/gatekeeper forms"
	did_not_run
	[ "$STATUS" -eq 126 ] || fail "status $STATUS"
}

# The line could name a policy of the client's own making.
with_directory()
{
	gatekeeper -c "$WORK/gatekeeper -d $POLICY forms"
	did_not_run
	[ "$STATUS" -eq 126 ] || fail "status $STATUS"
}

# argv[0] of a login begins with a dash; perl can say so, sh cannot.
login_dash()
{
	# shellcheck disable=SC2016 # perl's variables
	client as_account env SSH_ORIGINAL_COMMAND=version perl -e \
	    '$p = shift; exec { $p } "-gatekeeper", @ARGV' \
	    "$WORK/gatekeeper"
	did_not_run
	[ "$STATUS" -eq 126 ] || fail "status $STATUS"
}

# An account whose shell in /etc/passwd is gatekeeper. The policy is then in
# /etc/gatekeeper, which only a private /etc can have.
login_shell()
{
	[ -z "$ROOM_WHY" ] || skip "needs a private /etc: $ROOM_WHY"
	[ "$ACCOUNT" = root ] || skip "once is enough, as root"
	printf '%s:x:%s:%s::%s:%s\n' "$SHELL_ACCOUNT" "$SHELL_ID" "$SHELL_ID" \
	    "$WORK/$SHELL_ACCOUNT" "$WORK/gatekeeper" >>/etc/passwd
	printf '%s:*:19000:0:99999:7:::\n' "$SHELL_ACCOUNT" >>/etc/shadow
	mkdir -p "/etc/gatekeeper/keys"
	install -d -o "$SHELL_ID" "$WORK/shell-log"
	sed "s|^file.*|file = $WORK/shell-log/log|" "$POLICY/gatekeeper.ini" \
	    >/etc/gatekeeper/gatekeeper.ini
	cp "$POLICY/keys/forms.ini" /etc/gatekeeper/keys/
	mkdir -p "$WORK/$SHELL_ACCOUNT/ssh"
	key_line forms | sed "s| -d $POLICY||" \
	    >"$WORK/$SHELL_ACCOUNT/ssh/authorized_keys"
	RECORDS=$WORK/shell-log/log
	ACCOUNT=$SHELL_ACCOUNT
	client ssh -T -F "$CLIENT" -l "$ACCOUNT" forms version
	ran
	permitted
	client ssh -T -F "$CLIENT" -l "$ACCOUNT" forms id
	refused no-rule id
	client ssh -T -F "$CLIENT" -l "$ACCOUNT" forms
	said 126 "$SENTENCE"
	# Another key of the account, with no command= in front of it.
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$HERE/client/free"
	cat "$HERE/client/free.pub" \
	    >>"$WORK/$SHELL_ACCOUNT/ssh/authorized_keys"
	for line in id "$WORK/gatekeeper forms" ''; do
		client ssh -T -F "$CLIENT" -l "$ACCOUNT" free "$line"
		said 126 "$SENTENCE"
	done
}
