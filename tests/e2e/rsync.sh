# shellcheck shell=sh
# rsync as people call it, through a rule with `protocol = rsync`: real client
# and server over sshd. Large trees have a file of their own.

setup()
{
	LOCAL=$HERE/rsync-local
	IN=$DATA/rsync-in
	OUT_DIR=$DATA/rsync-out
	mkdir -p "$LOCAL/tree/sub"
	seq 1 3000 >"$LOCAL/tree/file"
	echo inner >"$LOCAL/tree/sub/inner"
	ln -s sub/inner "$LOCAL/tree/link"
	data_make "$IN" "$OUT_DIR" "$DATA/rsync-other"
	cp -a "$LOCAL/tree/." "$OUT_DIR"
	echo elsewhere >"$DATA/rsync-other/file"
	ln -s ../rsync-other/file "$OUT_DIR/escape"
	chown -R "$ACCOUNT:" "$DATA"
	rsync_key rsync <<-END
	write = $IN
	read = $OUT_DIR
	END
	rsync_key rsync-both <<-END
	write = $IN
	read = $IN
	delete = yes
	END
	rsync_key rsync-munge <<-END
	write = $IN
	read = $IN
	munge-links = yes
	END
	rsync_key rsync-links <<-END
	read = $OUT_DIR
	options = +L
	END
	rsync_key rsync-set-id <<-END
	write = $IN
	set-id = deny
	END
}

rsync_key()
{
	{
		printf '[key]\n[allow sync]\nprotocol = rsync\n'
		cat
	} | add_key "$1"
}

# sync WORDS...: rsync, over the ssh of these tests.
sync()
{
	# shellcheck disable=SC2086
	client $PATIENCE rsync -e "ssh -F $CLIENT" "$@"
}

tests()
{
	cat <<-'END'
	rsync-push-pull push_pull
	rsync-forms forms
	rsync-fake-super fake_super
	rsync-names names
	rsync-globs globs
	rsync-relative relative
	rsync-delete delete
	rsync-remove-source remove_source
	rsync-files-from files_from
	rsync-link-dest link_dest
	rsync-folders folders
	rsync-old-protocol old_protocol
	rsync-set-id set_id
	rsync-special special
	rsync-sums sums
	rsync-links-escape links_escape
	rsync-munge munge
	rsync-merge-file merge_file
	rsync-outside outside
	rsync-options-refused options_refused
	rsync-message message
	END
}

# denied REASON: what client and record say; rsync adds lines of its own.
denied()
{
	failed
	complained '^gatekeeper: refused: '
	# shellcheck disable=SC2016 # jq's variable
	recorded '.event.reason == $reason
	    and .gatekeeper.verdict == "refuse"
	    and (has("process") | not)' --arg reason "$1"
}

# clean: nothing is left of an earlier test.
clean()
{
	find "$IN" -mindepth 1 -delete
	rm -rf "$LOCAL/got"
}

alike()
{
	diff -r --no-dereference "$1" "$2" || fail "$1 and $2 differ"
}

push_pull()
{
	clean
	sync -a "$LOCAL/tree/" rsync-both:
	worked
	permitted
	alike "$LOCAL/tree" "$IN"
	sync -ai "$LOCAL/tree/" rsync-both:
	worked
	[ ! -s "$OUT" ] || fail "transferred again"
	sync -a rsync-both: "$LOCAL/got"
	worked
	alike "$LOCAL/tree" "$LOCAL/got"
	sync rsync:"$OUT_DIR"/
	worked
	printed 'inner|sub'
}

# What people call it with.
forms()
{
	for form in -a -aP -avz '-aHAX --numeric-ids' -rlptgoDS \
	    '-ai --stats' '-ac --inplace' '-a --whole-file' '-a --append' \
	    '-a --delay-updates' '-aAXUU --fsync --preallocate' \
	    '-a --zc=zstd --zl=3' '-a --zc=lz4' '-a --cc=md5' \
	    '-a --bwlimit=10m' '-a -B 700 --fuzzy' '-a --iconv=UTF-8' \
	    '-an' '-aq' '-a --max-size=1g --info=name1'; do
		clean
		# shellcheck disable=SC2086 # several words
		sync $form "$LOCAL/tree/" rsync-both:
		worked
		[ "$form" = -an ] || alike "$LOCAL/tree" "$IN"
		[ "$form" != '-aAXUU --fsync --preallocate' ] || continue
		# shellcheck disable=SC2086
		sync $form rsync-both: "$LOCAL/got"
		worked
		[ "$form" = -an ] || alike "$LOCAL/tree" "$LOCAL/got"
	done
}

