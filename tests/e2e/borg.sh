# shellcheck shell=sh
# Real borg through rules with `protocol = borg`: its whole day's work, and
# what it must not do where it may only add.

setup()
{
	LOCAL=$HERE/borg-local
	FULL=$DATA/borg
	ONLY=$DATA/borg-append
	SMALL=$DATA/borg-small
	OUTSIDE=$DATA/borg-outside
	mkdir -p "$LOCAL/base" "$LOCAL/tree/below"
	data_make "$FULL" "$FULL/host1" "$FULL/host12" "$ONLY" "$SMALL" \
	    "$OUTSIDE"
	seq 1 50000 >"$LOCAL/tree/numbers"
	seq 1 300 | while read -r n; do
		echo "file $n" >"$LOCAL/tree/below/$n"
	done
	ln -s numbers "$LOCAL/tree/link"
	keys
}

keys()
{
	add_key borg <<-END
	[key]
	[allow backup]
	protocol = borg
	read = $FULL
	write = $FULL
	END
	add_key borg-two <<-END
	[key]
	[allow backup]
	protocol = borg
	read = $FULL/host1 $SMALL
	write = $FULL/host1 $SMALL
	END
	add_key borg-append <<-END
	[key]
	[allow backup]
	protocol = borg
	append = $ONLY
	END
	add_key borg-restore <<-END
	[key]
	[allow restore]
	protocol = borg
	read = $FULL
	END
	add_key borg-quota <<-END
	[key]
	[allow backup]
	protocol = borg
	quota = 10M
	read = $SMALL
	write = $SMALL
	END
	add_key borg-host <<-END
	[key]
	[allow backup]
	protocol = borg
	read = $FULL
	write = $FULL
	env.BORG_HOST_ID = store1
	END
}

tests()
{
	cat <<-'END'
	borg-create-extract create_extract
	borg-passphrase passphrase
	borg-prune-delete prune_delete
	borg-locations locations
	borg-two-directories two_directories
	borg-append append
	borg-append-attacked append_attacked
	borg-append-by-client append_by_client
	borg-restore restore
	borg-quota quota
	borg-stale-lock stale_lock
	borg-outside outside
	borg-refused refusals
	example-borg-append-only example
	END
}

# borg_with WORDS...: a client; `KEY:path` is a repository.
borg_with()
{
	# shellcheck disable=SC2086 # several words
	client $PATIENCE env BORG_BASE_DIR="$LOCAL/base" \
	    BORG_RSH="ssh -F $CLIENT" BORG_PASSPHRASE=secret \
	    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes \
	    BORG_RELOCATED_REPO_ACCESS_IS_OK=yes \
	    BORG_DELETE_I_KNOW_WHAT_I_AM_DOING=YES \
	    BORG_HOST_ID=client borg "$@"
}

# backup REPO NAME: an archive of the tree.
backup()
{
	borg_with create "$1::$2" "$LOCAL/tree"
	worked
}

# restored REPO NAME [OPTION]: it comes out as it went in.
restored()
{
	rm -rf "$LOCAL/out"
	mkdir "$LOCAL/out"
	from=$1::$2
	shift 2
	(
		cd "$LOCAL/out" || exit
		borg_with "$@" extract "$from"
		worked
	)
	diff -r "$LOCAL/tree" "$LOCAL/out$LOCAL/tree"
}

size()
{
	du -sk "$1" | cut -f1
}

create_extract()
{
	borg_with init -e none borg:r1
	worked
	permitted
	backup borg:r1 one
	restored borg:r1 one
	[ -z "$(find "$FULL/r1" ! -user "$ACCOUNT")" ] ||
	    fail "not the account's"
	before=$(size "$FULL/r1")
	echo more >"$LOCAL/tree/more"
	backup borg:r1 two
	# The second is the difference alone.
	[ "$(size "$FULL/r1")" -lt $((before + 200)) ] || fail "not increments"
	restored borg:r1 two
	borg_with list --short borg:r1
	worked
	[ "$(tr '\n' ' ' <"$OUT")" = 'one two ' ] || fail "other archives"
	borg_with check --verify-data borg:r1
	worked
	absent "$FULL"/tmp* "$FULL/.config" "$FULL/.cache"
}

