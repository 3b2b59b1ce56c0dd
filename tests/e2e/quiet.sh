# shellcheck shell=sh
# Real programs unharmed: a day's work of each protocol, with every system
# call of the program watched. No call is denied but those listed here, each
# with the reason why its program does not miss it.

setup()
{
	HERE=$HERE/quiet
	LOCAL=$HERE/local
	TRACES=$HERE/traces
	STRICT=
	SERVED=$DATA/quiet
	policy_use policy
	mkdir -p "$LOCAL/tree/below" "$LOCAL/home" "$LOCAL/base"
	data_make "$SERVED" "$SERVED/borg" "$TRACES"
	seq 1 5000 >"$LOCAL/tree/numbers"
	echo deep >"$LOCAL/tree/below/a name"
	chmod 640 "$LOCAL/tree/numbers"
	touch -d 2001-02-03T04:05:06 "$LOCAL/tree/numbers"
	ssh_write
	keys
}

tests()
{
	cat <<-'END'
	quiet-tells tells
	quiet-scp scp_session
	quiet-scp-legacy scp_session -O
	quiet-sftp sftp_session
	quiet-rsync rsync_session
	quiet-git git_session
	quiet-borg borg_session
	quiet-dns-push dns_push_session
	quiet-watched-scp strictly scp_session
	quiet-watched-scp-legacy strictly scp_session -O
	quiet-watched-sftp strictly sftp_session
	quiet-watched-rsync strictly rsync_session
	quiet-watched-git strictly git_session
	quiet-watched-borg strictly borg_session
	quiet-watched-dns-push strictly dns_push_session
	END
}

# program, call, error, what its text contains (a regular expression), and
# why it does no harm. A `-` is any program.
tolerated()
{
	cat <<-'END'
	-	clone3	ENOSYS	.	libc falls back to clone, which can be judged
	-	fchmodat2	ENOSYS	.	libc falls back to fchmodat, likewise
	-	socket	EPERM	AF_UNIX.*SOCK_CLOEXEC	libc asks for nscd, then reads passwd and group
	-	openat	EACCES	"/usr/share/locale/locale.alias"	a link into /etc; C.UTF-8 is no alias
	rsync	openat	EACCES	"/usr/lib/ssl/openssl.cnf"	it only wants checksums
	borg	openat	EACCES	"/usr/lib/ssl/openssl.cnf"	the server encrypts nothing
	borg	openat	EACCES	"/usr/local/lib/python3[.0-9]*/dist-packages"	what is not Debian's is not loaded
	borg	openat	EACCES	"/etc/(hosts|host.conf|resolv.conf)"	it asks for the full name of the host, and does with the short one
	borg	socket	EPERM	AF_INET, SOCK_DGRAM	for the same name, and for a card's address as a uuid
	borg	socket	EPERM	AF_UNIX, SOCK_STREAM, 0	its uuid library asks uuidd, then takes random bytes
	borg	ioctl	EPERM	FS_IOC_SETFLAGS.*NODUMP	a hint to dump(8)
	git	ioctl	EACCES	TCGETS	whether /dev/null is a terminal
	git	openat	EACCES	"/sys/devices/system/cpu/online"	how many threads are worth it
	git	openat	EACCES	"/proc/stat"	the same
	git	openat	EACCES	"/proc/sys/vm/overcommit_memory"	how libc gives memory back
	mv	openat	EACCES	"/proc/(filesystems|mounts)"	whether there is SELinux
	grep	openat	EACCES	"/proc/self/maps"	where its stack ends
	END
}

# Nothing logs in here: the forced command is started as sshd would.
add_key()
{
	cat >"$POLICY/keys/$1.ini"
}

protocol_key()
{
	add_key "$1" <<-END
	[key]
	[allow $1]
	protocol = $1
	read     = $2
	write    = $2
	$(cat)
	END
}

keys()
{
	for name in scp sftp git; do
		protocol_key $name "$SERVED" </dev/null
	done
	echo 'delete = yes' | protocol_key rsync "$SERVED"
	protocol_key borg "$SERVED/borg" </dev/null
	add_key tells <<-END
	[key]
	[allow set-id]
	command = set-id
	run     = /bin/chmod 4755 $SERVED/set-id
	[allow look]
	command = look
	run     = /bin/cat $LOCAL/tree/numbers
	END
}

