# shellcheck shell=sh disable=SC2016 # what clients send
# tests/ctl/learn.sh: gatekeeperctl learn, in a policy folder of its own. Read
# by tests/ctl/run. The real forced command records what was asked for; what
# the rules then permit is reached by the verdict tables' own program.

L=              # the work folder: what ROOT stands for in the tables

learn_fill()
{
	L=$WORK/learn
	mkdir -p "$L/policy/keys" "$L/policy/log" "$L/policy/state" \
	    "$L/srv/up/my dir" "$L/srv/b/sub" "$L/srv/bc" "$L/srv/down" \
	    "$L/srv/logs/web" "$L/srv/logs/db" "$L/bin"
	for file in f1 a.txt b.txt; do
		echo "$file" >"$L/srv/down/$file"
	done
	ln -s f1 "$L/srv/down/link-in"
	for file in web/1 web/2 db/1 db/2; do
		echo "$file" >"$L/srv/logs/$file"
	done
	mkdir -p "$L/srv/git/plain.git/objects" "$L/srv/git/plain.git/refs"
	echo 'ref: refs/heads/main' >"$L/srv/git/plain.git/HEAD"
	cp /bin/true "$L/bin/true"
	for program in ld-linux-x86-64.so.2 tclsh8.6 gpg; do
		cp /bin/true "$L/bin/$program"
	done
	# What these offer would depend on their versions.
	for program in rsync git borg rdistd; do
		cp /bin/true "$L/bin/$program"
	done
	{
		printf '[audit]\nsyslog = no\n'
		printf 'file = %s/policy/log/${account}.jsonl\n' "$L"
		printf '[programs]\n'
		for program in rsync git borg rdistd; do
			printf '%s = %s/bin/%s\n' "$program" "$L" "$program"
		done
	} >"$L/policy/gatekeeper.ini"
	printf '[key]\nobserve-until = %s\n' "$(date -d '30 days' +%F)" \
	    >"$L/policy/keys/week.ini"
	printf '[key]\n' >"$L/policy/keys/shut.ini"
	LEARN_LOG=$L/policy/log/$(id -un).jsonl
}

# learn_ask KEY: each line of standard input is a request, ROOT being the
# folder, and a \n a newline.
learn_ask()
{
	sed "s|ROOT|$L|g" >"$L/requests"
	while IFS= read -r command; do
		SSH_ORIGINAL_COMMAND=$command \
		    SSH_CONNECTION='192.0.2.7 40122 192.0.2.1 22' \
		    "$WORK/gatekeeper" -d "$L/policy" "$1" \
		    </dev/null >/dev/null 2>&1
	done <"$L/requests"
}

learn_ctl()
{
	"$BUILT/san/gatekeeperctl" -d "$L/policy" "$@"
}

# The lines of a rule in the output.
learn_rule()
{
	sed -n "/^$1\$/,/^\$/p" "$L/out" | sed 1d
}

# --- a week -----------------------------------------------------------------

# What clients send, as tests/cases/clients.tsv has it, with whole paths.
week_clients()
{
	awk -F '\t' '$1 !~ /^#/ && $3 == "permit" && $2 !~ /\\/ &&
	    ($2 ~ /ROOT/ || $2 ~ /sftp/ || $2 ~ /^rdist/) &&
	    $2 !~ /srv\/b/ { print $2 }' "$ROOT/tests/cases/clients.tsv"
	cat <<-'END'
	scp -t ROOT/srv/up/my\ dir/
	rsync --server -logDtpre.iLsfxCIvu . ROOT/srv/up/
	rsync --server -vlogDtprze.iLsfxCIvu . ROOT/srv/up/
	rsync --server -lHogDtpAXre.iLsfxCIvu --delete --numeric-ids . ROOT/srv/up/
	rsync --server -logDtpre.iLsfxCIvu --log-format=X --partial . ROOT/srv/up/
	rsync --server -logDtpr . ROOT/srv/up/my\ dir/
	rsync --server --sender -logDtpre.iLsfxCIvu . ROOT/srv/down/f1
	rsync --server --sender -Lre.iLsfxCIvu . ROOT/srv/down/
	git-upload-pack 'ROOT/srv/git/plain.git'
	git-receive-pack 'ROOT/srv/git/plain'
	borg serve --umask=077 --info
	END
}

