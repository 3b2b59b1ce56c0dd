# shellcheck shell=sh
# trace: what a program needed, to the line; and that a rule with these lines
# permits it, while one without them does not. Read with `.` by tests/ctl/run.

trace_fill()
{
	T=$WORK/trace
	keys_clear
	mkdir -p "$T/in" "$T/out" "$T/bin" "$T/more"
	chmod 777 "$T/out"
	for name in in/1 in/2 in/3 'a name'; do
		echo x >"$T/$name"
	done
	ln -s in "$T/link"
	printf '#!/bin/sh\nexit 0\n' >"$T/bin/child"
	printf '#!/bin/sh\n(sleep 60) &\necho $!\n' >"$T/bin/leaves"
	cp "$BUILT/ctl-needs" "$T/bin/needs"
	chmod 755 "$T/bin/child" "$T/bin/leaves"
	"$T/bin/needs" serve "$T/socket" >"$T/port" &
	CHILDREN="$CHILDREN $!"
	while [ ! -s "$T/port" ]; do
		sleep 0.05
	done
	read -r PORT <"$T/port"
	trace_rules
}

trace_rules()
{
	trace_key work work "$T/bin/needs work $T $PORT"
	trace_key local local "$T/bin/needs local $T/socket"
	trace_key udp udp "$T/bin/needs udp x"
	trace_key wide wide '/bin/ls /etc'
	trace_key one one '/bin/cat /etc/debian_version'
	trace_key copy 'copy {a} [{b}]' '/bin/cat' 'arg.a = name' \
	    'arg.b = regex it.s|x.y'
	trace_key fails fails /bin/false
	trace_key who who '/usr/bin/id -u'
	trace_key leaves leaves "$T/bin/leaves"
	trace_key gone gone "$T/bin/gone"
	printf '[key]\n[allow files]\nprotocol = sftp\nread = %s\n' "$T/in" \
	    >"$WORK/p/keys/files.ini"
}

# trace_key NAME COMMAND RUN [LINE...]
trace_key()
{
	file=$WORK/p/keys/$1.ini
	printf '%s\n' '[key]' "[allow $1]" "command = $2" "run = $3" \
	    >"$file"
	shift 3
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$file"
}

# trace STATUS OPERAND...: the lines are in $WORK/lines.
trace()
{
	wanted=$1
	shift
	ctl trace --output "$WORK/lines" "$@" >"$WORK/out" 2>"$WORK/err" \
	    </dev/null
	got=$?
	cat "$WORK/lines" "$WORK/out" "$WORK/err"
	echo "status $got, not $wanted?"
	[ "$got" -eq "$wanted" ]
}

# trace_told LINE...: all of them are there.
trace_told()
{
	for line; do
		grep -qxF -- "$line" "$WORK/lines" || {
			echo "missing: $line"
			return 1
		}
	done
}

# trace_lines: those for the policy, without syscalls.
trace_lines()
{
	grep -v -e '^#' -e '^syscalls ' "$WORK/lines" | cut -d ' ' -f 1 |
	    tr '\n' ' '
}

trace_work()
{
	trace 1 work work &&
	    trace_told "read      = '$T/a name' $T/in" "write     = $T/out" \
		"execute   = $T/bin/child" "network   = connect $PORT" \
		'# The program ended with status 0.' \
		'# The rule as it is would have denied:' \
		'#   call connect' '#   call socket' "#   read $T/a name" \
		"#   read $T/in/1" "#   write $T/out" \
		"#   execute $T/bin/child" &&
	    [ "$(trace_lines)" = 'read write execute network ' ] &&
	    grep -q '^syscalls  = -@fs-meta .*-@xattr-write ' \
		"$WORK/lines" && ! grep -q ' +' "$WORK/lines" &&
	    [ ! -e "$T/out/kept" ]
}

