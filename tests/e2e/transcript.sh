# shellcheck shell=sh disable=SC2153
# Sessions that are recorded, and played again: text, bytes, a terminal, and
# what comes of a full disk.

setup()
{
	policy_use transcript
	KEPT=$POLICY/transcripts
	ACT=$HERE/transcript-act
	SENT=$DATA/transcript
	${CC:-cc} -std=c11 -D_GNU_SOURCE -o "$ACT" "$ROOT/tests/e2e/watch.c"
	data_make "$KEPT" "$SENT"
	add_key kept <<-END
	[allow say]
	command = say
	run     = /bin/sh -c 'echo out; echo err >&2; cat'
	execute = /bin/cat
	record  = yes
	[allow terminal]
	command  = terminal
	run      = $ACT terminal
	terminal = yes
	record   = yes
	[allow cut]
	command    = cut
	run        = /usr/bin/seq 1 3000
	record     = yes
	record-max = 8K
	[allow required]
	command    = required
	run        = /usr/bin/yes
	record     = required
	record-max = 8K
	[allow swallow]
	command    = swallow
	run        = /bin/dd of=$SENT/got bs=64K status=none
	write      = $SENT
	record     = required
	record-max = 8K
	[allow store]
	protocol = scp
	write    = $SENT
	read     = $SENT
	record   = yes
	END
}

tests()
{
	cat <<-'END'
	transcript-text text
	transcript-bytes bytes
	transcript-scp scp_session
	transcript-terminal terminal
	transcript-cut cut_short
	transcript-required required
	transcript-full full
	transcript-no-folder no_folder
	END
}

ctl()
{
	"$(dirname "$(gatekeeper_built)")/gatekeeperctl" -d "$POLICY" "$@"
}

# The end of the last client says this of its transcript; SESSION is its.
kept()
{
	records_new
	tail -n 1 "$WORK/records" | jq -e --arg is "$1" \
	    '.event.action == "end" and .gatekeeper.transcript == $is' \
	    >/dev/null || fail "not $1: $(cat "$WORK/records")"
	SESSION=$(tail -n 1 "$WORK/records" | jq -r .gatekeeper.session)
}

# played STREAM FILE: byte for byte.
played()
{
	ctl replay --stream "$1" "$SESSION" >"$WORK/played"
	cmp "$WORK/played" "$2" || fail "$1 is not what went by"
}

# began_as STREAM FILE: the file is how it began.
began_as()
{
	ctl replay --stream "$1" "$SESSION" >"$WORK/played"
	head -c "$(wc -c <"$2")" "$WORK/played" | cmp - "$2" ||
	    fail "more of $1 went by than was kept"
}

# with_input FILE COMMAND...
with_input()
{
	input=$1
	shift
	"$@" <"$input"
}

say()
{
	# shellcheck disable=SC2086
	client with_input "$1" $PATIENCE ssh -T -F "$CLIENT" kept say
	worked
	kept kept
	played in "$1"
	{
		echo out
		cat "$1"
	} >"$WORK/expected"
	same "$WORK/expected" "$OUT"
	played out "$WORK/expected"
	echo err >"$WORK/expected"
	played err "$WORK/expected"
}

text()
{
	printf 'one\ntwo \303\251\n' >"$WORK/in"
	say "$WORK/in"
	file=$KEPT/$SESSION.cast
	[ "$(stat -c '%a %U' "$file")" = "600 $ACCOUNT" ] ||
	    fail "$(ls -l "$KEPT")"
	absent "$KEPT/$SESSION.streams"
	head -n 1 "$file" | jq -e '.version == 2' >/dev/null ||
	    fail "no header: $(cat "$file")"
	tail -n +2 "$file" | jq -e 'type == "array"' >/dev/null ||
	    fail "no events: $(cat "$file")"
}

bytes()
{
	head -c 300000 /dev/urandom >"$WORK/in"
	say "$WORK/in"
	[ -s "$KEPT/$SESSION.streams" ] || fail "$(ls "$KEPT")"
}