# And what scripts of a host send, day by day.
week_scripts()
{
	for day in 1 2 3 4 5 6 7; do
		printf 'true push zone%s.example.net --serial=202611200%s\n' \
		    $day $day
		printf 'ROOT/bin/true rotate --day 2026-11-2%s\n' $day
		printf 'true host%s.example.org job-%s\n' $day $day
		printf 'df -h\n'
		[ $day -eq 3 ] || printf 'ROOT/bin/true -q check\n'
		printf 'ROOT/bin/true check\n'
	done
	for file in web/1 web/2 db/1 db/2; do
		printf 'ROOT/bin/true sum ROOT/srv/logs/%s\n' $file
	done
	# Neither stop with web2, nor start with web1.
	printf 'true stop web1\ntrue start web2\n'
	printf '%s\n' "true 'two words'" 'true \x2d' "true '\\x2d'"
	printf 'true "caf\303\251"\n'
}

# What no rule is to come of.
week_others()
{
	cat <<-'END'
	echo a | wc
	df *
	tar cf - ROOT/srv/logs
	/bin/sh -c 'id'
	/lib64/ld-linux-x86-64.so.2 /bin/sh
	ld.so /bin/sh
	choom -n 1 sh
	dbus-run-session sh
	fakeroot sh
	ROOT/bin/ld-linux-x86-64.so.2 x
	ROOT/bin/tclsh8.6 x
	newgrp x
	ROOT/bin/gpg x
	ld x
	as x
	scp -t .
	scp -t ~/z
	scp -t /etc/
	scp -S /tmp/evil x y:
	rsync -e 'touch /tmp/p' x:x .
	bin/true x
	no-such-program-here 1
	true "it's"
	true $x
	END
}

week_observe()
{
	: >"$LEARN_LOG"
	week_clients >"$L/permitted"
	week_scripts >>"$L/permitted"
	{
		cat "$L/permitted"
		week_others
	} | learn_ask week
	learn_ctl learn week >"$L/out" || return 1
	grep -v '^#' "$L/out" >"$L/learned.ini"
}

# In-band names were not in the records: they are filled in as the comment
# says.
week_install()
{
	cat "$L/learned.ini"
	sed -n '/^#\[allow borg\]/,/^$/s/^#//p; /^#\[allow rdist\]/,/^$/s/^#//p' \
	    "$L/out" | sed "s|/srv/DIRECTORY|$L/srv/up|"
}

week_table()
{
	tab=$(printf '\t')
	sed 's/\\/\\\\/g' "$L/permitted" | sed "s/.*/week$tab&${tab}permit$tab/"
}

# Rows that name a week's own traffic: sftp, and pushes into its directory.
week_own()
{
	grep -vxF -e 'internal-sftp' -e '/usr/lib/openssh/sftp-server' \
	    -e 'rsync --server -logDtpre.iLsfxCIvu . ROOT/srv/up'
}

bypass_table()
{
	tab=$(printf '\t')
	awk -F '\t' '$1 !~ /^#/ && $3 == "refuse" && $2 != "" { print $2 }' \
	    "$ROOT/tests/cases/bypasses.tsv" | week_own |
	    sed "s/.*/week$tab&${tab}refuse$tab/"
	# Known from the same sources, for protocols that these rows lack.
	cat <<-END
	week${tab}rsync -ve id x:x .${tab}refuse${tab}
	week${tab}rsync --rsh=id x:x .${tab}refuse${tab}
	week${tab}rsync --server --daemon .${tab}refuse${tab}
	week${tab}rsync --server -e.Lsf -- --rsh=id . ROOT/srv/up${tab}refuse${tab}
	week${tab}rsync --server --sender --log-file=/root/x . /${tab}refuse${tab}
	week${tab}rsync --server -slogDtpre.iLsfxCIvu${tab}refuse${tab}
	week${tab}rsync --server --sender -e.Ls --files-from=/etc/shadow . ROOT/srv/down/${tab}refuse${tab}
	week${tab}rsync --server -e.Ls --link-dest=/etc . ROOT/srv/up/${tab}refuse${tab}
	week${tab}rsync --server -e.Ls --temp-dir=/tmp . ROOT/srv/up/${tab}refuse${tab}
	week${tab}rsync --server -e.Ls . ROOT/srv/down/${tab}refuse${tab}
	week${tab}rsync --server --sender -e.Ls . /etc/shadow${tab}refuse${tab}
	week${tab}git-upload-pack '--help'${tab}refuse${tab}
	week${tab}git-upload-pack 'ROOT/srv/git/other.git'${tab}refuse${tab}
	week${tab}git-upload-pack 'ROOT/srv/git'${tab}refuse${tab}
	week${tab}hg -R --debugger serve --stdio${tab}refuse${tab}
	week${tab}tar cf - ROOT/srv/logs${tab}refuse${tab}
	week${tab}tar --checkpoint-a=exec=id --checkpoint=1 -cf /dev/null .${tab}refuse${tab}
	week${tab}sort --compress-program=/tmp/x${tab}refuse${tab}
	week${tab}/lib64/ld-linux-x86-64.so.2 /bin/sh${tab}refuse${tab}
	week${tab}() { :;}; touch /tmp/p${tab}refuse${tab}
	week${tab}/bin/sh -c 'id'${tab}refuse${tab}
	week${tab}scp -t /etc/${tab}refuse${tab}
	week${tab}scp -t .${tab}refuse${tab}
	week${tab}borg serve --restrict-to-path=/${tab}refuse${tab}
	week${tab}-${tab}refuse${tab}no-shell
	END
}

