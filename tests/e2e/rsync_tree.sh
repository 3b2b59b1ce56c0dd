# shellcheck shell=sh
# A large and odd tree with rsync, to the other side and back: links, sparse
# files, names that no shell likes, ACLs, attributes, 20,000 small files and
# one of 2 GiB.

setup()
{
	LOCAL=$HERE/tree-local
	FAR=$DATA/tree
	data_make "$FAR"
	mkdir -p "$LOCAL/odd" "$LOCAL/many" "$LOCAL/large"
	add_key tree <<-END
	[key]
	[allow sync]
	protocol = rsync
	write  = $FAR
	read   = $FAR
	delete = yes
	END
	odd_make
}

# sync WORDS...: rsync, over the ssh of these tests.
sync()
{
	client timeout -k 5 300 rsync -e "ssh -F $CLIENT" "$@"
}

tests()
{
	cat <<-'END'
	rsync-tree-odd odd
	rsync-tree-acl acl
	rsync-tree-delete odd_delete
	rsync-tree-files-from odd_files_from
	rsync-tree-snapshots snapshots
	END
	# These two are the same for each account: once is enough.
	last=$(accounts)
	[ "$ACCOUNT" != "${last##* }" ] || cat <<-'END'
	rsync-tree-many many
	rsync-tree-large large
	END
}

NL='
'

# rsync compares whole seconds: what was just made could be the same by chance.
age()
{
	find "$1" -exec touch -h -d '1999-01-01 00:00:00.5' {} +
}

odd_make()
(
	cd "$LOCAL/odd" || exit
	# shellcheck disable=SC2016 # nothing is to be expanded
	for name in 'with blank' "quote's" 'dou"ble' 'back\slash' -dash \
	    "new${NL}line" '$(id)' '*' '~' "$(printf 'not-utf8-\377')" \
	    "$(printf 'tab\tbell\007')"; do
		mkdir -- "./$name"
		echo "$name" >"./$name/$name"
	done
	echo one >one
	ln one hard
	ln one ./-dash/hard
	ln -s one link
	ln -s /etc/passwd absolute
	ln -s nowhere dangling
	ln -s ../.. up
	truncate -s 64M sparse
	printf middle | dd of=sparse bs=1 seek=30000000 conv=notrunc 2>/dev/null
	: >empty
	mkdir empty-folder
	echo secret >private
	chmod 600 private
	chmod 750 'with blank'
	age .
	touch -d 2001-02-03T04:05:06.789 one
	touch -h -d 2002-02-03T04:05:06 link
	touch -d 2003-02-03T04:05:06 empty-folder
	# sshd's account may be another: what it cannot own is not compared.
	chown -hR "$ACCOUNT:" .
)

# Everything of a tree but who owns it: type, mode, links, size, time, target
# and content.
tree_print()
{
	(
		cd "$1" || exit
		find . -printf '%y %m %n %s %T@ %P -> %l\0' |
		    sed -z '/^d/s/ [0-9]* [0-9]* / /' | sort -z
		find . -type f -size -512M -print0 | sort -z |
		    xargs -0 sha256sum -z
	)
}

alike()
{
	tree_print "$1" >"$WORK/one.tree"
	tree_print "$2" >"$WORK/two.tree"
	cmp "$WORK/one.tree" "$WORK/two.tree" || {
		diff -a "$WORK/one.tree" "$WORK/two.tree" | head -c 1000
		fail "$1 and $2 differ"
	}
}

# nothing_new OPTIONS...: a second run transfers nothing.
nothing_new()
{
	sync -i --stats "$@"
	worked
	printed 'Number of regular files transferred: 0'
	! grep -qE '^[<>ch.*]' "$OUT" || {
		head -n 5 "$OUT"
		fail "something was transferred again"
	}
}

# there_and_back FOLDER OPTIONS...: equal trees in both directions.
there_and_back()
{
	folder=$1
	shift
	find "$FAR" -mindepth 1 -delete
	rm -rf "$LOCAL/got"
	sync "$@" "$LOCAL/$folder/" tree:
	worked
	permitted
	alike "$LOCAL/$folder" "$FAR"
	nothing_new "$@" "$LOCAL/$folder/" tree:
	sync "$@" tree: "$LOCAL/got/"
	worked
	alike "$LOCAL/$folder" "$LOCAL/got"
	nothing_new "$@" tree: "$LOCAL/got/"
}

odd()
{
	for options in '-aH' '-aHS --numeric-ids' '-aHP' '-aHvz' \
	    '-aH --inplace'; do
		# shellcheck disable=SC2086 # several words
		there_and_back odd $options
	done
	find "$FAR" -mindepth 1 -delete
	sync -aHR "$LOCAL/./odd/" tree:
	worked
	alike "$LOCAL/odd" "$FAR/odd"
	there_and_back odd -aHAX --numeric-ids --delete -S
	blocks=$(stat -c %b "$FAR/sparse")
	[ "$blocks" -lt 2000 ] || fail "not sparse: $blocks blocks"
}

attributes_print()
{
	(
		cd "$1" || exit
		getfacl -n -R -- * 2>/dev/null | grep -v '^# \(owner\|group\)'
		getfattr -h -R -d -m user -- * 2>/dev/null
	)
}