scp_session()
{
	head -c 200000 /dev/urandom >"$WORK/in"
	for form in -O -s; do
		copy $form "$WORK/in" kept:got
		worked
		kept kept
		same "$WORK/in" "$SENT/got"
		[ -s "$KEPT/$SESSION.streams" ] || fail "$(ls "$KEPT")"
		size=$(ctl replay --stream in "$SESSION" | wc -c)
		[ "$size" -gt 200000 ] || fail "$size bytes came in"
	done
	# Among what came in, at its place, is the file.
	copy -O "$WORK/in" kept:got
	kept kept
	ctl replay --stream in "$SESSION" | tail -n +2 | head -c 200000 \
	    >"$WORK/played"
	cmp "$WORK/in" "$WORK/played" || fail "other bytes"
}

terminal()
{
	is_root || skip "sshd hands out terminals as root only"
	sed -i '/ kept$/s/^restrict,/restrict,pty,/' \
	    "$HERE/ssh/authorized_keys2"
	# shellcheck disable=SC2086
	client $PATIENCE ssh -tt -F "$CLIENT" kept terminal
	worked
	printed '^1 1 1'
	kept kept
	file=$KEPT/$SESSION.cast
	head -n 1 "$file" | jq -e '.width >= 0 and .height >= 0' >/dev/null ||
	    fail "$(cat "$file")"
	played out "$OUT"
	script -qec "asciinema cat $file" /dev/null </dev/null >"$WORK/played"
	grep -q '^1 1 1' "$WORK/played" ||
	    fail "asciinema does not play it: $(cat "$WORK/played")"
}

cut_short()
{
	ask kept cut
	worked
	seq 1 3000 >"$WORK/expected"
	same "$WORK/expected" "$OUT"
	kept cut
	size=$(cat "$KEPT/$SESSION".* | wc -c)
	if [ "$size" -gt 8192 ] || [ "$size" -lt 1000 ]; then
		fail "$size bytes"
	fi
	ctl replay --stream out "$SESSION" >"$WORK/played"
	head -c "$(wc -c <"$WORK/played")" "$WORK/expected" |
	    cmp - "$WORK/played" || fail "not the beginning"
}

# What can no longer be kept does not go on.
required()
{
	ask kept required
	failed
	complained '^gatekeeper: ended: it can no longer be recorded'
	kept cut
	rm -f "$SENT/got" "$WORK/fifo"
	mkfifo "$WORK/fifo"
	# And nothing went by unseen.
	began_as out "$OUT"
	{
		printf 'first\n'
		for _ in $(seq 200); do
			! grep -q first "$SENT/got" 2>/dev/null || break
			sleep 0.1
		done
		head -c 9000 /dev/zero | tr '\0' A
		echo HIDDEN
	} >"$WORK/fifo" &
	ask kept swallow <"$WORK/fifo"
	failed
	kept cut
	grep -q "^first" "$SENT/got" || fail "not even the first line"
	! grep -q HIDDEN "$SENT/got" || fail "more went in than was kept"
	began_as in "$SENT/got"
	ask kept required
	tail -n 1 "$WORK/records" |
	    jq -e '.gatekeeper.ended_by == "transcript"' >/dev/null ||
	    fail "$(cat "$WORK/records")"
}

# On a disk of its own that is too small.
full()
{
	if ! is_root || [ -n "$ROOM_WHY" ]; then
		skip "only root mounts a small disk"
	fi
	mount -t tmpfs -o "size=64k,mode=0700,uid=$(id -u "$ACCOUNT")" \
	    tmpfs "$KEPT"
	head -c 300000 /dev/urandom >"$WORK/in"
	# shellcheck disable=SC2086
	client with_input "$WORK/in" $PATIENCE ssh -T -F "$CLIENT" kept say
	ls -l "$KEPT"
	umount "$KEPT"
	worked
	kept lost
	{
		echo out
		cat "$WORK/in"
	} >"$WORK/expected"
	same "$WORK/expected" "$OUT"
}

no_folder()
{
	mv "$KEPT" "$KEPT.away"
	echo >"$KEPT"
	ask kept say
	rm "$KEPT"
	mv "$KEPT.away" "$KEPT"
	said 70 "$SENTENCE"
	recorded '.event.reason == "audit" and
	    (.error.message | test("transcripts"))'
}
