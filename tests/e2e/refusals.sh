# shellcheck shell=sh
# What is refused, and how: the rows of refusals.txt, and the requests that do
# not fit in one.

setup()
{
	IN=$DATA/in4
	FROM=$DATA/out4
	for folder in "$IN" "$IN"3 "$FROM" "$FROM"3 "$DATA/other"; do
		data_make "$folder"
		echo content >"$folder/file"
	done
	ln -s "$DATA/other" "$IN/link"
	ln -s "$DATA/other/dangling" "$IN/dangling"
	ln -s "$DATA/other/file" "$FROM/link"
	chown -hR "$ACCOUNT:" "$DATA"
	add_key strict <<-END
	[key]
	description = a few narrow rules, and all that must not pass them
	[allow files]
	protocol = scp
	write = $IN
	read = $FROM
	[allow version]
	command = version
	run = /bin/echo 1.0
	[allow look]
	command = readlink {p}
	arg.p = path $FROM
	run = /usr/bin/readlink {p}
	read = $FROM
	END
	add_key shut <<-END
	[key]
	description = no rule at all
	END
	add_key closed <<-END
	[key]
	enabled = no
	[allow version]
	command = version
	run = /bin/echo 1.0
	END
	# One connection for all rows: its handshake takes longer than a row.
	MUX=$HERE/client/mux
	daemon_start "$WORK/mux.log" "$(id -un)" \
	    ssh -T -F "$CLIENT" -M -S "$MUX" -N strict
	wait_for 10 test -S "$MUX"
	sed "s|^description.*|refusal-detail = none|" \
	    "$POLICY/keys/strict.ini" | add_key terse
}

tests()
{
	rows | while read -r name _; do
		echo "refused-$name row $name"
	done
	cat <<-'END'
	refused-and-nothing-ran nothing_ran
	refused-permitted-beside permitted_beside
	refused-no-command no_command
	refused-empty-command empty_command
	refused-blank-command blank_command
	refused-terminal terminal
	refused-long long
	refused-long-quoted long_quoted
	refused-without-rules without_rules
	refused-disabled disabled
	refused-unknown-key unknown_key
	refused-odd-key-names odd_key_names
	refused-terse terse
	refused-each-of-a-connection each_of_a_connection
	END
}

rows()
{
	grep -v -e '^#' -e '^$' "$ROOT/tests/e2e/refusals.txt"
}

# row NAME: the row of that name.
row()
{
	line=$(rows | grep "^$1[[:blank:]]")
	reason=$(printf '%s\n' "$line" | awk '{ print $2 }')
	command=$(printf '%s\n' "$line" | sed -E \
	    -e 's/^[^[:blank:]]+[[:blank:]]+[^[:blank:]]+[[:blank:]]+//' \
	    -e "s|@IN@|$IN|g; s|@OUT@|$FROM|g; s|@DATA@|$DATA|g")
	# The x keeps newlines at the end, which $( ) would cut off.
	command=$(printf '%bx' "$command")
	command=${command%x}
	ask -S "$MUX" strict "$command"
	refused "$reason" "$command"
	recorded '.gatekeeper.key == "strict" and
	    .gatekeeper.request == "command" and
	    .gatekeeper.policy.file == "keys/strict.ini"'
}

# Several rows would make this file, or write what is listed here.
nothing_ran()
{
	absent "$DATA/x" "$DATA/other/dangling"
	for folder in "$IN" "$IN"3 "$FROM" "$FROM"3 "$DATA/other"; do
		[ "$(cat "$folder/file")" = content ] || fail "$folder changed"
	done
}

# The key does work: the refusals above are of the command, not of the key.
permitted_beside()
{
	ask strict version
	worked
	[ "$(cat "$OUT")" = 1.0 ] || fail "not what it prints"
	permitted
	ask strict "  version	"
	worked
	ask strict "'ver'\"si\"\\on"
	worked
	ask strict readlink "$FROM/file"
	permitted
}

