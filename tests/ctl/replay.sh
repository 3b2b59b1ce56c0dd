# shellcheck shell=sh
# replay: on a terminal, in time, and interrupted. What it makes of the bytes
# is in tests/unit/replay.c. Read with `.` by tests/ctl/run.

# cast NAME EVENTS: a transcript of a terminal, of 80 columns and 24 lines.
cast()
{
	printf '{"version":2,"width":80,"height":24}\n%s\n' "$2" \
	    >"$WORK/$1.cast"
}

# on_terminal COLUMNS LINES ARG...: replay on a terminal of that size; what it
# shows there is in $WORK/out.
on_terminal()
{
	columns=$1 lines=$2
	shift 2
	script -qec "stty cols $columns rows $lines; exec \
	    '$BUILT/san/gatekeeperctl' -d '$WORK/p' replay $*" \
	    "$WORK/typescript" </dev/null >"$WORK/out" 2>&1
}

shows()
{
	grep -qF -- "$1" "$WORK/out" || {
		echo "missing: $1"
		cat -v "$WORK/out"
		return 1
	}
}

shows_not()
{
	! shows "$1" >/dev/null || {
		echo "not to be there: $1"
		cat -v "$WORK/out"
		return 1
	}
}

# What could act on the terminal is left out and counted, with --stream too.
replay_terminal()
{
	cast t '[0,"o","\u001b[1mA\u001b]0;title\u0007\u001b[6nB"]'
	on_terminal 80 24 "$WORK/t.cast" && shows "$(printf '\033[1mAB')" &&
	    shows 'left out: 2 control sequences' && shows_not title &&
	    shows_not 'of a terminal of' || return 1
	on_terminal 79 24 --stream out "$WORK/t.cast" &&
	    shows "$(printf '\033[1mAB')" && shows_not title &&
	    shows 'of a terminal of 80 columns and 24 lines; yours has 79' ||
	    return 1
	on_terminal 80 24 --raw "$WORK/t.cast" && shows title &&
	    shows "$(printf '\033[?1000;')"
}

# Of a binary stream a terminal gets no byte as it is.
replay_binary()
{
	printf '{"version":"gatekeeper-streams-1"}\no\001\004\033[6n' \
	    >"$WORK/b.streams"
	on_terminal 80 24 --stream out "$WORK/b.streams" &&
	    shows '\x1b[6n' && shows_not "$(printf '\033[6n')"
}

# took ARG...: how many tenths of a second it plays.
took()
{
	from=$(date +%s%N)
	ctl replay "$@" >"$WORK/out" || return 1
	echo $((($(date +%s%N) - from) / 100000000))
}

replay_time()
{
	cast t '[0,"o","a"]
[0.6,"o","b"]
[1.2,"o","c"]'
	[ "$(took --speed 1 "$WORK/t.cast")" -ge 12 ] || return 1
	shows abc || return 1
	[ "$(took --speed 3 "$WORK/t.cast")" -ge 4 ] || return 1
	cast t '[0,"o","a"]
[300,"o","b"]'
	[ "$(took "$WORK/t.cast")" -lt 100 ] &&
	    [ "$(took --speed 1 --max-idle 0.1 "$WORK/t.cast")" -lt 100 ] &&
	    [ "$(took --speed 10000 "$WORK/t.cast")" -lt 100 ]
}

# Interrupted, it leaves the terminal as it should be.
replay_interrupt()
{
	cast t '[0,"o","\u001b[?1049hseen"]
[300,"o","unseen"]'
	"$BUILT/san/gatekeeperctl" replay --speed 1 "$WORK/t.cast" \
	    >"$WORK/out" 2>&1 &
	replaying=$!
	tries=200
	while ! shows seen >/dev/null && [ "$tries" -gt 0 ]; do
		tries=$((tries - 1))
		sleep 0.05
	done
	kill -INT "$replaying"
	wait "$replaying" && shows "$(printf 'seen\033[?1049l')" &&
	    shows_not unseen
}

replay_tests()
{
	for test in terminal binary time interrupt; do
		try "replay/$test" "replay_$test"
	done
}