# Ownership and links as attributes, given back as they were.
fake_super()
{
	clean
	sync -a -M--fake-super "$LOCAL/tree/" rsync-both:
	worked
	sync -a -M--fake-super rsync-both: "$LOCAL/got"
	worked
	alike "$LOCAL/tree" "$LOCAL/got"
}

# Each of these stands in the command, escaped by the client.
names()
{
	clean
	# shellcheck disable=SC2016 # nothing is to be expanded
	for name in 'with blank' "quote's" 'dou"ble' 'a\b' '-dash' '$HOME' \
	    '`id`' ';id' '#x' '!x' '{a,b}' '(x)' '<x>' '&' '|' 'a~' 'ü'; do
		sync -a "$LOCAL/tree/file" "rsync-both:./$name/"
		worked
		same "$LOCAL/tree/file" "$IN/$name/file"
		sync -a "rsync-both:./$name" "$LOCAL/got/"
		worked
		same "$LOCAL/tree/file" "$LOCAL/got/$name/file"
	done
}

globs()
{
	clean
	sync -a "rsync:$OUT_DIR/*" "$LOCAL/got/"
	worked
	alike "$LOCAL/tree" "$LOCAL/got"
	rm -rf "$LOCAL/got"
	sync -a "rsync:$OUT_DIR/[ls]*" "rsync:$OUT_DIR/file" "$LOCAL/got/"
	worked
	alike "$LOCAL/tree" "$LOCAL/got"
	sync -a "rsync:$OUT_DIR/../*" "$LOCAL/got/"
	denied outside
}

relative()
{
	clean
	sync -a rsync-both:. "$LOCAL/got/"
	worked
	sync -aR "$LOCAL/./tree/sub/inner" rsync-both:
	worked
	same "$LOCAL/tree/sub/inner" "$IN/tree/sub/inner"
	sync -aR rsync-both:tree/./sub/inner "$LOCAL/got/"
	worked
	same "$LOCAL/tree/sub/inner" "$LOCAL/got/sub/inner"
	sync -aR "rsync-both:tree/s*" "$LOCAL/got/"
	worked
	same "$LOCAL/tree/sub/inner" "$LOCAL/got/tree/sub/inner"
	sync -aR "rsync-both:$IN/tree/sub" "$LOCAL/got/"
	worked
	same "$LOCAL/tree/sub/inner" "$LOCAL/got/$IN/tree/sub/inner"
}

delete()
{
	clean
	as_account touch "$IN/extra"
	sync -a --delete "$LOCAL/tree/" "rsync:$IN/"
	denied option
	[ -e "$IN/extra" ] || fail "deleted"
	sync -a --delete --max-delete=5 --force "$LOCAL/tree/" rsync-both:
	worked
	absent "$IN/extra"
	alike "$LOCAL/tree" "$IN"
}

remove_source()
{
	clean
	sync -a --remove-source-files "rsync:$OUT_DIR/file" "$LOCAL/got/"
	denied option
	as_account cp "$OUT_DIR/file" "$IN/file"
	sync -a --remove-source-files rsync-both:file "$LOCAL/got/"
	worked
	absent "$IN/file"
	same "$LOCAL/tree/file" "$LOCAL/got/file"
	cp "$LOCAL/tree/file" "$LOCAL/sent"
	sync -a --remove-source-files "$LOCAL/sent" "rsync:$IN/"
	worked
	absent "$LOCAL/sent"
}

files_from()
{
	clean
	printf 'sub/inner\nfile\n' >"$LOCAL/list"
	sync -a --files-from="$LOCAL/list" "$LOCAL/tree" rsync-both:
	worked
	same "$LOCAL/tree/sub/inner" "$IN/sub/inner"
	sync -a --files-from="$LOCAL/list" rsync-both: "$LOCAL/got"
	worked
	same "$LOCAL/tree/file" "$LOCAL/got/file"
	as_account cp "$LOCAL/list" "$IN/list"
	rm -rf "$LOCAL/got"
	sync -a --files-from=:list rsync-both: "$LOCAL/got"
	worked
	same "$LOCAL/tree/sub/inner" "$LOCAL/got/sub/inner"
	sync -a --files-from=:/etc/passwd rsync-both: "$LOCAL/got"
	denied outside
	# Names in-band that lead out are the kernel's to refuse.
	printf '../rsync-other/file\n/../rsync-other/file\n' >"$LOCAL/list"
	sync -a --no-relative --files-from="$LOCAL/list" rsync-both: \
	    "$LOCAL/got"
	failed
	absent "$LOCAL/got/rsync-other/file"
	[ ! -e "$LOCAL/got/file" ] ||
	    ! grep -q elsewhere "$LOCAL/got/file" || fail "fetched"
}