# What is near the week's commands, and was not seen.
near_table()
{
	tab=$(printf '\t')
	while IFS= read -r command; do
		printf 'week\t%s\trefuse\t\n' "$command"
	done <<-'END'
	true
	true push zone1.example.net
	true push zone1.example.net --serial=2026112008
	true push zone1.example.net --serial=02026112001
	true push zone1.example.net --serial=
	true push -zone1.example.net --serial=2026112001
	true push 192.0.2.1 --serial=2026112001
	true push zone1.example.net --cereal=2026112001
	true pull zone1.example.net --serial=2026112001
	true push zone1.example.net x --serial=2026112001
	/usr/bin/true push zone1.example.net --serial=2026112001
	ROOT/bin/true rotate --day 2026-02-30
	ROOT/bin/true rotate --day 2026-11-21 x
	ROOT/bin/true rotate --night 2026-11-21
	ROOT/bin/true sum /etc/passwd
	ROOT/bin/true sum ROOT/srv/logs/../f
	ROOT/bin/true sum ROOT/srv/down/f1
	true host1.example.org job-8
	true host1.example.org work-1
	true stop web2
	true start web1
	true restart web1
	ROOT/bin/true -q -q check
	ROOT/bin/true -v check
	ROOT/bin/true check -q
	ROOT/bin/true check check
	true -
	true '-'
	true x2
	df
	df -a
	END
}

learn_week()
{
	week_observe || return 1
	week_install >"$L/policy/keys/week.ini"
	{
		week_table
		bypass_table
		near_table
	} >"$L/table.tsv"
	rows=$(grep -c . "$L/table.tsv")
	"$BUILT/cases" "$L" "$L/table.tsv" >"$L/verdicts"
	cat "$L/verdicts"
	grep -q '^# .*gatekeeperctl trace week -- COMMAND' "$L/out" &&
	    [ "$rows" -gt 150 ] &&
	    grep -qx "cases: $rows passed, 0 failed, 0 skipped" "$L/verdicts"
}

# The rules as they stand: types, directories, options, groups.
learn_text()
{
	expect "allow true-push" \
	    'command = true push {host} --serial={serial}' \
	    'run = /usr/bin/true push {host} --serial={serial}' \
	    'arg.host = hostname' \
	    'arg.serial = integer 2026112001..2026112007' &&
	expect "allow true-rotate" \
	    "command = $L/bin/true rotate --day {day}" \
	    'arg.day = date' &&
	expect "allow true-sum" \
	    "command = $L/bin/true sum {path}" \
	    "arg.path = path $L/srv/logs" "read = $L/srv/logs" &&
	expect "allow scp" 'protocol = scp' "read = $L/srv/down" \
	    "write = $L/srv/up" &&
	expect "allow rsync-push" 'protocol = rsync' "read = $L/srv/up" \
	    "write = $L/srv/up" 'delete = yes' &&
	expect "allow rsync-pull" 'protocol = rsync' "read = $L/srv/down" \
	    'options = +L' &&
	expect "allow git" 'protocol = git' "read = $L/srv/git/plain.git" \
	    "write = $L/srv/git/plain.git" &&
	grep -qxF 'arg.number = integer 1..7' "$L/out" &&
	grep -qxF 'command = true {host} job-{number}' "$L/out" &&
	grep -qxF "command = $L/bin/true [-q] check" "$L/out" &&
	grep -qxF 'command = true stop web1' "$L/out" &&
	grep -qxF 'command = true start web2' "$L/out" &&
	grep -qxF 'command = df -h' "$L/out"
}

