# shellcheck shell=sh
# The policies for rsync that ship, as they ship but for their folders and
# accounts, with the commands that their README files show.

setup()
{
	policy_use rsync-examples
	LOCAL=$HERE/rsync-examples
	MIRROR=$DATA/srv/mirror/web1
	WWW=$DATA/srv/www
	FILES=$DATA/srv/data
	mkdir -p "$LOCAL/tree/static"
	seq 1 3000 >"$LOCAL/tree/file"
	echo body >"$LOCAL/tree/static/a.css"
	data_make "$DATA/srv" "$MIRROR" "$WWW" "$FILES"
	cp -R "$LOCAL/tree/." "$WWW"
	echo data >"$FILES/data"
	for name in rsync-push rsync-pull rsnapshot; do
		sed -e "s| /srv/| $DATA/srv/|g" \
		    -e "s|^account .*|account = $ACCOUNT|" \
		    "$ROOT/examples/$name/$name.ini" | add_key "$name"
	done
}

sync()
{
	# shellcheck disable=SC2086 # several words
	client $PATIENCE rsync -e "ssh -F $CLIENT" "$@"
}

tests()
{
	cat <<-'END'
	example-rsync-push push
	example-rsync-pull pull
	example-rsnapshot snapshot
	END
}

alike()
{
	diff -r --no-dereference "$1" "$2" || fail "$1 and $2 differ"
}

refused_by_us()
{
	failed
	complained '^gatekeeper: refused: '
}

push()
{
	sync -aH --delete "$LOCAL/tree/" rsync-push:
	worked
	alike "$LOCAL/tree" "$MIRROR"
	as_account touch "$MIRROR/gone"
	sync -aH --delete "$LOCAL/tree/" "rsync-push:$MIRROR/"
	worked
	absent "$MIRROR/gone"
	sync -a rsync-push: "$LOCAL/got/"
	refused_by_us
	absent "$LOCAL/got"
	sync -a "$LOCAL/tree/" "rsync-push:$WWW/"
	refused_by_us
}

pull()
{
	rm -rf "$LOCAL/got"
	sync -aH --numeric-ids rsync-pull: "$LOCAL/got/"
	worked
	alike "$WWW" "$LOCAL/got"
	rm -rf "$LOCAL/got"
	echo static/a.css >"$LOCAL/list"
	sync -aH --files-from="$LOCAL/list" "rsync-pull:$WWW" "$LOCAL/got/"
	worked
	same "$WWW/static/a.css" "$LOCAL/got/static/a.css"
	rm -rf "$LOCAL/got"
	sync -aR 'rsync-pull:static/*.css' "$LOCAL/got/"
	worked
	same "$WWW/static/a.css" "$LOCAL/got/static/a.css"
	sync -a "$LOCAL/tree/" rsync-pull:
	refused_by_us
	sync -a --remove-source-files rsync-pull: "$LOCAL/got/"
	refused_by_us
}

# The arguments with which rsnapshot calls rsync, two nights.
snapshot()
{
	rm -rf "$LOCAL/daily.0" "$LOCAL/daily.1"
	mkdir "$LOCAL/daily.0" "$LOCAL/daily.1"
	for source in "$FILES/" "$WWW/"; do
		sync -a --delete --numeric-ids --relative --delete-excluded \
		    "rsnapshot:$source" "$LOCAL/daily.1/web1/"
		worked
		sync -a --delete --numeric-ids --relative --delete-excluded \
		    --link-dest="$LOCAL/daily.1/web1/" \
		    "rsnapshot:$source" "$LOCAL/daily.0/web1/"
		worked
	done
	alike "$WWW" "$LOCAL/daily.0/web1/$WWW"
	[ "$(stat -c %i "$LOCAL/daily.0/web1/$FILES/data")" = \
	    "$(stat -c %i "$LOCAL/daily.1/web1/$FILES/data")" ] ||
	    fail "not linked"
	sync -a --relative rsnapshot:/etc/ "$LOCAL/daily.0/web1/"
	refused_by_us
}
