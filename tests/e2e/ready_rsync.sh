# shellcheck shell=sh
# The policies of rsync-time-backup, in both directions, with the script that
# ships and with real rsync.

# shellcheck source=SCRIPTDIR/ready
. "$ROOT/tests/e2e/ready"

setup()
{
	ready_use ready-rsync
	SNAPSHOTS=$SRV/backup/web1/snapshots
	WWW=$SRV/www
	data_make "$SRV/backup" "$SRV/backup/web1" "$SNAPSHOTS" \
	    "$SRV/backup/web2" "$WWW"
	echo secret >"$SRV/backup/web2/file"
	client_programs
	PUSH=$ROOT/examples/rsync-time-backup/push-snapshot
	ready rsync-time-backup
	ready rsync-time-backup/rsync-time-backup-source \
	    -e "s|= path /srv/www\$|= path $WWW|" \
	    -e "s|^read     = /srv/www\$|read = $WWW|"
	tree_make "$LOCAL/tree"
}

tests()
{
	cat <<-'END'
	ready-rsync-push push_cycle
	ready-rsync-resume push_resume
	ready-rsync-probes probes
	ready-rsync-finish finish
	ready-rsync-options options
	ready-rsync-elsewhere elsewhere
	ready-rsync-refused other_requests rsync-time-backup
	ready-rsync-fetch fetch
	ready-rsync-fetch-only fetch_only
	ready-rsync-check no_errors rsync-time-backup rsync-time-backup-source
	END
}

push()
{
	client "$PUSH" "$LOCAL/tree" rsync-time-backup "$SNAPSHOTS"
}

# The names of complete snapshots, oldest first.
names()
{
	find "$SNAPSHOTS" -mindepth 1 -maxdepth 1 -name '*-*-*-*' \
	    -printf '%f\n' | sort
}

inode()
{
	stat -c %i "$1"
}