# expect SECTION LINE...: these lines, and no other.
expect()
{
	section=$1
	shift
	printf '%s\n' "$@" >"$L/wanted"
	learn_rule "\\[$section\\]" | grep . >"$L/have"
	diff "$L/wanted" "$L/have"
}

# What is not for a machine to permit.
learn_comments()
{
	! grep -E '^command = ([^ ]*/)?(ld|choom|dbus|fakeroot|tclsh|newgrp|gpg|as)\>' \
	    "$L/out" || return 1
	for line in '#[allow tar-cf]' '#[allow sh]' '#[allow borg]' \
	    '#[allow ld.so]' '#[allow choom]' '#[allow newgrp-x]' \
	    '#[allow tclsh8.6-x]' '#[allow ld-linux-x86-64.so.2-x]' \
	    '#[allow rdist]' '#[allow no-such-program-here]' \
	    '#read = /srv/DIRECTORY' '#   1 observed, 0 refused: "df *"' \
	    '#   1 observed, 0 refused: "echo a | wc"' \
	    '#   1 observed, 0 refused: "scp -t ."' \
	    '#   1 observed, 0 refused: "scp -t /etc/"' \
	    '#   1 observed, 0 refused: "bin/true x"' \
	    '#   1 observed, 0 refused: "true \"it'\''s\""' \
	    '#   1 observed, 0 refused: "rsync -e '\''touch /tmp/p'\'' x:x ."'
	do
		grep -qxF -e "$line" "$L/out" || {
			echo "missing: $line"
			return 1
		}
	done
	# Every line is one that the parser takes, uncommented or not.
	awk 'length($0) > 198 { exit 1 }' "$L/out" &&
	    cp "$L/out" "$L/policy/keys/pasted.ini" &&
	    learn_ctl list pasted >/dev/null
}

# What the policy permits by now is no more proposed.
learn_again()
{
	learn_ctl learn week >"$L/again" || return 1
	grep -q '^# The policy permits [0-9]* more sessions already\.$' \
	    "$L/again" && ! grep -q '^\[allow' "$L/again"
}

# --- what was refused --------------------------------------------------------

learn_refused()
{
	: >"$LEARN_LOG"
	printf '%s\n' uptime uptime uptime 'scp -t ROOT/srv/up/' 'uptime;id' |
	    learn_ask shut
	learn_ctl learn shut >"$L/out" || return 1
	! grep -q '^[^#]' "$L/out" &&
	    grep -qxF '#[allow uptime]' "$L/out" &&
	    grep -qxF '#[allow scp]' "$L/out" &&
	    grep -qxF '#   0 observed, 1 refused: "uptime;id"' "$L/out" &&
	    [ "$(grep -c '^# Commented out: it was refused\.$' "$L/out")" -eq 2 ] &&
	    grep -qxF '# 0 sessions observed, 3 refused; 1 different request.' \
	    "$L/out"
}

# A rule for what was observed says how much of the same was refused later.
learn_both()
{
	# A key of its own: after five refusals, more are held back.
	: >"$LEARN_LOG"
	printf '[key]\nobserve-until = %s\n' "$(date -d '30 days' +%F)" \
	    >"$L/policy/keys/both.ini"
	echo 'true 1' | learn_ask both
	echo 'true 2' | learn_ask both
	printf '[key]\n' >"$L/policy/keys/both.ini"
	printf '%s\n' 'true 2' 'true 1' 'true 3' | learn_ask both
	printf '[key]\nenabled = no\n' >"$L/policy/keys/both.ini"
	printf '%s\n' 'true 2' 'true 4' | learn_ask both
	learn_ctl learn both >"$L/out" || return 1
	grep -qxF '# And 2 sessions that were refused.' "$L/out" &&
	    grep -qxF 'arg.number = integer 1..2' "$L/out" &&
	    grep -qxF '#command = true 3' "$L/out" &&
	    ! grep -q 'true 4' "$L/out" &&
	    grep -qxF '# Refused by [key] or the host, whatever was asked: 2 sessions (disabled).' \
	    "$L/out"
}