no_command()
{
	ask strict
	refused no-shell
	recorded '.gatekeeper.request == "shell"'
}

# ssh sends an empty command as none.
empty_command()
{
	ask strict ''
	refused no-shell
}

blank_command()
{
	ask strict '   '
	failed
	said 126 "$SENTENCE"
	records_new
	recorded_command '   '
}

# A key line without `restrict` gets a terminal, and nothing else. What the
# program says on standard error comes back with the output there.
terminal()
{
	is_root || skip "sshd hands out terminals as root only"
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$HERE/client/tty"
	key_line strict tty | sed 's/^restrict,//' \
	    >>"$HERE/ssh/authorized_keys2"
	client timeout -k 5 30 ssh -tt -F "$CLIENT" tty "scp -t $IN; bash"
	[ "$STATUS" -eq 126 ] || fail "status $STATUS"
	[ "$(wc -l <"$OUT")" -eq 1 ] || fail "not one line"
	printed "^gatekeeper: refused: $SENTENCE \(session [0-9a-z]{26}\)"
	recorded '.event.reason == "shell-syntax"'
	client timeout -k 5 30 ssh -tt -F "$CLIENT" tty
	[ "$STATUS" -eq 126 ] || fail "status $STATUS"
	recorded '.event.reason == "no-shell"'
}

# 131,000 bytes, all of them counted and the first ones kept.
long()
{
	command=version\ $(head -c 130992 /dev/zero | tr '\0' x)
	ask strict "$command"
	said 126 "$SENTENCE"
	recorded '.event.reason == "no-rule"
	    and .gatekeeper.command_bytes == 131000
	    and (.gatekeeper.command | length) <= 8192
	    and (.gatekeeper.command | startswith("version xxx"))'
}

long_quoted()
{
	command=version$(head -c 65000 /dev/zero | sed "s/\\x00/ '/g")
	ask strict "$command"
	said 126 "$SENTENCE"
	recorded '.event.reason == "no-rule"
	    and .gatekeeper.command_bytes == 130007'
}

without_rules()
{
	ask shut version
	refused no-rule version
	batch shut </dev/null
	failed
}

disabled()
{
	ask closed version
	refused disabled version
}

# A key line whose policy file is not there.
unknown_key()
{
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$HERE/client/ghost"
	key_line ghost >>"$HERE/ssh/authorized_keys2"
	ask ghost version
	refused unknown-key version
	recorded '.gatekeeper.key == "ghost"'
}

# The name is the administrator's, yet it must not lead out of its folder.
odd_key_names()
{
	cp "$POLICY/keys/strict.ini" "$POLICY/outside.ini"
	for key in ../outside keys/../strict .strict -strict '' 'str ict' \
	    "$(printf '%065d' 0)"; do
		client direct -d "$POLICY" "$key"
		failed
		[ "$STATUS" -eq 78 ] || [ "$STATUS" -eq 126 ] ||
		    fail "status $STATUS for '$key'"
		[ ! -s "$OUT" ] || fail "it ran"
	done
}

direct()
{
	as_account env -i SSH_ORIGINAL_COMMAND=version \
	    SSH_CONNECTION='127.0.0.1 1 127.0.0.1 22' "$WORK/gatekeeper" "$@"
}

# refusal-detail = none: that it was refused, and the id.
terse()
{
	ask terse 'version; id'
	[ "$STATUS" -eq 126 ] || fail "status $STATUS"
	[ "$(wc -l <"$ERR")" -eq 1 ] || fail "not one line"
	! grep -qi shell "$ERR" || fail "the reason is told"
	complained '\(session [0-9A-Za-z]{26}\)$'
	recorded '.event.reason == "shell-syntax"'
}

# Many sessions of one connection: each is judged for itself.
each_of_a_connection()
{
	for _ in 1 2 3; do
		ask -S "$MUX" strict version
		worked
		permitted
		ask -S "$MUX" strict id
		refused no-rule id
	done
}