# In ssh's place, with ssh's operands: the name of the host is the key's.
ssh_write()
{
	SSH=$HERE/ssh
	cat >"$SSH" <<-END
	#!/bin/sh
	command=
	while :; do
		case \$1 in
		-s) command=internal-sftp ;;
		-[lop]) shift ;;
		--) ;;
		-*) ;;
		*) break ;;
		esac
		shift
	done
	key=\$1
	shift
	trace="strace -f -Y -o $TRACES/\$\$"
	[ -z "$STRICT" ] || trace=
	exec setpriv --pdeathsig clear $(account_options "$ACCOUNT") env -i \\
	    SSH_ORIGINAL_COMMAND="\${command:-\$*}" \\
	    SSH_CONNECTION='127.0.0.1 40122 127.0.0.1 22' \\
	    GIT_PROTOCOL="\$GIT_PROTOCOL" \\
	    \$trace "$WORK/gatekeeper" -d "$POLICY" "\$key"
	END
	chmod 755 "$SSH"
}

watching()
{
	[ -z "$STRICT" ] || return 0
	as_account strace -o /dev/null true 2>/dev/null ||
	    skip "no strace, or nothing may be watched here"
	rm -f "$TRACES"/*
}

# watched COMMAND...: a session that works.
watched()
{
	# shellcheck disable=SC2086 # several words
	client $PATIENCE "$@"
	worked
}

# What was denied, in all traces. The first exec starts the forced command,
# and the second the program; a call may be cut in two where others run
# between.
denials()
{
	for trace in "$TRACES"/*; do
		awk '
		{
			program = pid = $1
			sub(/<.*/, "", pid)
			gsub(/^[0-9]*<|>$/, "", program)
			sub(/^[^ ]* +/, "")
		}
		/ <unfinished \.\.\.>$/ {
			sub(/ <unfinished \.\.\.>$/, "")
			begun[pid] = $0
			next
		}
		/^<\.\.\. .* resumed>/ {
			sub(/^<\.\.\. [^ ]* resumed>/, "")
			$0 = begun[pid] $0
		}
		/^execve\(.*\) += 0$/ {
			execs++
			next
		}
		execs < 2 {
			next
		}
		/\) += -1 (EPERM|EACCES|ENOSYS) \([A-Za-z ]*\)$/ ||
		/^(---|\+\+\+) .*SIGSYS/ {
			gsub(/0x[0-9a-f]+/, "0x.")
			print program " " $0
		}
		END {
			if (execs < 2)
				print "nothing was started: " FILENAME
		}' "$trace"
	done
}

