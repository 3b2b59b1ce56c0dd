# shellcheck shell=sh
# Real sftp through a rule with `protocol = sftp`: each request as `read` and
# `write` of the directory allow it.

setup()
{
	LOCAL=$HERE/sftp-local
	W=$DATA/sftp-w
	R=$DATA/sftp-r
	B=$DATA/sftp-both
	mkdir -p "$LOCAL"
	seq 1 5000 >"$LOCAL/file"
	data_make "$W" "$R" "$B" "$DATA/sftp-other"
	echo "to read" >"$R/file"
	echo "to write" >"$W/file"
	echo elsewhere >"$DATA/sftp-other/file"
	chown -R "$ACCOUNT:" "$DATA"
	add_key sftp <<-END
	[key]
	[allow exchange]
	protocol = sftp
	write = $W
	read = $R
	END
	add_key sftp-both <<-END
	[key]
	[allow exchange]
	protocol = sftp
	write = $B
	read = $B
	END
	add_key sftp-none <<-END
	[key]
	[allow version]
	command = version
	run = /bin/echo 1.0
	END
}

tests()
{
	cat <<-'END'
	sftp-put-get put_get
	sftp-mkdir-rename-rm mkdir_rename_rm
	sftp-preserve preserve
	sftp-start-directory start_directory
	sftp-write-only write_only
	sftp-read-only read_only
	sftp-elsewhere elsewhere
	sftp-links links
	sftp-arguments arguments
	sftp-refused-in-words refused_in_words
	sftp-refused-early refused_early
	END
}

put_get()
{
	rm -f "$LOCAL/got"
	batch sftp-both <<-END
	put $LOCAL/file $B/file
	get $B/file $LOCAL/got
	ls -l $B
	END
	worked
	permitted
	printed "$B/file"
	same "$LOCAL/file" "$B/file"
	same "$LOCAL/file" "$LOCAL/got"
	as_account rm "$B/file"
}

mkdir_rename_rm()
{
	batch sftp-both <<-END
	mkdir $B/one
	mkdir $B/two
	put $LOCAL/file $B/one/file
	rename $B/one/file $B/two/moved
	rename $B/two $B/three
	END
	worked
	same "$LOCAL/file" "$B/three/moved"
	batch sftp-both <<-END
	rm $B/three/moved
	rmdir $B/three
	rmdir $B/one
	END
	worked
	absent "$B/one" "$B/two" "$B/three"
}

preserve()
{
	touch -d 2001-02-03T04:05:06 "$LOCAL/file"
	batch sftp-both <<-END
	put -p $LOCAL/file $B/dated
	END
	worked
	[ "$(stat -c %Y "$B/dated")" = "$(stat -c %Y "$LOCAL/file")" ] ||
	    fail "not preserved"
	as_account rm "$B/dated"
}

start_directory()
{
	batch sftp <<-END
	pwd
	put $LOCAL/file relative
	END
	worked
	printed "$W"
	same "$LOCAL/file" "$W/relative"
	as_account rm "$W/relative"
}

# batch_each KEY: each line is a session that must fail.
batch_each()
{
	while read -r line; do
		printf '%s\n' "$line" >"$WORK/batch"
		batch "$1" <"$WORK/batch"
		failed
	done
}

write_only()
{
	rm -f "$LOCAL/got"
	batch_each sftp <<-END
	get $W/file $LOCAL/got
	ls $W
	END
	absent "$LOCAL/got"
	batch sftp <<-END
	put $LOCAL/file $W/new
	rename $W/new $W/newer
	rm $W/newer
	mkdir $W/folder
	rmdir $W/folder
	END
	worked
}

read_only()
{
	rm -f "$LOCAL/got"
	batch_each sftp <<-END
	put $LOCAL/file $R/new
	put $LOCAL/file $R/file
	rename $R/file $R/renamed
	rename $R/file $W/renamed
	rm $R/file
	mkdir $R/folder
	END
	[ "$(ls "$R")" = file ] || fail "changed"
	[ "$(cat "$R/file")" = "to read" ] || fail "changed"
	batch sftp <<-END
	get $R/file $LOCAL/got
	ls $R
	END
	worked
	same "$R/file" "$LOCAL/got"
}

elsewhere()
{
	rm -f "$LOCAL/got"
	batch_each sftp <<-END
	get $DATA/sftp-other/file $LOCAL/got
	get $R/../sftp-other/file $LOCAL/got
	get /etc/shadow $LOCAL/got
	get $POLICY/keys/sftp.ini $LOCAL/got
	get /proc/self/environ $LOCAL/got
	put $LOCAL/file /proc/self/mem
	put $LOCAL/file $DATA/sftp-other/new
	put $LOCAL/file $HERE/ssh/authorized_keys
	put $LOCAL/file $RECORDS
	rm $DATA/sftp-other/file
	rename $W/file $DATA/sftp-other/moved
	mkdir $DATA/sftp-other/folder
	ls $DATA
	ls /root
	END
	absent "$LOCAL/got"
	[ "$(ls "$DATA/sftp-other")" = file ] || fail "changed"
}

# No new link, and no way out by one that is there.
links()
{
	batch_each sftp-both <<-END
	symlink $DATA/sftp-other/file $B/link
	symlink file $B/link
	ln $B/file $B/link
	ln $DATA/sftp-other/file $B/link
	END
	absent "$B/link"
	as_account ln -s "$DATA/sftp-other" "$B/out"
	batch_each sftp-both <<-END
	get $B/out/file $LOCAL/got
	put $LOCAL/file $B/out/new
	END
	absent "$LOCAL/got" "$DATA/sftp-other/new"
	as_account rm "$B/out"
}

# The subsystem's arguments, and what a client puts behind it, go nowhere.
arguments()
{
	for line in internal-sftp 'internal-sftp -l INFO' \
	    '/usr/lib/openssh/sftp-server -f AUTHPRIV -d /'; do
		client ssh -F "$CLIENT" sftp "$line"
		permitted
		jq -e '.process.args | (index("AUTHPRIV") or
		    index("INFO")) | not' "$WORK/records" >/dev/null ||
		    fail "arguments were passed on"
		jq -e '.gatekeeper.request == "sftp"' "$WORK/records" ||
		    fail "not an sftp request"
	done
}

# sshd drops a subsystem's standard error: the user must read it elsewhere.
refused_in_words()
{
	batch sftp-none <<-END
	pwd
	END
	failed
	complained 'gatekeeper: refused: .* \(session [0-9A-Za-z]{26}\)'
	recorded '.event.reason == "no-sftp"
	    and .gatekeeper.request == "sftp"'
}

# A client that says nothing gets no answer, and is on record all the same.
refused_early()
{
	client ssh -s -F "$CLIENT" sftp-none sftp
	[ "$STATUS" -eq 126 ] || fail "status $STATUS"
	recorded '.event.reason == "no-sftp"'
}