# A policy that serves sftp already cannot take another rule that does.
learn_clash()
{
	: >"$LEARN_LOG"
	printf '[key]\nobserve-until = %s\n[allow scp]\nprotocol = sftp\nread = %s\n' \
	    "$(date -d '30 days' +%F)" "$L/srv/logs" >"$L/policy/keys/clash.ini"
	printf 'scp -t ROOT/srv/up/\ninternal-sftp\n' | learn_ask clash
	learn_ctl learn clash >"$L/out" || return 1
	grep -qxF '[allow scp-2]' "$L/out" &&
	    grep -q '^# The policy does not load with these rules' "$L/out" &&
	    grep -v '^#' "$L/out" >>"$L/policy/keys/clash.ini" &&
	    ! learn_ctl list clash 2>/dev/null
}

# Of many directories, the one that holds them, and that is said.
learn_many()
{
	: >"$LEARN_LOG"
	printf '[key]\nobserve-until = %s\n' "$(date -d '30 days' +%F)" \
	    >"$L/policy/keys/many.ini"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do
		mkdir -p "$L/srv/many/$i"
		[ "$i" -gt "$1" ] || echo "scp -t ROOT/srv/many/$i/"
	done | learn_ask many
	learn_ctl learn many >"$L/out"
}

learn_directories()
{
	learn_many 16 && ! grep -qx "write = $L/srv/many" "$L/out" &&
	    ! grep -q 'holds them all' "$L/out" &&
	    [ "$(sed -n '/^write/,/^$/p' "$L/out" | grep -o srv/many/ |
	    wc -l)" -eq 16 ] &&
	    learn_many 17 && grep -qx "write = $L/srv/many" "$L/out" &&
	    grep -q 'holds them all' "$L/out"
}

# --- records ----------------------------------------------------------------

# record VERDICT JSON-COMMAND
record()
{
	printf '{"@timestamp":"%sT08:00:00.000000Z",%s"category":["process"],' \
	    "${DAY:-2026-11-20}" '"event":{"kind":"event",'
	printf '"action":"request","type":["start"],"outcome":"success"},'
	printf '"user":{"name":"%s"},"gatekeeper":{"session":"x","key":"j",' \
	    "$(id -un)"
	printf '"verdict":"%s","request":"command",%s}}\n' "$1" "$2"
}

# text COMMAND: as rsyslog writes what gatekeeper sent it.
text()
{
	printf '2026-11-20T08:00:00Z h gatekeeper[1]: observed session=x '
	printf 'key=j rule=- addr=192.0.2.7 port=1 account=%s ' "$(id -un)"
	printf 'reason=no-rule command="%s"\n' "$1"
}

learned_from()
{
	rm -f "$L/policy/keys/j.ini"
	learn_ctl learn --since 2026-11-01 j - >"$L/out" &&
	    grep -v '^#' "$L/out" >"$L/policy/keys/j.ini"
}

answers()
{
	learn_ctl explain j "$2" >"$L/answer"
	case $? in
	0) [ "$1" = permit ] ;;
	1) [ "$1" = refuse ] ;;
	*) return 1 ;;
	esac
}

# A \x2d in a record is these four bytes, which a shell reads as x2d; it never
# becomes the `-` that an escaped record could have meant.
learn_bytes()
{
	{
		record observe '"command":"true a\\x2db \\\\x2d"'
		text 'true c\\x2dd'
		text 'true \"e  f\"'
		record observe '"command_base64":"dHJ1ZSBn/w=="'
		record observe '"command":"true \u00e9"'
	} | learned_from || return 1
	answers permit 'true a\x2db \\x2d' && answers refuse 'true a-b -' &&
	    answers permit 'true ax2db \\x2d' &&
	    answers permit 'true c\x2dd' && answers refuse 'true c-d' &&
	    answers permit 'true "e  f"' && answers refuse 'true "e f"' &&
	    answers refuse "$(printf 'true g\377')" &&
	    answers permit "$(printf 'true \303\251')" &&
	    grep -qF '"true g\xff"' "$L/out"
}