# The key lies in the repository, and the old one is erased.
passphrase()
{
	borg_with init -e repokey borg:key
	worked
	! grep -q 'securely erase' "$ERR" || fail "no link can be made"
	BORG_NEW_PASSPHRASE=secret
	export BORG_NEW_PASSPHRASE
	borg_with key change-passphrase borg:key
	worked
	! grep -q 'securely erase' "$ERR" || fail "no link can be made"
	absent "$FULL/key/config.old"
	backup borg:key one
	restored borg:key one
}

prune_delete()
{
	borg_with init -e none borg:prune
	worked
	head -c 3000000 /dev/urandom >"$LOCAL/tree/random"
	backup borg:prune one
	rm -f "$LOCAL/tree/random"
	backup borg:prune two
	before=$(size "$FULL/prune")
	borg_with prune --keep-last 1 borg:prune
	worked
	borg_with compact --threshold 0 borg:prune
	worked
	[ "$(size "$FULL/prune")" -lt $((before - 2000)) ] || fail "no smaller"
	restored borg:prune two
	borg_with delete borg:prune
	worked
	absent "$FULL/prune"
}

# A name without a folder starts in the first directory, which `~` is, too.
locations()
{
	borg_with init -e none borg:here
	worked
	for name in "borg:$FULL/here" "ssh://borg$FULL/here" ssh://borg/~/here \
	    ssh://borg/./here borg:~/here; do
		borg_with info "$name"
		worked
		permitted
	done
	borg_with --debug info borg:here
	worked
	complained 'Remote: '
	borg_with --info --debug-topic repository.compaction compact borg:here
	worked
}

two_directories()
{
	borg_with init -e none borg-two:r
	worked
	borg_with init -e none "borg-two:$SMALL/r"
	worked
	backup "borg-two:$SMALL/r" one
	restored "borg-two:$SMALL/r" one
	# Whole names: host1 is not host12.
	borg_with init -e none "borg-two:$FULL/host12/r"
	failed
	complained 'not allowed'
	absent "$FULL/host12/r"
}

# What is there stays, whatever the client says it deleted.
append()
{
	borg_with init -e none borg-append:r
	worked
	backup borg-append:r one
	( cd "$ONLY/r" && find data -type f ! -name '.*' \
	    -exec cksum {} + ) | sort >"$LOCAL/before"
	borg_with prune --keep-last 1 borg-append:r
	worked
	borg_with delete borg-append:r::one
	worked
	borg_with compact --threshold 0 borg-append:r
	borg_with delete borg-append:r
	failed
	complained 'append-only'
	# borg's own segments, but for the last one, which it ends.
	while read -r sum bytes name; do
		[ -f "$ONLY/r/$name" ] || fail "$name is gone"
		[ "$(head -c "$bytes" "$ONLY/r/$name" | cksum |
		    cut -d' ' -f1)" = "$sum" ] || fail "$name has changed"
	done <"$LOCAL/before"
	[ -s "$ONLY/r/transactions" ] || fail "no log of transactions"
	backup borg-append:r two
	restored borg-append:r two
}

# A client may ask for less than it has.
# Hand-made clients, for what borg's own would never ask.
rpc()
{
	/usr/bin/python3 -c 'import sys
from borg.helpers import msgpack
for i, (f, a) in enumerate(eval(sys.argv[1])):
    sys.stdout.buffer.write(msgpack.packb({b"i": i, b"m": f, b"a": a}))' "$1"
}

held()
{
	find "$ONLY/held" -type f ! -name 'lock*' -exec cksum {} + | sort
}

