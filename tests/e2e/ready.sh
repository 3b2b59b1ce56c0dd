# shellcheck shell=sh
# Policies that ship for programs with a server side of their own: each with
# the real program as client, from an empty folder to a tree restored from it.

# shellcheck source=SCRIPTDIR/ready
. "$ROOT/tests/e2e/ready"

setup()
{
	ready_use ready
	RESTIC=$SRV/backup/web1/restic
	RCLONE=$SRV/backup/web1/rclone
	RDIFF=$SRV/backup/web1/rdiff
	UNISON=$SRV/unison/laptop1
	data_make "$SRV/unison" "$UNISON" "$UNISON/files" \
	    "$UNISON/state" "$SRV/backup" "$SRV/backup/web1" "$RESTIC" \
	    "$RCLONE" "$RDIFF" "$SRV/backup/web2"
	echo secret >"$SRV/backup/web2/file"
	client_programs
	for name in restic-sftp rclone-sftp unison rdiff-backup; do
		ready "$name"
	done
}

tests()
{
	cat <<-'END'
	ready-restic-cycle restic_cycle
	ready-restic-elsewhere restic_elsewhere
	ready-restic-refused other_requests restic-sftp
	ready-rclone-cycle rclone_cycle
	ready-rclone-shell rclone_shell
	ready-rclone-sums rclone_sums
	ready-rclone-refused rclone_refused
	ready-unison-cycle unison_cycle
	ready-unison-elsewhere unison_elsewhere
	ready-unison-refused unison_refused
	ready-rdiff-cycle rdiff_cycle
	ready-rdiff-elsewhere rdiff_elsewhere
	ready-rdiff-pickle rdiff_pickle
	ready-rdiff-refused rdiff_refused
	ready-check no_errors restic-sftp rclone-sftp unison rdiff-backup
	END
}

# --- restic -----------------------------------------------------------------

restic_run()
{
	folder=$1
	shift
	client env RESTIC_PASSWORD=word restic --no-cache -q \
	    -r "sftp:restic-sftp:$folder" "$@"
}

restic_cycle()
{
	tree_make "$LOCAL/restic"
	restic_run "$RESTIC" init
	worked
	sessions_permitted repository
	restic_run "$RESTIC" backup "$LOCAL/restic"
	worked
	cp -a "$LOCAL/restic" "$LOCAL/restic-before"
	tree_change "$LOCAL/restic"
	restic_run "$RESTIC" backup "$LOCAL/restic"
	worked
	restic_run "$RESTIC" restore latest --target "$LOCAL/restic-now"
	worked
	same_tree "$LOCAL/restic" "$LOCAL/restic-now$LOCAL/restic"
	restic_run "$RESTIC" check --read-data
	worked
	first=$(restic_first)
	restic_run "$RESTIC" restore "$first" --target "$LOCAL/restic-then"
	worked
	same_tree "$LOCAL/restic-before" "$LOCAL/restic-then$LOCAL/restic"
	restic_run "$RESTIC" forget --keep-last 1 --prune
	worked
	restic_run "$RESTIC" snapshots --json
	[ "$(jq length "$OUT")" -eq 1 ] || fail "not one snapshot"
	[ -z "$(find "$RESTIC" -type f -perm /077)" ] || fail "others can read"
}

restic_first()
{
	restic_run "$RESTIC" snapshots --json >/dev/null 2>&1
	jq -r 'sort_by(.time) | .[0].id' "$OUT"
}

restic_elsewhere()
{
	restic_run "$SRV/backup/web2" init
	failed
	[ "$(ls "$SRV/backup/web2")" = file ] || fail "something was created"
	echo "get $SRV/backup/web2/file $LOCAL/stolen" >"$WORK/batch"
	batch restic-sftp <"$WORK/batch"
	failed
	absent "$LOCAL/stolen"
}

# --- rclone -----------------------------------------------------------------

# rclone_run KEY WORDS...: the remote `store:` is that key's.
rclone_run()
{
	key=$1
	shift
	client env RCLONE_CONFIG="$LOCAL/rclone.conf" \
	    RCLONE_CONFIG_STORE_TYPE=sftp \
	    RCLONE_CONFIG_STORE_HOST=127.0.0.1 \
	    RCLONE_CONFIG_STORE_PORT="$SSHD_PORT" \
	    RCLONE_CONFIG_STORE_USER="$ACCOUNT" \
	    RCLONE_CONFIG_STORE_KEY_FILE="$HERE/client/$key" \
	    rclone --retries 1 --low-level-retries 1 "$@"
}

