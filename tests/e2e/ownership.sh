# shellcheck shell=sh disable=SC2034,SC2154
# The advice for what the kernel cannot hold: chmod and utimes reach whatever
# the account owns, so authorized_keys and the records belong to root.

setup()
{
	policy_use ownership
	INSIDE=$DATA/ownership
	ELSEWHERE=$DATA/ownership-elsewhere
	OWN=$ELSEWHERE/own
	LOGS=$HERE/ownership-logs
	data_make "$INSIDE" "$ELSEWHERE"
	as_account touch "$OWN"
	others
	add_key ownership-sftp <<-END
	[key]
	[allow files]
	protocol = sftp
	read     = $INSIDE
	write    = $INSIDE
	END
	key_programs
}

tests()
{
	cat <<-'END'
	ownership-own own
	ownership-keys others_file KEYS
	ownership-record others_file RECORD
	ownership-another others_file ANOTHER
	ownership-of-root others_file SYSTEM
	ownership-still-records still_records
	END
}

# What belongs to root, as the manual has it: the keys, which the account can
# read, and the records, to which its group can add.
others()
{
	SYSTEM=/etc/passwd
	KEYS=$HERE/ssh/authorized_keys2
	RECORD=$LOGS/$ACCOUNT.jsonl
	ANOTHER=$ELSEWHERE/another
	is_root || return 0
	mkdir -p "$LOGS"
	touch "$RECORD" "$ANOTHER" "$KEYS"
	chown "root:$ACCOUNT" "$RECORD"
	chmod 0660 "$RECORD"
	chown nobody: "$ANOTHER"
	chmod 0666 "$ANOTHER"
	[ "$ACCOUNT" = root ] || {
		RECORDS=$RECORD
		sed -i "s|^file .*|file = $LOGS/\${account}.jsonl|" \
		    "$POLICY/gatekeeper.ini"
	}
}

# Commands that change modes and times of each of them.
key_programs()
{
	{
		echo '[key]'
		for name in OWN KEYS RECORD ANOTHER SYSTEM; do
			eval "path=\$$name"
			cat <<-END
			[allow chmod-$name]
			command = chmod $name
			run     = /bin/chmod 0604 $path
			[allow touch-$name]
			command = touch $name
			run     = /bin/touch -c -d 2001-02-03T04:05:06 $path
			END
		done
	} | add_key ownership-run
}

state_of()
{
	stat -c '%a %U %Y' "$1"
}

# be32 NUMBER, string TEXT: as the sftp protocol writes them, for printf(1).
be32()
{
	printf '\\%03o' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) \
	    $(($1 >> 8 & 255)) $(($1 & 255))
}

# The VERSION reply is as long as it says; then a STATUS: length, type, id
# and code.
answer_code()
{
	first=$(od -An -tu1 -N4 "$WORK/out" |
	    awk 'NF == 4 { print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }')
	[ -n "$first" ] || return 0
	od -An -v -w1 -tu1 -j $((first + 8)) "$WORK/out" | tr '\n' ' ' |
	    awk 'NF >= 9 && $1 == 101 && $5 == 7 { print $9 }'
}

# sftp_times PATH: sftp(1) has no word for it, so the packets are made here:
# INIT, and SETSTAT with both times. The answer's code goes to CODE. The
# server drops what it has not answered when the client hangs up.
sftp_times()
{
	rm -f "$WORK/out" "$WORK/packets"
	mkfifo "$WORK/packets"
	{
		# shellcheck disable=SC2059 # the octal bytes are meant
		printf "$(be32 5)\001$(be32 3)$(be32 $((${#1} + 21)))\011$(
		    be32 7)$(be32 ${#1})%s$(be32 8)$(be32 5)$(be32 6)" "$1"
		for _ in $(seq 100); do
			[ -z "$(answer_code 2>/dev/null)" ] || break
			sleep 0.05
		done
	} >"$WORK/packets" &
	client ssh -T -s -F "$CLIENT" ownership-sftp sftp <"$WORK/packets"
	CODE=$(answer_code)
	[ -n "$CODE" ] || fail "no answer to SETSTAT"
}

# Documented: the mode and the times of any file that the account owns.
own()
{
	as_account chmod 600 "$OWN"
	batch ownership-sftp <<-END
	chmod 0604 $OWN
	END
	worked
	permitted
	sftp_times "$OWN"
	[ "$CODE" = 0 ] || fail "answer $CODE"
	[ "$(state_of "$OWN")" = "604 $ACCOUNT 6" ] ||
	    fail "not changed: $(state_of "$OWN")"
	as_account chmod 600 "$OWN"
	ask ownership-run chmod OWN
	worked
	ask ownership-run touch OWN
	worked
	[ "$(stat -c %a "$OWN")" = 604 ] || fail "not changed"
	[ "$(stat -c %Y "$OWN")" -gt 900000000 ] || fail "not changed"
	# What is in it stays out of reach.
	batch ownership-sftp <<-END
	get $OWN $WORK/got
	END
	failed
}

# others_file NAME: nothing of it changes, by either way.
others_file()
{
	[ "$ACCOUNT" != root ] || skip "everything is root's own"
	is_root || [ "$1" = SYSTEM ] || skip "only root can give files away"
	eval "path=\$$1"
	owner=$(stat -c %U "$path")
	[ "$owner" != "$ACCOUNT" ] || fail "its own"
	mode=$(stat -c %a "$path")
	before=$(stat -c '%a %U' "$path")
	for bits in 0600 "0$mode" 0666; do
		batch ownership-sftp <<-END
		chmod $bits $path
		END
		failed
		complained 'ermission denied'
	done
	sftp_times "$path"
	[ "$CODE" = 3 ] || fail "answer $CODE, not 3, permission denied"
	ask ownership-run chmod "$1"
	failed
	complained 'Operation not permitted'
	ask ownership-run touch "$1"
	failed
	complained 'Operation not permitted'
	[ "$before" = "$(stat -c '%a %U' "$path")" ] || fail "changed"
	[ "$(stat -c %Y "$path")" -gt 1000000000 ] || fail "another time"
}

# As prepared, it takes records and no other change.
still_records()
{
	[ "$ACCOUNT" != root ] || skip "everything is root's own"
	is_root || skip "only root can give files away"
	ask ownership-run chmod OWN
	worked
	recorded '.rule.name == "chmod-OWN"'
	[ "$(stat -c '%a %U' "$RECORDS")" = '660 root' ] || fail "changed"
	batch ownership-sftp <<-END
	rm $RECORDS
	END
	failed
	batch ownership-sftp <<-END
	put $CLIENT $RECORDS
	END
	failed
	[ -s "$RECORDS" ] || fail "the records are gone"
}
