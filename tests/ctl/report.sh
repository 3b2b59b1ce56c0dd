# shellcheck shell=sh
# tests/ctl/report.sh: gatekeeperctl report and follow. Read by tests/ctl/run.
# Records come from the forced command where they can, and are made up where
# their times or their damage matter.

# asked TIME KEY VERDICT ADDRESS COMMAND [REASON]: a record of a request, whose
# command is of JSON.
asked()
{
	printf '{"@timestamp":"%s","event":{"action":"request",' "$1"
	case $3 in
	refuse) printf '"outcome":"failure","reason":"%s"},' "${6:-no-rule}" ;;
	*) printf '"outcome":"success"},' ;;
	esac
	printf '"source":{"ip":"%s","port":7},"gatekeeper":{"session":"s",' "$4"
	printf '"key":"%s","verdict":"%s","command":"%s","request":' \
	    "$2" "$3" "$5"
	printf '"command"}}\n'
}

# done_as TIME KEY ACTION OUTCOME [MORE]: what comes of a session.
done_as()
{
	printf '{"@timestamp":"%s","event":{"action":"%s","outcome":"%s"},' \
	    "$1" "$3" "$4"
	printf '"gatekeeper":{"session":"s","key":"%s","verdict":"permit"%s}}\n' \
	    "$2" "${5-}"
}

# Two keys over a week; `a` does something new on the last day.
report_fill()
{
	R=$WORK/report
	rm -rf "$R"
	mkdir -p "$R"
	{
		asked 2026-11-01T10:00:00Z a permit 192.0.2.1 'dump one'
		done_as 2026-11-01T10:00:09Z a end success \
		    ',"bytes_in":1000,"bytes_out":24'
		asked 2026-11-02T10:00:00Z a permit 192.0.2.1 'dump two'
		done_as 2026-11-02T10:00:09Z a end failure
		asked 2026-11-02T11:00:00Z a refuse 192.0.2.9 'ls; id' \
		    shell-syntax
		asked 2026-11-02T11:00:01Z a refuse 192.0.2.9 'id'
		asked 2026-11-02T11:00:02Z a refuse 192.0.2.9 'id'
		asked 2026-11-03T10:00:00Z b observe 192.0.2.2 'look'
		done_as 2026-11-03T10:00:05Z b violation failure \
		    ',"violation":{"call":"ptrace","count":3}'
		done_as 2026-11-03T10:00:05Z b violation failure
		done_as 2026-11-03T10:00:06Z b on-success failure
		asked 2026-11-07T10:00:00Z a permit 192.0.2.3 'dump three'
		asked 2026-11-07T11:00:00Z a permit 192.0.2.1 'dump two'
		asked 2026-11-07T12:00:00Z a refuse 192.0.2.9 'id'
		asked 2026-11-07T13:00:00Z a refuse 192.0.2.9 'su'
	} >"$R/log"
}

# reported FILTER OPTION...: what the report of them says in JSON.
reported()
{
	filter=$1
	shift
	ctl report --json "$@" >"$WORK/out" || return 1
	cat "$WORK/out"
	jq -e "$filter" "$WORK/out"
}

report_counts()
{
	reported '.records == 15 and .sessions == 5 and .permitted == 4 and
	    .observed == 1 and .refused == 5 and .failed == 2 and
	    .violations == 4 and .bytes_in == 1000 and .bytes_out == 24 and
	    (.keys | map(.key)) == ["a", "b"] and
	    (.keys[0] | .sessions == 4 and .refused == 5 and .failed == 1 and
		.violations == 0 and .reasons == {"no-rule": 4,
		"shell-syntax": 1} and .first_use == "2026-11-01T10:00:00Z" and
		.last_use == "2026-11-07T11:00:00Z" and
		.last_refused == "2026-11-07T13:00:00Z" and
		(.addresses | map([.address, .requests, .refused])) ==
		[["192.0.2.9", 5, 5], ["192.0.2.1", 3, 0],
		["192.0.2.3", 1, 0]] and
		(.commands | map([.command, .requests])) == [["dump two", 2],
		["dump one", 1], ["dump three", 1]] and
		(.refused_commands | map([.command, .requests, .reason])) ==
		[["id", 3, "no-rule"], ["ls; id", 1, "shell-syntax"],
		["su", 1, "no-rule"]]) and
	    (.keys[1] | .observed == 1 and .failed == 1 and .violations == 4 and
		(has("bytes_in") | not))' "$R/log"
}