link_dest()
{
	clean
	sync -a "$LOCAL/tree/" rsync-both:one/
	worked
	sync -a --link-dest=../one "$LOCAL/tree/" rsync-both:two/
	worked
	alike "$LOCAL/tree" "$IN/two"
	[ "$(stat -c %i "$IN/one/file")" = "$(stat -c %i "$IN/two/file")" ] ||
	    fail "not linked"
	sync -a --copy-dest=../one --compare-dest="$IN/two" \
	    "$LOCAL/tree/" rsync-both:three/
	STATUS_MIXED=$STATUS
	[ "$STATUS_MIXED" -ne 0 ] || fail "rsync takes one kind only"
	sync -a --copy-dest=../one "$LOCAL/tree/" rsync-both:four/
	worked
	alike "$LOCAL/tree" "$IN/four"
	sync -a --link-dest=../missing "$LOCAL/tree/" rsync-both:five/
	worked
	sync -a --link-dest=../../rsync-other "$LOCAL/tree/" rsync-both:six/
	denied outside
}

folders()
{
	clean
	sync -a "$LOCAL/tree/" rsync-both:t/
	worked
	echo changed >"$LOCAL/changed"
	as_account mkdir "$IN/tmp"
	sync -ab --backup-dir=../old/2026 --temp-dir="$IN/tmp" \
	    --partial-dir=.part "$LOCAL/changed" rsync-both:t/file
	worked
	same "$LOCAL/tree/file" "$IN/old/2026/file"
	same "$LOCAL/changed" "$IN/t/file"
	sync -a --mkpath "$LOCAL/changed" rsync-both:a/b/c/
	worked
	same "$LOCAL/changed" "$IN/a/b/c/changed"
	for option in --backup-dir --temp-dir --partial-dir --link-dest; do
		sync -ab $option="$DATA/rsync-other" "$LOCAL/changed" \
		    rsync-both:t/file
		denied outside
	done
	[ "$(ls "$DATA/rsync-other")" = file ] || fail "changed outside"
}

old_protocol()
{
	clean
	sync -a --protocol=29 "$LOCAL/tree/" rsync-both:
	worked
	alike "$LOCAL/tree" "$IN"
	sync -a --protocol=29 rsync-both: "$LOCAL/got"
	worked
	alike "$LOCAL/tree" "$LOCAL/got"
}

# A tree with set-id modes is stored without them, and without a complaint.
set_id()
{
	clean
	rm -rf "$LOCAL/ids"
	mkdir -p "$LOCAL/ids/folder"
	touch "$LOCAL/ids/file" "$LOCAL/ids/folder/file"
	chmod 2755 "$LOCAL/ids/folder"
	chmod 6755 "$LOCAL/ids/file"
	sync -a "$LOCAL/ids/" rsync-both:
	worked
	[ -z "$(find "$IN" -perm /6000)" ] || fail "set-id modes"
	sync -a "$LOCAL/ids/" rsync-both:
	worked
	clean
	sync -a "$LOCAL/ids/" rsync-set-id:
	[ "$STATUS" -eq 23 ] || fail "status $STATUS, not 23"
	[ -z "$(find "$IN" -perm /6000)" ] || fail "set-id modes"
}

# Devices cannot be made; the files beside them arrive.
special()
{
	clean
	rm -rf "$LOCAL/special"
	mkdir -p "$LOCAL/special"
	mkfifo "$LOCAL/special/fifo"
	echo x >"$LOCAL/special/file"
	mknod "$LOCAL/special/null" c 1 3 2>/dev/null || :
	sync -a "$LOCAL/special/" rsync-both:
	same "$LOCAL/special/file" "$IN/file"
	[ -z "$(find "$IN" -type c)" ] || fail "a device"
	! rsync --help | grep -q -- --drop-D ||
	    [ -z "$(find "$IN" -type p)" ] || fail "a named pipe"
}

# matched NAME: how much of a file there the receiver told by its sums.
matched()
{
	cp "$LOCAL/tree/file" "$IN/file"
	chown "$ACCOUNT:" "$IN/file"
	sync -I --no-W -B700 --stats "$LOCAL/tree/file" "$1":file
	worked
	sed -n 's/^Matched data: \([0-9,]*\) bytes$/\1/p' "$OUT"
}

# Of blocks of one byte, the sums are the file: they need read.
sums()
{
	clean
	[ "$(matched rsync | tail -n 1)" = 0 ] || fail "sums without read"
	[ "$(matched rsync-both | tail -n 1)" != 0 ] || fail "no sums with read"
	sync -a --append "$LOCAL/tree/file" rsync:file
	denied option
}