# shellcheck disable=SC2153 # the suite's
# trace_real: by the forced command. The calls that it was denied.
trace_real()
{
	request "$@"
	grep -h '"violation"' "$RECORDS" | grep -F "$(jq -r \
	    .gatekeeper.session "$WORK/record")" |
	    jq -r .gatekeeper.violation.call
	jq -e -s 'map(select(.event.action == "end")) | last |
	    .process.exit_code == 0' "$RECORDS" >"$WORK/end"
}

# trace_turn KEY COMMAND [OPTION]: denied without the lines, and not with them.
trace_turn()
{
	echo 'watch = yes' >>"$WORK/p/keys/$1.ini"
	if [ -z "$(trace_real "$1" "$2")" ] || grep -q true "$WORK/end"; then
		echo "the rule does without"
		return 1
	fi
	# shellcheck disable=SC2086 # an option or none
	trace 1 ${3-} "$1" "$2" || return 1
	grep -v '^#' "$WORK/lines" >>"$WORK/p/keys/$1.ini"
	cat "$WORK/p/keys/$1.ini"
	if [ -n "$(trace_real "$1" "$2")" ] || ! grep -q true "$WORK/end"; then
		cat "$WORK/real.err" "$WORK/record"
		return 1
	fi
	trace 0 "$1" "$2" && trace_told '# The rule as it is would have denied nothing.'
}

trace_round()
{
	trace_turn work work
}

trace_round_exact()
{
	trace_rules
	trace_turn work work --exact && ! grep -q 'syscalls.*@' \
	    "$WORK/p/keys/work.ini"
}

trace_network()
{
	trace 1 local local && trace_told "network   = unix $T/socket" \
	    '# /nonexistent/socket: a socket that is not there: left out' &&
	    trace 1 udp udp && trace_told 'network   = any' \
	    '# network = any: UDP, or a look-up of names'
}

trace_wide()
{
	trace 1 wide wide && trace_told \
	    "# read /etc: left out: the host's; name the files that are needed" &&
	    ! grep '^read' "$WORK/lines" && trace 1 one one &&
	    trace_told 'read      = /etc/debian_version'
}

# Its streams are those of the traced program, and words are quoted.
trace_streams()
{
	printf 'a\0b' | ctl trace copy -- copy x "it's" >"$WORK/out" \
	    2>"$WORK/lines" && printf 'a\0b' | cmp - "$WORK/out" &&
	    trace_told '# The program ended with status 0.' &&
	    grep -qF 'WITHOUT a sandbox' "$WORK/lines" &&
	    trace 0 copy copy y 'x y' && trace 1 copy "copy y 'x y z'"
}

trace_refuses()
{
	records=$(wc -l <"$RECORDS")
	trace 1 work other && grep -q 'nothing was run' "$WORK/err" &&
	    trace 0 fails fails &&
	    trace_told '# The program ended with status 1.' &&
	    trace 1 gone gone && trace 1 nobody x &&
	    [ "$(wc -l <"$RECORDS")" -eq "$records" ]
}

trace_as()
{
	if is_root && [ -z "$ROOM_WHY" ]; then
		trace 0 --as "$GUEST" who who &&
		    [ "$(cat "$WORK/out")" = "$GUEST_ID" ] &&
		    grep -q "as $GUEST, WITHOUT" "$WORK/err"
	elif ! is_root; then
		trace 2 --as root who who && trace 0 who who &&
		    [ "$(cat "$WORK/out")" = "$(id -u)" ]
	fi
}

trace_sftp()
{
	trace 0 --sftp files && trace_told '# The program ended with status 0.'
}

# What it leaves behind is waited for, and ended.
trace_leaves()
{
	trace 1 leaves leaves || return 1
	trace_told '# it left processes running, which were waited for, and then ended' &&
	    ! kill -0 "$(cat "$WORK/out")"
}

trace_tests()
{
	trace_fill
	for test in work network wide streams refuses as sftp leaves round \
	    round_exact; do
		try "trace/$test" "trace_$test"
	done
}