acl()
{
	for tool in setfacl getfacl setfattr getfattr; do
		command -v $tool >/dev/null || skip "no $tool here"
	done
	rm -rf "$LOCAL/acl"
	mkdir -p "$LOCAL/acl/folder"
	echo x >"$LOCAL/acl/file"
	if ! setfacl -m u:12345:r,g:54321:rw "$LOCAL/acl/file" ||
	    ! setfacl -d -m u:12345:rx "$LOCAL/acl/folder" ||
	    ! setfattr -n user.note -v 'some text' "$LOCAL/acl/file"; then
		skip "the file system has no ACLs or attributes"
	fi
	age "$LOCAL/acl"
	chown -hR "$ACCOUNT:" "$LOCAL/acl"
	there_and_back acl -aHAX --numeric-ids --delete
	attributes_print "$LOCAL/acl" >"$WORK/one.tree"
	attributes_print "$FAR" >"$WORK/two.tree"
	same "$WORK/one.tree" "$WORK/two.tree"
	attributes_print "$LOCAL/got" >"$WORK/two.tree"
	same "$WORK/one.tree" "$WORK/two.tree"
	grep -q 'user:12345:r--' "$WORK/one.tree" || fail "no ACL to compare"
	grep -q 'user.note' "$WORK/one.tree" || fail "no attribute to compare"
}

odd_delete()
{
	there_and_back odd -aH
	as_account mkdir "$FAR/more${NL}of"
	as_account touch "$FAR/extra" "$FAR/more${NL}of/it" "$FAR/-x"
	for when in --delete --delete-before --delete-after --delete-delay; do
		as_account touch "$FAR/extra"
		sync -aH $when "$LOCAL/odd/" tree:
		worked
		alike "$LOCAL/odd" "$FAR"
	done
}

odd_files_from()
{
	find "$FAR" -mindepth 1 -delete
	rm -rf "$LOCAL/got"
	(cd "$LOCAL/odd" && find . -type f -print0) >"$WORK/list"
	sync -a -0 --files-from="$WORK/list" "$LOCAL/odd" tree:
	worked
	sync -a -0 --files-from="$WORK/list" tree: "$LOCAL/got"
	worked
	for tree in "$LOCAL/odd" "$FAR" "$LOCAL/got"; do
		(cd "$tree" && find . -type f -print0 | sort -z |
		    xargs -0 sha256sum -z) >"$WORK/${tree##*/}.sums"
	done
	same "$WORK/odd.sums" "$WORK/tree.sums"
	same "$WORK/odd.sums" "$WORK/got.sums"
}

# As rsnapshot and its like do: each night a tree, unchanged files linked.
snapshots()
{
	find "$FAR" -mindepth 1 -delete
	sync -aH "$LOCAL/odd/" tree:night.1/
	worked
	sync -aH --stats --link-dest=../night.1 "$LOCAL/odd/" tree:night.2/
	worked
	printed 'Number of regular files transferred: 0'
	[ "$(stat -c %i "$FAR/night.1/private")" = \
	    "$(stat -c %i "$FAR/night.2/private")" ] || fail "not linked"
	sync -aH --link-dest="$FAR/night.2" "$LOCAL/odd/" \
	    "tree:$FAR/night.3/"
	worked
	[ "$(stat -c %h "$FAR/night.3/private")" -eq 3 ] || fail "not linked"
}

has_room()
{
	free=$(df -Pk "$LOCAL" | awk 'NR == 2 { print $4 }')
	[ "$free" -gt "$1" ] || skip "$free KiB of room, $1 are needed"
}

many()
{
	has_room 500000
	mkdir -p "$LOCAL/many/a" "$LOCAL/many/b"
	(cd "$LOCAL/many/a" && seq 1 10000 | split -l 1 -a 3 -)
	(cd "$LOCAL/many/b" && seq 1 10000 | split -l 1 -a 3 -)
	age "$LOCAL/many"
	chown -R "$ACCOUNT:" "$LOCAL/many"
	there_and_back many -a
	rm -rf "$LOCAL/many" "$LOCAL/got"
	find "$FAR" -mindepth 1 -delete
}

# Holes but for three places; what arrives is compared in whole.
large()
{
	has_room 5000000
	find "$FAR" -mindepth 1 -delete
	rm -rf "$LOCAL/got"
	truncate -s 2G "$LOCAL/large/file"
	for place in 0 1000 2047; do
		dd if=/dev/urandom of="$LOCAL/large/file" bs=1M count=1 \
		    seek=$place conv=notrunc 2>/dev/null
	done
	age "$LOCAL/large"
	sync -aS "$LOCAL/large/" tree:
	worked
	same "$LOCAL/large/file" "$FAR/file"
	nothing_new -aS "$LOCAL/large/" tree:
	sync -aS tree: "$LOCAL/got/"
	worked
	sum=$(sha256sum <"$LOCAL/large/file")
	[ "$(sha256sum <"$LOCAL/got/file")" = "$sum" ] || fail "other content"
	find "$FAR" -mindepth 1 -delete
	rm -rf "$LOCAL/large" "$LOCAL/got"
}
