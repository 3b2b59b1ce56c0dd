# shellcheck shell=sh
# A sandbox that cannot be built: status 70, the missing piece by name in the
# record, and the program never starts. bad_sandbox.c makes the machine lack
# what each line says. And what was in force, where an older kernel will do.

setup()
{
	policy_use bad-sandbox
	INSIDE=$DATA/bad-sandbox
	MARK=$INSIDE/mark
	MANY=$INSIDE/many
	LACK=$HERE/bad_sandbox
	data_make "$INSIDE" "$MANY"
	(
		cd "$MANY" || exit
		# shellcheck disable=SC2046 # names
		mkdir $(seq 100)
		chown "$ACCOUNT:" ./*
	)
	ln -s "$MANY" "$INSIDE/link"
	ln -s "$MANY/1" "$MANY/theirs"
	# Root trusts its own links, as it trusts all that it owns.
	owner=$ACCOUNT
	[ "$owner" != root ] || owner=nobody
	chown -h "$owner:" "$INSIDE/link" "$MANY/theirs"
	${CC:-cc} -std=c11 -D_GNU_SOURCE -o "$LACK" \
	    "$ROOT/tests/e2e/bad_sandbox.c" -lseccomp
	key_lacking
}

# rule NAME, with its other keys on standard input.
rule()
{
	printf '[allow %s]\ncommand = %s\n' "$1" "$1"
	printf "run = /bin/sh -c 'echo ran; echo ran >%s'\n" "$MARK"
	cat
}

key_lacking()
{
	{
		echo '[key]'
		echo "write = $INSIDE" | rule once
		printf 'write = %s\nexecute = /bin/true\n' "$INSIDE" | rule many
		printf 'write = %s\nsyscalls = +@inotify\n' "$INSIDE" |
		    rule built
		echo "write = $INSIDE $INSIDE/missing" | rule missing
		echo "write = $INSIDE/link" | rule link
		echo "write = $INSIDE $MANY/theirs" | rule deep
		echo "write = $INSIDE" | rule paths
		echo 'read ='
		seq -f " $MANY/%.0f" 1 100
		printf 'write = %s\nnetwork = connect 9\n' "$INSIDE" |
		    rule connect
		printf 'write = %s\nnetwork = unix %s\n' "$INSIDE" "$INSIDE" |
		    rule unix
	} >"$POLICY/keys/lacking.ini"
}

tests()
{
	cat <<-'END'
	bad-sandbox-none nothing_lacks
	bad-sandbox-lacking lacking
	bad-sandbox-descriptors descriptors
	bad-sandbox-memory memory
	bad-sandbox-older older
	bad-sandbox-optional optional
	END
}

# What the machine lacks, the rule, the reason, and what the record says, as
# a regular expression.
lacks()
{
	cat <<-'END'
	landlock_create_ruleset=ENOSYS	once	no-sandbox	no Landlock: Linux 5.19
	landlock_create_ruleset=EOPNOTSUPP	once	no-sandbox	no Landlock: Linux 5.19
	landlock=1	many	no-sandbox	Landlock without the right to rename
	landlock=3	connect	no-sandbox	Linux 6.7
	landlock=8	unix	no-sandbox	Linux 7.1
	landlock_create_ruleset:2:0=ENOMEM	once	no-sandbox	Landlock ruleset: Cannot allocate memory
	landlock_create_ruleset:2:0=EMFILE	once	no-sandbox	Landlock ruleset: Too many open files
	landlock_add_rule=E2BIG	once	no-sandbox	Landlock rule for /
	landlock_add_rule=ENOMEM	once	no-sandbox	Landlock rule for /
	landlock_restrict_self=E2BIG	once	no-sandbox	Landlock: Argument list too long
	landlock_restrict_self=EOPNOTSUPP	many	no-sandbox	Landlock: Operation not supported
	seccomp=ENOSYS	once	no-sandbox	seccomp|system call filter|user notification
	seccomp=EINVAL	once	no-sandbox	seccomp|system call filter|user notification
	seccomp=ENOSYS	many	no-sandbox	seccomp|system call filter
	seccomp=EINVAL	many	no-sandbox	seccomp|system call filter
	seccomp:0:1=ENOMEM	many	memory	system call filter: load
	seccomp:0:1=EACCES	once	no-sandbox	system call filter: load
	seccomp:0:3=EINVAL	once	no-sandbox	execve|user notification
	watched=	once	no-sandbox	somebody else watches the calls
	clone=EAGAIN clone3=EAGAIN	once	no-sandbox	listener: thread
	memfd_create=EMFILE	built	no-sandbox	system call filter: program
	memfd_create=ENOMEM	built	memory	system call filter: program
	prctl:0:38=EINVAL	once	no-sandbox	no_new_privs
	prctl:0:65=EINVAL	once	no-sandbox	memory: Invalid argument
	close_range=ENOSYS	once	system	close_range
	nofile=64	paths	directory	Too many open files
	nofile=1024	missing	directory	/missing: No such file
	nofile=1024	link	directory	/link
	nofile=1024	deep	directory	/theirs
	END
}

# lacking_run RULE WORDS...: as sshd would, on a machine that lacks this.
lacking_run()
{
	asked=$1
	shift
	rm -f "$MARK"
	client as_account env -i SSH_ORIGINAL_COMMAND="$asked" \
	    SSH_CONNECTION='127.0.0.1 40122 127.0.0.1 22' \
	    timeout -k 1 20 "$LACK" "$@" -- "$WORK/gatekeeper" -d "$POLICY" \
	    lacking
	records_new
}

did_not_start()
{
	absent "$MARK"
	[ ! -s "$OUT" ] || fail "it ran"
	[ "$STATUS" -ne 0 ] || fail "status 0"
}

did_start()
{
	[ "$STATUS" -eq 0 ] || fail "status $STATUS: $(cat "$WORK/records")"
	[ "$(cat "$OUT" "$MARK")" = "ran
ran" ] || fail "it did not run"
}

# The last record tells why; nothing was lacking but what it names.
told()
{
	# shellcheck disable=SC2016 # jq's variables
	tail -n 1 "$WORK/records" | jq -e '.event.outcome == "failure"
	    and ($why == "-" or .event.reason == $why)
	    and (.error.message | test($words))' \
	    --arg why "$1" --arg words "$2" >/dev/null ||
	    fail "$1, '$2' is not told: $(cat "$WORK/records")"
}

# Each rule that may be tried works on a machine that lacks nothing.
nothing_lacks()
{
	for name in once many built paths; do
		lacking_run $name
		did_start
		lacking_run $name nofile=1024
		did_start
	done
	jq -e '.gatekeeper.sandbox | contains("landlock")' "$WORK/records"
}

lacking()
{
	lacks >"$WORK/lacks"
	while IFS='	' read -r words name why text; do
		# shellcheck disable=SC2086 # several words
		lacking_run "$name" $words
		did_not_start
		[ "$STATUS" -eq 70 ] || fail "status $STATUS, not 70:" \
		    "$(cat "$WORK/records")"
		told "$why" "$text"
	done <"$WORK/lacks"
}

# lacking_more LIMIT: it did not start, or it is on record; with too little to
# read even gatekeeper.ini, nobody knows where the record should go.
lacking_more()
{
	lacking_run once "$1"
	if [ "$STATUS" -eq 0 ]; then
		did_start
		ENOUGH=$1
		return
	fi
	did_not_start
	if [ -s "$WORK/records" ]; then
		[ "$STATUS" -eq 70 ] || fail "status $STATUS, not 70:" \
		    "$(cat "$WORK/records")"
		told - "$2"
		TOLD=$1
	fi
}

descriptors()
{
	ENOUGH=
	TOLD=
	# Where not even the refusals can be counted, each is held back.
	for n in 3 4 6 10 24; do
		lacking_more "nofile=$n" 'Too many open files'
	done
	[ -n "$ENOUGH" ] || fail "none was enough"
	[ -n "$TOLD" ] || fail "none was told of"
}

memory()
{
	ENOUGH=
	for n in $(seq 1500000 250000 5000000); do
		lacking_more "as=$n" ''
	done
	[ -n "$ENOUGH" ] || fail "none was enough"
}

# Landlock as old as that, and what the record says was in force. Exec-once
# has a listener of its own, beside which this one cannot be.
older()
{
	lacking_run many
	have=$(jq -r .gatekeeper.sandbox "$WORK/records")
	newest=${have%%,*}
	for abi in 2 3 4 5 6 7; do
		[ "$abi" -le "${newest#landlock}" ] || continue
		lacking_run many "landlock=$abi"
		did_start
		recorded ".gatekeeper.sandbox == \"landlock$abi,${have#*,}\""
	done
	lacking_run many landlock=2 prctl:0:66=EINVAL
	did_start
	recorded '.gatekeeper.sandbox == "landlock2,seccomp"'
	lacking_run once prctl:0:66=EINVAL
	did_start
	recorded '.gatekeeper.sandbox | endswith(",seccomp,exec-once")'
}

# Where the administrator accepts less, the record says so.
optional()
{
	printf '[sandbox]\nlandlock = optional\n' | settings_write
	for error in ENOSYS EOPNOTSUPP; do
		lacking_run once landlock_create_ruleset=$error
		did_start
		recorded '.gatekeeper.sandbox | startswith("seccomp")'
		lacking_run unix landlock_create_ruleset=$error
		did_not_start
		told no-sandbox 'Linux 7.1'
	done
	lacking_run many landlock=1
	did_start
	recorded '.gatekeeper.sandbox | startswith("landlock1,seccomp")'
	lacking_run once seccomp=ENOSYS
	did_not_start
	told no-sandbox 'seccomp|system call filter|user notification'
	settings_write </dev/null
}