rclone_cycle()
{
	tree_make "$LOCAL/rclone"
	rclone_run rclone-sftp sync "$LOCAL/rclone" store:tree
	worked
	# rclone keeps no empty folders unless told to.
	rmdir "$LOCAL/rclone/empty"
	same_tree "$LOCAL/rclone" "$RCLONE/tree"
	tree_change "$LOCAL/rclone"
	rclone_run rclone-sftp sync "$LOCAL/rclone" store:tree
	worked
	same_tree "$LOCAL/rclone" "$RCLONE/tree"
	rclone_run rclone-sftp copy store:tree "$LOCAL/rclone-back"
	worked
	same_tree "$LOCAL/rclone" "$LOCAL/rclone-back"
	rclone_run rclone-sftp copy "store:$SRV/backup/web2" "$LOCAL/stolen"
	failed
	absent "$LOCAL/stolen/file"
}

# What rclone asks for by itself is refused, and it goes on.
rclone_shell()
{
	# It would remember the answer.
	rm -f "$LOCAL/rclone.conf"
	rclone_run rclone-sftp lsf store:
	worked
	records_new
	# shellcheck disable=SC2016 # rclone's own text
	jq -es 'map(select(.gatekeeper.command == "echo ${ShellId}%ComSpec%"))
	    | length > 0 and all(.event.reason == "shell-syntax")' \
	    "$WORK/records" >/dev/null ||
	    fail "rclone did not ask: $(cat "$WORK/records")"
}

rclone_sums()
{
	tree_make "$LOCAL/sums"
	rclone_run rclone-sftp sync "$LOCAL/sums" store:sums
	worked
	rclone_run rclone-sftp check -vv "$LOCAL/sums" store:sums
	worked
	records_new
	jq -es 'map(select(.rule.name == "sha1sum" or .rule.name == "md5sum"))
	    | length >= 5 and any(.process.args[-1] | endswith("; and $more"))' \
	    "$WORK/records" >/dev/null ||
	    fail "no sums were asked for: $(cat "$WORK/records")"
	rclone_run rclone-sftp sha1sum store:sums
	worked
	(cd "$LOCAL/sums" && find . -type f -exec sha1sum {} +) |
	    sed 's|  \./|  |' | sort >"$LOCAL/sums.here"
	sort "$OUT" >"$LOCAL/sums.there"
	same "$LOCAL/sums.here" "$LOCAL/sums.there"
	# Another byte of the same size and time: only a sum can tell.
	printf X | dd of="$RCLONE/sums/deep/random" conv=notrunc bs=1 2>&1
	touch -r "$LOCAL/sums/deep/random" "$RCLONE/sums/deep/random"
	rclone_run rclone-sftp check "$LOCAL/sums" store:sums
	failed
	complained 'sha1 differ|md5 differ'
}

rclone_refused()
{
	other_requests rclone-sftp
	ask rclone-sftp "sha1sum $SRV/backup/web2/file"
	refused outside "sha1sum $SRV/backup/web2/file"
	ask rclone-sftp 'md5sum ../../web2/file'
	refused outside 'md5sum ../../web2/file'
	ask rclone-sftp 'md5sum -c sums'
	refused no-rule 'md5sum -c sums'
	ask rclone-sftp md5sum --check
	failed
}

# --- unison -----------------------------------------------------------------

unison_run()
{
	client env UNISON="$LOCAL/unison-state" unison -batch -auto "$@"
}

unison_cycle()
{
	there=ssh://unison/$UNISON/files
	tree_make "$LOCAL/unison"
	unison_run "$LOCAL/unison" "$there"
	worked
	sessions_permitted synchronize
	same_tree "$LOCAL/unison" "$UNISON/files"
	tree_change "$LOCAL/unison"
	as_account sh -c "echo there >'$UNISON/files/deep/three'"
	unison_run "$LOCAL/unison" "$there"
	worked
	same_tree "$LOCAL/unison" "$UNISON/files"
	[ -e "$LOCAL/unison/deep/three" ] || fail "nothing came back"
	rm -rf "$LOCAL/unison-new" "$LOCAL/unison-state"
	mkdir "$LOCAL/unison-new"
	unison_run "$LOCAL/unison-new" "$there"
	worked
	same_tree "$LOCAL/unison" "$LOCAL/unison-new"
}