# Each was seen to destroy a repository under borg's own --append-only.
append_attacked()
{
	open="(\"open\", {\"path\": \"$ONLY/held\""
	borg_with init -e none borg-append:held
	worked
	backup borg-append:held one
	held >"$LOCAL/before"
	for attack in "[$open}), (\"destroy\", {})]" \
	    "[$open, \"create\": True}), (\"destroy\", {})]" \
	    "[$open, \"lock\": False}), (\"delete\", {\"id\": b\"1\" * 32})]" \
	    "[$open, \"exclusive\": True}), (\"save_key\",
		{\"keydata\": b\"x\\r[repository]\\rfoo=1\"})]" \
	    "[$open, \"exclusive\": True}), (\"break_lock\", {})]"; do
		rpc "$attack" >"$LOCAL/attack"
		client ssh -T -F "$CLIENT" borg-append borg serve \
		    <"$LOCAL/attack"
		held | cmp "$LOCAL/before" - || fail "$attack"
	done
	restored borg-append:held one
	# On this host, and without gatekeeper, it is a repository like others.
	env HOME="$LOCAL" BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes \
	    BORG_RELOCATED_REPO_ACCESS_IS_OK=yes \
	    borg delete "$ONLY/held::one"
}

append_by_client()
{
	ask borg borg serve --append-only </dev/null
	worked
	recorded '.process.args[-1] == "--append-only"
	    and (.gatekeeper.sandbox | contains("exec-once"))'
}

# Without write, borg can make no lock; the client says so.
restore()
{
	borg_with init -e none borg:restore
	worked
	backup borg:restore one
	restored borg-restore:restore one --bypass-lock
	borg_with create borg-restore:restore::two "$LOCAL/tree"
	failed
	borg_with list --short borg:restore
	printed '^one$'
	! grep -q two "$OUT" || fail "it was stored"
}

# One repository in the directory, and no more in it than that.
quota()
{
	find "$SMALL" -mindepth 1 -delete
	borg_with init -e none "borg-quota:$SMALL/beside"
	failed
	complained 'not allowed'
	borg_with init -e none "borg-quota:$SMALL"
	worked
	backup "borg-quota:$SMALL" one
	head -c 12000000 /dev/urandom >"$LOCAL/large"
	borg_with create "borg-quota:$SMALL::two" "$LOCAL/large"
	failed
	complained 'quota'
	borg_with list --short "borg-quota:$SMALL"
	[ "$(cat "$OUT")" = one ] || fail "it was stored"
	find "$SMALL" -mindepth 1 -delete
}

# A lock that a killed session left, where the rule gives the host a name.
stale_lock()
{
	borg_with init -e none borg-host:stale
	worked
	as_account mkdir "$FULL/stale/lock.exclusive"
	# No process has this number.
	as_account touch "$FULL/stale/lock.exclusive/store1.4194305-0"
	borg_with --lock-wait 2 info borg-host:stale
	worked
	# Of another host, nothing can be known.
	as_account mkdir "$FULL/stale/lock.exclusive"
	as_account touch "$FULL/stale/lock.exclusive/store2.4194305-0"
	borg_with --lock-wait 1 info borg-host:stale
	failed
	borg_with break-lock borg-host:stale
	worked
}

outside()
{
	for name in "$OUTSIDE/r" ../borg-outside/r "$FULL/../borg-outside/r" \
	    /etc/r; do
		borg_with init -e none "borg:$name"
		failed
		complained 'not allowed'
	done
	absent "$OUTSIDE/r" /etc/r
	as_account ln -s "$OUTSIDE" "$FULL/linked"
	borg_with init -e none borg:linked/r
	failed
	complained 'not allowed'
	absent "$OUTSIDE/r"
	# A repository whose data lies elsewhere is the kernel's to refuse.
	borg_with init -e none borg:moved
	worked
	as_account mv "$FULL/moved/data" "$OUTSIDE/data"
	as_account ln -s "$OUTSIDE/data" "$FULL/moved/data"
	borg_with create borg:moved::one "$LOCAL/tree"
	failed
	rm -rf "$FULL/linked" "$FULL/moved" "$OUTSIDE/data"
}

refusals()
{
	for command in borg 'borg init' 'borg serve --restrict-to-path=/' \
	    'borg serve --debug-profile=/tmp/x' 'borg serve x' \
	    'borg serve --rsh=id' 'borg --debug serve' \
	    'borg serve --storage-quota=1G'; do
		ask borg "$command"
		refused option "$command"
	done
	ask borg 'borg serve; id'
	refused shell-syntax 'borg serve; id'
	ask borg 'BORG_X=y borg serve'
	refused no-rule 'BORG_X=y borg serve'
}

# The policy that ships, moved to where this run may write.
example()
{
	mkdir -p "$DATA/srv/borg"
	data_make "$DATA/srv/borg/web1"
	sed -e "s|/srv/|$DATA/srv/|g" -e "s|^account .*|account = $ACCOUNT|" \
	    "$ROOT/examples/borg-append-only/borg-append-only.ini" |
	    add_key borg-append-only
	borg_with init -e repokey borg-append-only:repo
	worked
	backup borg-append-only:repo one
	restored borg-append-only:repo one
	borg_with delete borg-append-only:repo
	failed
	[ -d "$DATA/srv/borg/web1/repo/data" ] || fail "it is gone"
	ask borg-append-only
	refused no-shell
}