report_new()
{
	reported '.records == 4 and (.keys | length) == 1 and
	    (.keys[0].commands | map(select(.new) | .command)) ==
	    ["dump three"] and (.keys[0].commands | length) == 2 and
	    (.keys[0].refused_commands | map(select(.new) | .command)) ==
	    ["su"]' --since '2026-11-05' "$R/log" || return 1
	# In whatever order the files are read.
	tac "$R/log" >"$R/tac"
	reported '(.keys[0].commands | map(select(.new) | .command)) ==
	    ["dump three"]' --since 2026-11-05 "$R/tac" || return 1
	ctl report --since 2026-11-05 "$R/log" >"$WORK/out" || return 1
	grep -q 'new, ran  *1  dump three' "$WORK/out" &&
	    ! grep -q 'dump two' "$WORK/out" &&
	    grep -q 'new, refused  *1  no-rule  *su' "$WORK/out" &&
	    ! grep -q 'all commands are new' "$WORK/out" || return 1
	ctl report --since 2026-10-01 "$R/log" >"$WORK/out" &&
	    grep -q 'all commands are new' "$WORK/out"
}

report_period()
{
	TZ=UTC
	export TZ
	reported '.records == 4' --since 2026-11-07 "$R/log" &&
	    reported '.records == 2' --until 2026-11-01 "$R/log" &&
	    reported '.records == 7' --until '2026-11-02 12:00' "$R/log" &&
	    reported '.records == 2' --since '2026-11-07T11:30:00' "$R/log" &&
	    reported '.records == 0 and .keys == []' --until 1970-01-02 \
		"$R/log" || return 1
	asked "$(date -u -d '-30 minutes' +%FT%TZ)" c permit 192.0.2.1 x \
	    >"$R/recent"
	asked "$(date -u -d '-3 hours' +%FT%TZ)" c permit 192.0.2.1 y \
	    >>"$R/recent"
	reported '.records == 1' --since 1h "$R/recent" &&
	    reported '.records == 1' --until 60m "$R/recent" &&
	    reported '.records == 2' --since 1d "$R/recent" || return 1
	for bad in yesterday 7 d 7x -1d 2026-13-01 ''; do
		ctl report --since "$bad" "$R/log" >"$WORK/out" 2>"$WORK/err"
		[ $? -eq 64 ] || return 1
	done
	ctl report --since 2026-11-02 --until 2026-11-01 "$R/log"
	[ $? -eq 64 ]
}

report_select()
{
	reported '(.keys | map(.key)) == ["b"] and .records == 4' --key b \
	    "$R/log" &&
	    reported '(.keys | map(.key)) == ["a", "b"]' --key b --key a \
		"$R/log" &&
	    reported '(.keys | map(.key)) == ["a"] and
	    (.keys[0] | has("commands") | not)' --refused "$R/log" || return 1
	ctl report --refused "$R/log" >"$WORK/out" || return 1
	cat "$WORK/out"
	grep -q '^ *tried  *3  no-rule  *id$' "$WORK/out" &&
	    grep -q '^ *1  shell-syntax  *ls; id$' "$WORK/out" &&
	    ! grep -q dump "$WORK/out"
}

