# shellcheck shell=sh
# The policies that ship, as they ship but for their folders and accounts. The
# example of dns-push has its own file.

setup()
{
	policy_use examples
	LOCAL=$HERE/examples-local
	BACKUP=$DATA/srv/backup/web1
	TO=$DATA/srv/exchange/example/in
	FROM=$DATA/srv/exchange/example/out
	WWW=$DATA/srv/www
	mkdir -p "$LOCAL"
	seq 1 3000 >"$LOCAL/file"
	data_make "$DATA/srv" "$BACKUP" "$TO" "$FROM" "$WWW"
	echo content >"$FROM/file"
	settings_write <<-END
	[programs]
	rdistd = /bin/echo
	END
	for name in scp-backup sftp-dropbox rdist; do
		moved "$ROOT/examples/$name/$name.ini" | add_key "$name"
	done
	add_key example <"$ROOT/etc/keys/example.ini"
	uncommented | add_key taught
}

# moved FILE: with folders that exist here and the account that there is.
moved()
{
	sed -e "s|= /srv/|= $DATA/srv/|" -e "s|^account .*|account = $ACCOUNT|" \
	    "$1"
}

# The first policy with its lessons switched on: rules and keys, not prose.
uncommented()
{
	sed -E -e "s|^# account .*|account = $ACCOUNT|" \
	    -e '/^# (from|not-before|not-after) /d' \
	    -e 's/^# (\[allow [a-z]+\])$/\1/' \
	    -e 's/^# ([a-z-]+(\.[a-zA-Z]+)?) *= /\1 = /' \
	    "$ROOT/etc/keys/example.ini"
}

tests()
{
	cat <<-'END'
	example-scp-backup scp_backup
	example-sftp-dropbox sftp_dropbox
	example-rdist rdist
	example-first first
	example-first-uncommented first_uncommented
	END
}

scp_backup()
{
	for form in -O -s; do
		rm -f "$BACKUP/file"
		copy $form "$LOCAL/file" scp-backup:
		worked
		same "$LOCAL/file" "$BACKUP/file"
		[ "$(stat -c %a "$BACKUP/file")" = 600 ] || fail "not 600"
		copy $form "scp-backup:$BACKUP/file" "$LOCAL/got"
		failed
		absent "$LOCAL/got"
	done
	copy -O "$LOCAL/file" "scp-backup:$DATA/srv/www/file"
	failed
	absent "$WWW/file"
}

sftp_dropbox()
{
	batch sftp-dropbox <<-END
	put $LOCAL/file
	get ../out/file $LOCAL/got
	END
	worked
	same "$LOCAL/file" "$TO/file"
	same "$FROM/file" "$LOCAL/got"
	rm -f "$LOCAL/got"
	echo "get file $LOCAL/got" >"$WORK/batch"
	batch sftp-dropbox <"$WORK/batch"
	failed
	absent "$LOCAL/got"
}

rdist()
{
	ask rdist rdistd -S
	worked
	[ "$(cat "$OUT")" = -S ] || fail "other arguments"
	ask rdist rdistd -S -x
	refused option 'rdistd -S -x'
}

# It refuses because nothing is permitted, not because it is broken.
first()
{
	ask example 'scp -t /srv'
	refused no-rule 'scp -t /srv'
	ask example
	refused no-shell
}

first_uncommented()
{
	[ "$(grep -c '^\[allow' "$POLICY/keys/taught.ini")" -ge 2 ] ||
	    fail "nothing was uncommented"
	ask taught restart postgres
	refused no-rule 'restart postgres'
	ask taught restart apache2 --after=4000
	refused no-rule 'restart apache2 --after=4000'
}