# Links are stored as they are, and followed no further than the directories.
links_escape()
{
	clean
	rm -rf "$LOCAL/out"
	mkdir -p "$LOCAL/out"
	ln -s "$DATA/rsync-other" "$LOCAL/out/dir"
	ln -s /etc/passwd "$LOCAL/out/passwd"
	sync -a "$LOCAL/out/" rsync-both:
	worked
	alike "$LOCAL/out" "$IN"
	sync -a "$LOCAL/tree/file" rsync-both:dir/new
	denied outside
	sync -a rsync-both:dir/ "$LOCAL/got/"
	denied outside
	# rsync replaces the link, or fails; it does not write through it.
	sync -a --inplace --no-implied-dirs -R "$LOCAL/tree/./sub/inner" \
	    rsync-both:
	mkdir -p "$LOCAL/through/dir"
	echo new >"$LOCAL/through/dir/file"
	sync -rR --inplace --no-implied-dirs "$LOCAL/through/./dir/file" \
	    rsync-both:
	[ "$(cat "$DATA/rsync-other/file")" = elsewhere ] || fail "changed"
	[ "$(ls "$DATA/rsync-other")" = file ] || fail "changed outside"
	sync -aL "rsync-links:$OUT_DIR/" "$LOCAL/got/"
	[ "$STATUS" -eq 23 ] || fail "status $STATUS, not 23"
	same "$LOCAL/tree/sub/inner" "$LOCAL/got/link"
	absent "$LOCAL/got/escape"
}

munge()
{
	clean
	sync -a "$LOCAL/tree/" rsync-munge:
	worked
	[ "$(readlink "$IN/link")" = /rsyncd-munged/sub/inner ] ||
	    fail "not munged: $(readlink "$IN/link")"
	sync -a rsync-munge: "$LOCAL/got"
	worked
	alike "$LOCAL/tree" "$LOCAL/got"
}

# Rules that the client names in-band, for this side to read: the file is
# outside, so nothing of it is learnt.
merge_file()
{
	clean
	as_account sh -c "echo '- secret' >$DATA/rsync-other/rules"
	as_account touch "$IN/secret" "$IN/plain"
	sync -a --filter="dir-merge $DATA/rsync-other/rules" rsync-both: \
	    "$LOCAL/got/"
	[ ! -e "$LOCAL/got/plain" ] || [ -e "$LOCAL/got/secret" ] ||
	    fail "rules from outside were read"
	sync -avvv --filter=': ../rsync-other/rules' rsync-both: "$LOCAL/got/"
	! grep -q -e '- secret' "$OUT" "$ERR" || fail "shown"
	rm -f "$DATA/rsync-other/rules"
}

outside()
{
	clean
	for path in /etc/ ../rsync-other/ "$DATA/rsync-other/" \
	    "$HERE/ssh/" "$POLICY/keys/" "${IN}2" / /proc/self/fd/0; do
		sync -a "$LOCAL/tree/file" "rsync-both:$path"
		denied outside
		sync -a "rsync-both:$path" "$LOCAL/got/"
		denied outside
	done
	sync -a "rsync:$IN/" "$LOCAL/got/"
	denied outside
	sync -a "$LOCAL/tree/" "rsync:$OUT_DIR/"
	denied outside
	[ "$(ls "$DATA/rsync-other")" = file ] || fail "changed outside"
}

options_refused()
{
	clean
	sync -as "$LOCAL/tree/" rsync-both:
	denied option
	for option in --log-file="$IN/log" --daemon --config=/etc/passwd \
	    --write-devices --rsh=id --debug=ALL --no-such --copy-as=root; do
		sync -a "-M$option" "$LOCAL/tree/" rsync-both:
		denied option
	done
	sync -aL rsync-both: "$LOCAL/got/"
	denied option
	sync -a --rsync-path='sudo rsync' "$LOCAL/tree/" rsync-both:
	denied no-rule
	sync -a --rsync-path='rsync;id' "$LOCAL/tree/" rsync-both:
	denied shell-syntax
	ask rsync-both rsync --server --daemon .
	refused option 'rsync --server --daemon .'
	ask rsync-both rsync -e id x:x .
	refused option 'rsync -e id x:x .'
	[ -z "$(ls "$IN")" ] || fail "something was stored"
}

# The user of rsync reads the sentence, and gets its own status for it.
message()
{
	sync -a "$LOCAL/tree/" rsync-both:/etc/
	# Whichever end it notices first: the stream's, or the session's.
	[ "$STATUS" -eq 12 ] || [ "$STATUS" -eq 126 ] ||
	    fail "status $STATUS, not 12 or 126"
	complained "gatekeeper: refused: $SENTENCE \\(session [0-9a-z]{26}\\)"
}