# Nothing of a hostile record leaves its comment, or its line.
learn_hostile()
{
	{
		record observe '"command":"a\u001b]0;p\u0007\u000a[allow x]\u000acommand = /bin/sh"'
		record observe '"command":"\u000a[allow x]"'
		for unseen in 202e 2066 200b 00ad feff 3164 034f; do
			record observe "\"command\":\"true \\u${unseen}z\""
		done
		record refuse '"command":"true y]\u000a"'
		record observe "\"command\":\"$(printf '%3000d' 0) x\""
		record observe "\"command\":\"true $(printf '%0300d' 0)\""
		printf '{"@timestamp":"2026-11-20T08:00:00Z","gatekeeper":{"key":"j","verdict":"observe"'
		printf '\n\000\377 no record\n'
	} | learned_from || return 1
	! grep -q '[[:cntrl:]]' "$L/out" &&
	    ! grep -q "$(printf '\342\200\256')" "$L/out" &&
	    grep -q '^# - 7 sessions: .* a character that cannot be seen' \
	    "$L/out" &&
	    ! grep -q '^\[allow [xz]' "$L/out" && ! grep -q /bin/sh \
	    "$L/policy/keys/j.ini" &&
	    awk 'length($0) > 198 { exit 1 }' "$L/out" &&
	    learn_ctl list j >/dev/null
}

# One word that no rule can hold takes no other request with it, and has a
# reason of its own.
learn_outliers()
{
	{
		for word in "'{a}'" "'a ;b'" b "';'" "$(printf '%05000d' 0)"; do
			record observe "\"command\":\"echo $word\""
		done
		# These are too many for a list, and no type takes all.
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			record observe "\"command\":\"true x${i}q/\""
		done
		record observe "\"command\":\"true 'x y'\""
		record observe "\"command\":\"true 'x ;y'\""
	} | learned_from || return 1
	answers permit "echo '{a}'" && answers permit 'echo b' &&
	    answers refuse "echo 'a ;b'" && answers refuse 'echo c' &&
	    answers permit 'true x3q/' && answers permit 'true other/' &&
	    answers permit "true 'x y'" &&
	    answers refuse "true 'y x'" && answers refuse "true 'x ;y'" &&
	    grep -qxF "#   1 observed, 0 refused: \"echo 'a ;b'\"" "$L/out" &&
	    grep -q '^# - 2 sessions: a policy cannot hold' "$L/out" &&
	    grep -q '^# - 1 session: a policy cannot hold' "$L/out" &&
	    ! grep -qF "\"echo '{a}'\"" "$L/out"
}

# Options: what is too old or too rare.
learn_options()
{
	{
		DAY=2026-10-01 record observe '"command":"true old"'
		record observe '"command":"true new"'
		record observe '"command":"true twice 1"'
		record observe '"command":"true twice 2"'
		record observe '"command_bytes":100000,"command":"true cu"'
	} >"$L/records"
	learn_ctl learn --since 2026-11-01 --min 2 j "$L/records" >"$L/out" ||
		return 1
	grep -qxF 'command = true twice {number}' "$L/out" &&
	    ! grep -q -e 'true old' -e 'true new' -e 'true cu' "$L/out" &&
	    grep -q '^# 1 session of kinds that came less than --min' "$L/out" &&
	    grep -q '^# 1 session asked for more than the records keep' \
	    "$L/out" || return 1
	learn_ctl learn other "$L/records" >"$L/out" 2>"$L/err"
	[ $? -eq 1 ] && [ ! -s "$L/out" ] && grep -q 'no request was observed' \
	    "$L/err"
}

# An account that is not here decides nothing.
learn_account()
{
	record observe '"command":"true"' |
	    sed "s/\"name\":\"[^\"]*\"/\"name\":\"nobody-here\"/" >"$L/records"
	learn_ctl learn j "$L/records" >"$L/out" 2>"$L/err"
	[ $? -eq 2 ] && [ ! -s "$L/out" ] && grep -q -e --as "$L/err" || return 1
	learn_ctl learn --as "$(id -un)" j "$L/records" | grep -qx '\[allow true\]'
}

learn_tests()
{
	learn_fill
	for test in week text comments again refused both clash directories \
	    outliers bytes hostile options account; do
		try "learn/$test" "learn_$test"
	done
}