# Those that no line of the table is about.
unexpected()
{
	tolerated >"$WORK/tolerated"
	denials | awk -v table="$WORK/tolerated" '
	BEGIN {
		n = 0
		while ((getline line <table) > 0) {
			split(line, field, "\t")
			for (i = 1; i <= 4; i++)
				row[n, i] = field[i]
			n++
		}
	}
	{
		call = $2
		sub(/\(.*/, "", call)
		for (i = 0; i < n; i++)
			if ((row[i, 1] == "-" || row[i, 1] == $1) &&
			    row[i, 2] == call &&
			    index($0, "= -1 " row[i, 3] " ") > 0 &&
			    $0 ~ row[i, 4])
				next
		print
	}' | sort | uniq -c
}

quiet()
{
	[ -z "$STRICT" ] || return 0
	unexpected >"$WORK/denied"
	[ ! -s "$WORK/denied" ] ||
	    fail "denied in normal work: $(cat "$WORK/denied")"
}

# strictly SESSION: the same under gatekeeper's own eyes, where any denied call
# but those that its tables expect would end the program.
strictly()
{
	STRICT=yes
	POLICY=$HERE/strict
	rm -rf "$POLICY"
	cp -a "$HERE/policy" "$POLICY"
	RECORDS=$POLICY/log/$ACCOUNT.jsonl
	rm -f "$RECORDS"
	data_make "$POLICY/log"
	settings_write </dev/null
	ssh_write
	[ "$1" = dns_push_session ] || strict_keys
	"$@"
	[ "$(jq -s 'map(.event.action) | map(select(. == "end")) | length > 0' \
	    "$RECORDS")" = true ] || fail "nothing was watched"
	! grep '"violation"' "$RECORDS" || fail "a violation in normal work"
}

strict_keys()
{
	for policy in "$POLICY"/keys/*.ini; do
		printf 'watch = yes\non-violation = kill\n' >>"$policy"
	done
}

# The watch itself: a denial is seen, with program, call and argument.
tells()
{
	watching
	as_account touch "$SERVED/set-id"
	client "$SSH" tells set-id
	failed
	unexpected >"$WORK/denied"
	grep -q "chmod fchmodat(.*/set-id\".*EPERM" "$WORK/denied" ||
	    fail "not told: $(cat "$WORK/denied")"
	rm -f "$TRACES"/*
	client "$SSH" tells look
	failed
	unexpected >"$WORK/denied"
	grep -q "cat openat(.*/numbers\".*EACCES" "$WORK/denied" ||
	    fail "not told: $(cat "$WORK/denied")"
}

clear_served()
{
	find "$SERVED" -mindepth 1 ! -path "$SERVED/borg*" -delete
	rm -rf "$LOCAL/got"
	mkdir "$LOCAL/got"
}

scp_session()
{
	watching
	clear_served
	numbers=$LOCAL/tree/numbers
	watched scp -q -S "$SSH" "$@" "$numbers" scp:one
	permitted
	watched scp -q -S "$SSH" "$@" "$numbers" scp:one
	watched scp -q -S "$SSH" "$@" -r -p "$LOCAL/tree" scp:
	watched scp -q -S "$SSH" "$@" -p scp:one "$LOCAL/got/"
	watched scp -q -S "$SSH" "$@" -r -p scp:tree "$LOCAL/got/"
	same "$numbers" "$LOCAL/got/one"
	diff -r "$LOCAL/tree" "$LOCAL/got/tree"
	quiet
}

sftp_session()
{
	watching
	clear_served
	watched sftp -q -b - -S "$SSH" sftp <<-END
	put $LOCAL/tree/numbers one
	put -p $LOCAL/tree/numbers one
	put -r $LOCAL/tree
	ls -l
	df
	rename one two
	chmod 600 two
	get -p two $LOCAL/got/two
	get -r tree $LOCAL/got
	mkdir made
	rmdir made
	rm two
	END
	permitted
	same "$LOCAL/tree/numbers" "$LOCAL/got/two"
	quiet
}

rsync_session()
{
	watching
	clear_served
	for remote in rsync:tree/ rsync:tree/; do
		watched rsync -a -e "$SSH" "$LOCAL/tree/" $remote
	done
	permitted
	watched rsync -az --delete --partial --delay-updates -e "$SSH" \
	    "$LOCAL/tree/below/" rsync:tree/
	watched rsync -a --delete -e "$SSH" "$LOCAL/tree/" rsync:tree/
	watched rsync -a -e "$SSH" rsync:tree/ "$LOCAL/got/"
	diff -r "$LOCAL/tree" "$LOCAL/got"
	quiet
}

git_settings()
{
	cat >"$LOCAL/home/.gitconfig" <<-END
	[user]
		name = test
		email = test@example.net
	[safe]
		directory = *
	[core]
		sshCommand = $SSH
	[ssh]
		variant = ssh
	END
	export HOME="$LOCAL/home" GIT_CONFIG_NOSYSTEM=1
}

git_session()
{
	watching
	clear_served
	git_settings
	repo=$SERVED/plain.git
	mine=$LOCAL/got/work
	as_account git init -q --bare -b main "$repo"
	watched git clone -q git:plain.git "$mine"
	permitted
	cp -R "$LOCAL/tree/." "$mine"
	git -C "$mine" add -A
	git -C "$mine" commit -q -m one
	watched git -C "$mine" push -q origin HEAD:main
	watched git clone -q git:plain.git "$LOCAL/got/second"
	echo more >>"$mine/numbers"
	git -C "$mine" commit -q -a -m two
	watched git -C "$mine" push -q origin HEAD:main HEAD:refs/tags/v1
	watched git -C "$mine" push -q origin :refs/tags/v1
	watched git -C "$LOCAL/got/second" fetch -q
	watched git archive --remote=git:plain.git main numbers
	[ "$(git -C "$LOCAL/got/second" rev-parse origin/main)" = \
	    "$(git -C "$mine" rev-parse HEAD)" ] || fail "another head"
	quiet
}

borg_with()
{
	watched env BORG_BASE_DIR="$LOCAL/base" BORG_RSH="$SSH" \
	    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_HOST_ID=client \
	    borg "$@"
}

borg_session()
{
	watching
	clear_served
	rm -rf "$SERVED/borg/repo" "$LOCAL/base/.cache" "$LOCAL/base/.config"
	borg_with init -e none borg:repo
	permitted
	borg_with create borg:repo::one "$LOCAL/tree"
	borg_with list borg:repo
	(
		cd "$LOCAL/got" || exit
		borg_with extract borg:repo::one
	)
	diff -r "$LOCAL/tree" "$LOCAL/got$LOCAL/tree"
	borg_with prune --keep-last 1 borg:repo
	quiet
}

dns_push_session()
{
	watching
	nsd_start
	dns_push_key
	[ -z "$STRICT" ] || strict_keys
	zone_print 2026112001 >"$LOCAL/zone"
	client "$SSH" dns-push dns-push example.net <"$LOCAL/zone"
	worked
	permitted
	printed '^dns-push: example.net installed, serial 2026112001$'
	quiet
}