# One more of each kind of damage, among ten records.
report_damage()
{
	{
		head -n 5 "$R/log"
		printf '{"event":{"action":"request"'
		echo
		printf '%s%s\n' '{"@timestamp":"2026-' "$(head -n 1 "$R/log")"
		printf '{"a":"\377"}\n\033[2J\033]0;x\007\n\000\000\n'
		echo '{"event":{"action":"login"},"user":{"name":"a"}}'
		head -c 1100000 /dev/zero | tr '\0' 'x'
		echo
		head -n 10 "$R/log" | tail -n 5
		head -n 11 "$R/log" | tail -n 1 | head -c 100
	} >"$R/damaged"
	# shellcheck disable=SC2016 # of the shell that must not run
	asked 2026-11-01T10:00:00Z '$(touch pwned)' permit 192.0.2.1 \
	    '`touch pwned`; $(touch pwned)' >>"$R/damaged"
	(cd "$R" && reported '.lines.records == 10 and .lines.cut == 1 and
	    .lines.malformed == 2 and .lines.not_utf8 == 1 and
	    .lines.foreign == 3 and .lines.too_long == 1 and
	    .lines.read == 18' "$R/damaged") || return 1
	[ ! -e "$R/pwned" ] || return 1
	ctl report "$R/damaged" >"$WORK/out" || return 1
	tail -n 1 "$WORK/out"
	grep -q '^No records: 3 lines of other programs, 1 line cut short, 2 lines damaged, 1 line not UTF-8, 1 line of more than 1 MiB$' "$WORK/out"
}

# clean FILE: no byte of it steers a terminal.
clean()
{
	! LC_ALL=C grep -q "$(printf '[\001-\011\013-\037\177\302\342]')" "$1"
}

report_hostile()
{
	hostile='\u001b[31m\u009b\u202e\u0007\n\r'
	{
		asked 2026-11-01T10:00:00Z "$hostile" permit "$hostile" \
		    "$hostile"
		asked 2026-11-01T10:00:00Z "$hostile" refuse "$hostile" \
		    "$hostile" "$hostile"
		done_as 2026-11-01T10:00:00Z "$hostile" end failure \
		    ",\"ended_by\":\"$hostile\",\"transcript\":\"$hostile\""
		done_as 2026-11-01T10:00:00Z "$hostile" violation failure \
		    ",\"violation\":{\"call\":\"$hostile\"}"
	} >"$R/hostile"
	for arguments in '' --refused --json '--since 2026-01-01'; do
		# shellcheck disable=SC2086 # none, one or two words
		ctl report $arguments "$R/hostile" >"$WORK/out" || return 1
		cat "$WORK/out"
		grep -q 'x1b' "$WORK/out" && clean "$WORK/out" || return 1
	done
	ctl report "$R/$(printf '\033[31m')" >"$WORK/out" 2>"$WORK/err"
	[ $? -eq 2 ] && clean "$WORK/err" || return 1
	ctl follow - <"$R/hostile" >"$WORK/out" && clean "$WORK/out" &&
	    [ "$(wc -l <"$WORK/out")" -eq 4 ]
}

# Wherever a host keeps them: the same records in each form.
report_forms()
{
	text='refused session=s key=k rule=- addr=192.0.2.7 port=7 account=a reason=no-rule command="ls\n\xff"'
	json=$(asked 2026-11-20T22:11:03Z k refuse 192.0.2.7 'ls\n')
	{
		printf '%s\n' "2026-11-20T22:11:03.1+00:00 h gatekeeper[1]: $text"
		printf '%s\n' "Nov 20 22:11:03 h gatekeeper[1]: $text"
		printf '%s\n' "2026-11-20T22:11:03+00:00 h gatekeeper[1]: $json"
		printf '%s\n' "<86>1 2026-11-20T22:11:03Z h gatekeeper 1 - - $text"
		printf '%s\n' "Nov 20 22:11:03 h sshd[1]: gatekeeper[1]: $text"
		printf '%s\n' "Nov 20 22:11:03 h kernel: usb 1-1: new device"
	} >"$R/syslog"
	reported '.lines.records == 4 and .lines.foreign == 2 and
	    .keys[0].refused == 4 and
	    (.keys[0].refused_commands | map(.command)) ==
	    ["ls\\n\\xff", "ls\n"]' "$R/syslog" || return 1
	jq -cn --arg text "$text" '{MESSAGE: $text,
	    SYSLOG_IDENTIFIER: "gatekeeper",
	    __REALTIME_TIMESTAMP: "1795212663000000"},
	    {MESSAGE: null, SYSLOG_IDENTIFIER: "gatekeeper"},
	    {MESSAGE: $text, SYSLOG_IDENTIFIER: "sshd"}' >"$R/journal"
	reported '.lines.records == 1 and .lines.cut == 1 and
	    .lines.foreign == 1 and .last == "2026-11-20T22:11:03Z"' - \
	    <"$R/journal"
}