push_cycle()
{
	rm -rf "${SNAPSHOTS:?}"/*
	push
	worked
	records_new
	jq -es 'map(.rule.name) == ["probe", "exists", "copy", "mkdir", "copy",
	    "finish", "space"]' "$WORK/records" >/dev/null ||
	    fail "other rules: $(cat "$WORK/records")"
	first=$SNAPSHOTS/$(names)
	same_tree "$LOCAL/tree" "$first"
	cp -a "$LOCAL/tree" "$LOCAL/before"
	tree_change "$LOCAL/tree"
	# The name has the second in it.
	sleep 1.1
	push
	worked
	second=$SNAPSHOTS/$(names | tail -n 1)
	[ "$first" != "$second" ] || fail "no second snapshot"
	same_tree "$LOCAL/tree" "$second"
	same_tree "$LOCAL/before" "$first"
	[ "$(inode "$first/deep/random")" = "$(inode "$second/deep/random")" ] ||
	    fail "no hard link"
	[ "$(inode "$first/large")" != "$(inode "$second/large")" ] ||
	    fail "what has changed is a hard link"
	client rsync -a "rsync-time-backup:$first/" "$LOCAL/back"
	worked
	same_tree "$LOCAL/before" "$LOCAL/back"
}

# What an interrupted run has left is finished by the next.
push_resume()
{
	as_account mkdir -p "$SNAPSHOTS/incomplete/deep"
	sleep 1.1
	push
	worked
	absent "$SNAPSHOTS/incomplete"
	same_tree "$LOCAL/tree" "$SNAPSHOTS/$(names | tail -n 1)"
}

probes()
{
	ask rsync-time-backup true
	worked
	ask rsync-time-backup "test -d '$SNAPSHOTS'"
	worked
	ask rsync-time-backup "test -d $SNAPSHOTS/missing"
	[ "$STATUS" -eq 1 ] || fail "status $STATUS"
	ask rsync-time-backup "df -P $SNAPSHOTS"
	worked
	printed '^Filesystem'
	ask rsync-time-backup "mkdir -p -- '$SNAPSHOTS/a b'"
	worked
	rmdir "$SNAPSHOTS/a b"
	for command in "test -d /etc" "test -e $SRV/backup/web2/file" \
	    "df -h /" "mkdir -p $SRV/backup/web2/new" \
	    "mkdir -p $SNAPSHOTS/../new"; do
		ask rsync-time-backup "$command"
		refused outside "$command"
	done
	for command in 'true -x' "test -x $SNAPSHOTS" 'df -h' \
	    "df --output=source $SNAPSHOTS" "mkdir $SNAPSHOTS/new" \
	    "mkdir -p -m 777 $SNAPSHOTS/new" "rm -rf $SNAPSHOTS" \
	    "find $SNAPSHOTS" "mv $SNAPSHOTS/a $SNAPSHOTS/b"; do
		ask rsync-time-backup "$command"
		refused no-rule "$command"
	done
	absent "$SRV/backup/web2/new" "$SNAPSHOTS/new"
}

# Nothing that is there is replaced.
finish()
{
	name=2020-01-01-000000
	as_account mkdir -p "$SNAPSHOTS/incomplete" "$SNAPSHOTS/$name/kept"
	ask rsync-time-backup finish "$name"
	[ -d "$SNAPSHOTS/$name/kept" ] || fail "it was replaced"
	[ -d "$SNAPSHOTS/incomplete" ] || fail "it was moved"
	for bad in ../x 2020-01-01 2020-01-01-00000 "$name/x" -t; do
		ask rsync-time-backup finish "$bad"
		refused no-rule "finish $bad"
	done
	rm -r "$SNAPSHOTS/incomplete" "${SNAPSHOTS:?}/$name"
}

# rsync_refused WORDS...: rsync fails, and the record says refused.
rsync_refused()
{
	client rsync "$@"
	failed
	complained '^gatekeeper: refused: '
	recorded '.gatekeeper.verdict == "refuse"'
}

options()
{
	rsync_refused -a --delete "$LOCAL/tree/" \
	    "rsync-time-backup:$SNAPSHOTS/incomplete/"
	rsync_refused -a -M--log-file="$SNAPSHOTS/log" "$LOCAL/tree/" \
	    "rsync-time-backup:$SNAPSHOTS/incomplete/"
	rsync_refused -a -s "$LOCAL/tree/" \
	    "rsync-time-backup:$SNAPSHOTS/incomplete/"
	rsync_refused -a "--link-dest=$SRV/backup/web2" "$LOCAL/tree/" \
	    "rsync-time-backup:$SNAPSHOTS/incomplete/"
	rsync_refused -a -e ssh rsync-time-backup::module "$LOCAL/stolen"
	rsync_refused -a --rsync-path='sudo rsync' "$LOCAL/tree/" \
	    "rsync-time-backup:$SNAPSHOTS/incomplete/"
	absent "$SNAPSHOTS/incomplete" "$SNAPSHOTS/log"
}

elsewhere()
{
	rsync_refused -a "$LOCAL/tree/" "rsync-time-backup:$SRV/backup/web2/"
	rsync_refused -a "rsync-time-backup:$SRV/backup/web2/" "$LOCAL/stolen"
	rsync_refused -a "rsync-time-backup:$SNAPSHOTS/../../web2/" \
	    "$LOCAL/stolen"
	as_account ln -s "$SRV/backup/web2" "$SNAPSHOTS/link"
	rsync_refused -a "rsync-time-backup:$SNAPSHOTS/link/" "$LOCAL/stolen"
	rm "$SNAPSHOTS/link"
	absent "$LOCAL/stolen"
	[ "$(ls "$SRV/backup/web2")" = file ] || fail "something was created"
}

# As rsync_tmbackup.sh of the project has it.
fetch()
{
	key=rsync-time-backup-source
	tree_make "$WWW"
	chmod -R a+rX "$WWW"
	ask "$key" "test -e '$WWW'"
	worked
	ask "$key" "df -T '$WWW'"
	worked
	mkdir -p "$LOCAL/fetched/1"
	client rsync -D --compress --numeric-ids --links --hard-links \
	    --one-file-system --itemize-changes --times --recursive --perms \
	    --owner --group --stats --human-readable \
	    --log-file "$LOCAL/log" -- "$key:$WWW/" "$LOCAL/fetched/1/"
	worked
	same_tree "$WWW" "$LOCAL/fetched/1"
	tree_change "$WWW"
	client rsync -D --compress --numeric-ids --links --hard-links \
	    --one-file-system --itemize-changes --times --recursive --perms \
	    --owner --group --stats --human-readable \
	    --log-file "$LOCAL/log" "--link-dest=$LOCAL/fetched/1" \
	    -- "$key:$WWW/" "$LOCAL/fetched/2/"
	worked
	same_tree "$WWW" "$LOCAL/fetched/2"
	[ "$(inode "$LOCAL/fetched/1/deep/random")" = \
	    "$(inode "$LOCAL/fetched/2/deep/random")" ] || fail "no hard link"
}

fetch_only()
{
	key=rsync-time-backup-source
	rsync_refused -a "$LOCAL/tree/" "$key:$WWW/"
	rsync_refused -a --remove-source-files "$key:$WWW/" "$LOCAL/stolen"
	rsync_refused -a "$key:$SRV/backup/web2/" "$LOCAL/stolen"
	absent "$LOCAL/stolen/file"
	ask "$key" "rm -rf -- '$WWW'"
	refused no-rule "rm -rf -- '$WWW'"
	ask "$key" "df -T /"
	refused outside "df -T /"
}