unison_elsewhere()
{
	mkdir -p "$LOCAL/unison-elsewhere"
	unison_run "$LOCAL/unison-elsewhere" "ssh://unison/$SRV/backup/web2"
	failed
	absent "$LOCAL/unison-elsewhere/file"
	[ "$(ls "$SRV/backup/web2")" = file ] || fail "something was created"
}

unison_refused()
{
	other_requests unison
	for words in '-server __new-rpc-mode -sshcmd id' \
	    "-server $SRV/backup/web2" '-socket 5000' '-doc all'; do
		ask unison "unison $words"
		refused no-rule "unison $words"
	done
}

# --- rdiff-backup -----------------------------------------------------------

rdiff_cycle()
{
	tree_make "$LOCAL/rdiff"
	client rdiff-backup "$LOCAL/rdiff" "rdiff-backup::$RDIFF/repo"
	worked
	sessions_permitted backup
	cp -a "$LOCAL/rdiff" "$LOCAL/rdiff-before"
	tree_change "$LOCAL/rdiff"
	# Two increments of one second would be one.
	sleep 1.1
	client rdiff-backup "$LOCAL/rdiff" "rdiff-backup::$RDIFF/repo"
	worked
	client rdiff-backup -r now "rdiff-backup::$RDIFF/repo" "$LOCAL/rdiff-now"
	worked
	same_tree "$LOCAL/rdiff" "$LOCAL/rdiff-now"
	client rdiff-backup -r 1B "rdiff-backup::$RDIFF/repo" "$LOCAL/rdiff-then"
	worked
	same_tree "$LOCAL/rdiff-before" "$LOCAL/rdiff-then"
	client rdiff-backup --verify "rdiff-backup::$RDIFF/repo"
	worked
}

rdiff_elsewhere()
{
	tree_make "$LOCAL/rdiff-other"
	client rdiff-backup "$LOCAL/rdiff-other" "rdiff-backup::$SRV/backup/web2/repo"
	failed
	[ "$(ls "$SRV/backup/web2")" = file ] || fail "something was created"
}

# What a thief of the key would send in place of rdiff-backup's own messages:
# one that is Python. It runs, and gets no further than the kernel lets it.
rdiff_pickle()
{
	cat >"$LOCAL/thief.py" <<-END
	import errno, os, socket
	denials = (errno.EACCES, errno.EPERM, errno.ENOSYS)
	def tried(name, what):
	    try:
	        what()
	        said.write(name + ' done\n')
	    except OSError as error:
	        denied = error.errno in denials
	        said.write(name + (' denied\n' if denied else ' failed\n'))
	said = open('$RDIFF/thief', 'w')
	tried('write', lambda: open('$RDIFF/more', 'w').close())
	tried('read-other', lambda: open('$SRV/backup/web2/file').read())
	tried('write-other', lambda: open('$SRV/backup/web2/new', 'w'))
	tried('socket', lambda: socket.socket())
	tried('exec', lambda: os.execv('/bin/sh', ['sh', '-c', 'exit 0']))
	said.close()
	END
	printf 'cbuiltins\nexec\n(V%s\n}tR.' \
	    "$(sed 's/$/\\u000a/' "$LOCAL/thief.py" | tr -d '\n')" \
	    >"$LOCAL/pickle"
	bytes=$(wc -c <"$LOCAL/pickle")
	# An object, of request 0, of so many bytes.
	# shellcheck disable=SC2059 # octal, made here
	{
		printf 'o\000\000\000\000\000\000'
		printf "$(printf '\\%03o\\%03o' $((bytes / 256)) \
		    $((bytes % 256)))"
		cat "$LOCAL/pickle"
	} >"$LOCAL/message"
	client ssh -T -F "$CLIENT" rdiff-backup rdiff-backup --server \
	    <"$LOCAL/message"
	cat >"$LOCAL/expected" <<-'END'
	write done
	read-other denied
	write-other denied
	socket denied
	exec denied
	END
	same "$LOCAL/expected" "$RDIFF/thief"
	absent "$SRV/backup/web2/new"
}

rdiff_refused()
{
	other_requests rdiff-backup
	for words in server 'server --debug' --version \
	    '--terminal-verbosity 10 --server' '--remote-schema id --server' \
	    '--restrict-path / --server' 'server --restrict-path /' \
	    "restore $RDIFF/repo /tmp/x"; do
		ask rdiff-backup "rdiff-backup $words"
		refused no-rule "rdiff-backup $words"
	done
}