# The configured files, with what logrotate makes of them, of every account.
report_files()
{
	mkdir -p "$R/p/keys" "$R/p/log"
	# shellcheck disable=SC2016 # gatekeeper's own variable
	printf '[audit]\nsyslog = no\nfile = %s/p/log/${account}.json\n' "$R" \
	    >"$R/p/gatekeeper.ini"
	line=$(head -n 1 "$R/log")
	for file in a.json a.json.1 b.json 'c[d].json-20261101'; do
		echo "$line" >"$R/p/log/$file"
	done
	echo "$line" | gzip >"$R/p/log/a.json.2.gz"
	echo "$line" | xz >"$R/p/log/a.json.3.xz"
	echo "$line" | zstd -q >"$R/p/log/a.json.4.zst"
	echo "$line" | bzip2 >"$R/p/log/a.json.5.bz2"
	# None of these is a record file.
	echo "$line" >"$R/p/log/a.json.bak"
	echo "$line" >"$R/p/log/a.jsonl"
	"$BUILT/san/gatekeeperctl" -d "$R/p" report --json >"$WORK/out" ||
	    return 1
	jq -e '.records == 8' "$WORK/out" || return 1
	# Neither followed nor waited for, and the rest counts.
	ln -s /etc/passwd "$R/p/log/d.json"
	mkfifo "$R/p/log/e.json"
	echo "$line" | gzip | head -c 60 >"$R/p/log/f.json.2.gz"
	echo "$line" | xz | head -c 60 >"$R/p/log/g.json.2.xz"
	timeout 20 "$BUILT/san/gatekeeperctl" -d "$R/p" report --json \
	    >"$WORK/out" 2>"$WORK/err"
	[ $? -eq 2 ] && jq -e '.records == 8' "$WORK/out" &&
	    [ "$(wc -l <"$WORK/err")" -eq 4 ] || return 1
	# By way of standard input as well.
	reported '.records == 1' - <"$R/p/log/a.json.2.gz"
}

report_no_file()
{
	mkdir -p "$R/q"
	"$BUILT/san/gatekeeperctl" -d "$R/q" report >"$WORK/out" 2>"$WORK/err"
	[ $? -eq 2 ] && [ ! -s "$WORK/out" ] &&
	    grep -q 'journalctl -a -o json' "$WORK/err" || return 1
	ctl report "$R/none" >"$WORK/out" 2>"$WORK/err"
	[ $? -eq 2 ] && grep -q 'none: No such file' "$WORK/err" || return 1
	ctl report "$R" >"$WORK/out" 2>"$WORK/err"
	[ $? -eq 2 ] && grep -q 'Is a directory' "$WORK/err" || return 1
	ctl report - </dev/null | grep -q '^0 records, 0 keys, 0 sessions'
}

# What the forced command itself has written.
report_real()
{
	explain_fill
	rm -f "$RECORDS"
	request e "$WORK/bin/probe look $WORK/srv/a/probe"
	request e "$(printf 'x\033\377y')"
	request e 'ls; id'
	request off 'x'
	reported '.records == 4 and .sessions == 1 and .refused == 3 and
	    .keys[0].key == "e" and .keys[0].refused == 2 and
	    .keys[0].reasons == {"control-byte": 1, "shell-syntax": 1} and
	    .keys[0].addresses[0].address == "192.0.2.7"' || return 1
	ctl report --refused | grep -q 'x\\x1b\\xffy$'
}

# Every line of it fits, and the key and its numbers are there.
report_width()
{
	long=a-name-that-is-as-long-as-names-may-be-which-is-sixty-four-bytes
	asked 2026-11-01T10:00:00Z "$long" refuse 2001:db8::ffff:1 \
	    "$(printf '%0200d' 0)" >>"$R/log"
	for width in 60 80 132; do
		COLUMNS=$width ctl report --since 2026-11-01 "$R/log" \
		    >"$WORK/out" || return 1
		awk -v width="$width" 'length($0) > width { print }' \
		    "$WORK/out" >"$WORK/wide"
		cat "$WORK/wide"
		[ ! -s "$WORK/wide" ] && grep -q '^a  *4  *5' "$WORK/out" ||
		    return 1
	done
	# No terminal, no limit.
	env -u COLUMNS "$BUILT/san/gatekeeperctl" report "$R/log" --refused |
	    grep -q "^$long .*#*x" || return 1
	# A terminal that is said to be 60 wide.
	script -qec "stty cols 60; $BUILT/san/gatekeeperctl report $R/log" \
	    /dev/null | tr -d '\r' >"$WORK/out"
	awk 'length($0) > 60 { wide = 1 } END { exit wide || NR < 5 }' \
	    "$WORK/out"
}

# Progress is for a terminal, and leaves nothing on it.
report_progress()
{
	line=$(head -n 1 "$R/log")
	yes "$line" | head -n 60000 >"$R/many"
	ctl report "$R/many" 2>"$WORK/err" >"$WORK/out" || return 1
	[ ! -s "$WORK/err" ] || return 1
	script -qec "$BUILT/san/gatekeeperctl report $R/many >$WORK/out" \
	    /dev/null >"$WORK/terminal" </dev/null
	grep -q '%.* records' "$WORK/terminal" &&
	    grep -q '^60,000 records' "$WORK/out"
}

# many COUNT FORMAT...: that many records; FORMAT has the key and the command.
many()
{
	awk -v n="$1" -v key="$2" -v command="$3" 'BEGIN {
	    for (i = 0; i < n; i++)
		printf "{\"@timestamp\":\"2026-11-01T10:00:00Z\"," \
		    "\"event\":{\"action\":\"request\"," \
		    "\"outcome\":\"success\"},\"source\":{\"ip\":" \
		    "\"192.0.%d.%d\"},\"gatekeeper\":{\"session\":\"s\"," \
		    "\"key\":\"" key "\",\"verdict\":\"permit\"," \
		    "\"command\":\"" command "\"}}\n", \
		    i / 256 % 256, i % 256, i, i }'
}

# bounded FILTER OPTION...: in little memory; what a record adds would not
# fit. The usual program: the sanitizers reserve terabytes.
bounded()
{
	filter=$1
	shift
	prlimit --as=50331648 "$BUILT/gatekeeperctl" report --json "$@" - \
	    >"$WORK/out" || return 1
	jq -c 'del(.keys)' "$WORK/out"
	jq -e "$filter" "$WORK/out" >"$WORK/jq"
}

report_memory()
{
	many 200000 'k%.0s' 'c %d' | bounded '.records == 200000 and
	    (.keys[0] | .sessions == 200000 and
		(.commands | length) == 1024 and
		.commands_not_listed == 200000 - 1024 and
		(.addresses | length) == 256)' || return 1
	# Commands of 8 KiB, of which 256 bytes are kept.
	many 4000 'k%.0s' "%d $(printf '%08000d' 0)" |
	    bounded '.keys[0].commands[0] | (.command | length) == 256 and
		.command_bytes > 8000' || return 1
	many 200000 'k%d' 'c%.0s' | tail -n 70000 >"$R/keys"
	prlimit --as=400000000 "$BUILT/gatekeeperctl" report --json \
	    "$R/keys" >"$WORK/out" || return 1
	jq -e '.sessions == 70000 and (.keys | length) == 65536 and
	    .records_of_keys_not_listed == 70000 - 65536' "$WORK/out"
}

# --- follow -----------------------------------------------------------------

follow_lines()
{
	ctl follow - <"$R/log" >"$WORK/out" || return 1
	cat "$WORK/out"
	[ "$(wc -l <"$WORK/out")" -eq "$(wc -l <"$R/log")" ] &&
	    grep -q ' a permitted from 192.0.2.1: dump one$' "$WORK/out" &&
	    grep -q ' a refused shell-syntax from 192.0.2.9: ls; id$' \
		"$WORK/out" &&
	    grep -q ' a ended, 1000 in, 24 out$' "$WORK/out" &&
	    grep -q ' b violation ptrace, 3 times$' "$WORK/out" &&
	    grep -q ' b follow-failed$' "$WORK/out" || return 1
	ctl follow --key b - <"$R/log" >"$WORK/out" || return 1
	[ "$(wc -l <"$WORK/out")" -eq 4 ] || return 1
	COLUMNS=60 ctl follow - <"$R/log" >"$WORK/out" &&
	    awk 'length($0) > 60 { exit 1 }' "$WORK/out" || return 1
	escape=$(printf '\033')
	line="$BUILT/san/gatekeeperctl follow - <$R/log"
	env -u NO_COLOR script -qec "$line" /dev/null | grep -q "$escape" &&
	    ! grep -q "$escape" "$WORK/out"
}

# follows COUNT: so many lines have come, and no more.
follows()
{
	wait_for 10 follow_has "$1" && sleep 0.4 && follow_has "$1"
}

follow_has()
{
	[ "$(wc -l <"$R/followed")" -eq "$1" ]
}

# Over rotation, over copytruncate, and an account that comes later.
follow_rotation()
{
	line=$(head -n 1 "$R/log")
	F=$R/f
	mkdir -p "$F/log"
	# shellcheck disable=SC2016 # gatekeeper's own variable
	printf '[audit]\nsyslog = no\nfile = %s/log/${account}.json\n' "$F" \
	    >"$F/gatekeeper.ini"
	echo "$line" >"$F/log/a.json"
	daemon_start "$R/followed" "$(id -un)" "$BUILT/san/gatekeeperctl" \
	    -d "$F" follow
	sleep 0.6
	echo "$line" >>"$F/log/a.json"
	follows 1 || return 1
	exec 3>>"$F/log/a.json"
	mv "$F/log/a.json" "$F/log/a.json.1"
	echo "$line" >&3
	sleep 0.4
	echo "$line" >"$F/log/a.json"
	follows 3 || return 1
	# A session that lasts ends in the old file.
	echo "$line" >&3
	exec 3>&-
	follows 4 || return 1
	: >"$F/log/a.json"
	sleep 0.6
	printf '%s' "$line" | head -c 50 >>"$F/log/a.json"
	sleep 0.4
	printf '%s\n' "$line" | tail -c +51 >>"$F/log/a.json"
	follows 5 || return 1
	echo "$line" >"$F/log/b.json"
	follows 6 || return 1
	follow_idle
	idle=$?
	kill "$DAEMON"
	return $idle
}

# It must not spin: a second of waiting costs next to nothing.
follow_idle()
{
	before=$(awk '{ print $14 + $15 }' "/proc/$DAEMON/stat")
	sleep 1
	after=$(awk '{ print $14 + $15 }' "/proc/$DAEMON/stat")
	[ $((after - before)) -le 20 ]
}

report_tests()
{
	report_fill
	for test in counts new period select damage hostile forms files \
	    no_file width real progress memory; do
		try "report/$test" "report_$test"
	done
	report_fill
	for test in lines rotation; do
		try "follow/$test" "follow_$test"
	done
}
