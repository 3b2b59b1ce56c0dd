# shellcheck shell=sh disable=SC2034
# prepare: what sessions write to, made once, and nothing put in its place.
# Read with `.` by tests/ctl/run. Root prepares for GUEST, in its private
# room; anybody else for itself.

# P is the policy folder, and L where records go.
prepare_fill()
{
	P=$WORK/prepare
	L=$P/records
	rm -rf "$P" 2>/dev/null || { chattr -R -a "$P"; rm -rf "$P"; }
	mkdir -p "$P/keys"
	cat >"$P/gatekeeper.ini" <<-END
	[audit]
	syslog = no
	file = $L/\${account}.json
	transcripts = $L/transcripts
	[state]
	directory = $P/state
	END
	printf '[allow a]\ncommand = probe\nrun = %s/bin/probe\n' "$WORK" \
	    >"$P/keys/k.ini"
	if is_root; then
		WHO=$GUEST FOLDER='0 0 1733' FILE="0 $GUEST_ID 660"
	else
		WHO=$(id -un) FOLDER="$(id -u) $(id -g) 700"
		FILE="$(id -u) $(id -g) 600"
	fi
}

# prepare STATUS [ACCOUNT]: what it says is in $WORK/out.
prepare()
{
	"$BUILT/san/gatekeeperctl" -d "$P" prepare "${2:-$WHO}" \
	    >"$WORK/out" 2>&1
	prepared=$?
	cat "$WORK/out"
	echo "status $prepared, not $1?"
	[ "$prepared" -eq "$1" ]
}

# is_prepared: all three are there, and who may do what with them.
is_prepared()
{
	for path in "$P/state" "$L/transcripts"; do
		echo "$path $(stat -c '%u %g %a' "$path")"
		[ "$(stat -c '%u %g %a %F' "$path")" = "$FOLDER directory" ] ||
		    return 1
	done
	echo "$L/$WHO.json $(stat -c '%u %g %a' "$L/$WHO.json")"
	[ "$(stat -c '%u %g %a' "$L/$WHO.json")" = "$FILE" ]
}

says()
{
	grep -qF -- "$1" "$WORK/out" || {
		echo "missing: $1"
		return 1
	}
}

# A mode is mended, and the records in the file stay.
prepare_twice()
{
	prepare 0 && is_prepared && says "state folder $P/state: made" &&
	    says "record file $L/$WHO.json: made" &&
	    says "folder $L made" || return 1
	prepare 0 && is_prepared &&
	    [ "$(grep -c ': right already$' "$WORK/out")" -eq 3 ] || return 1
	echo '{}' >>"$L/$WHO.json"
	chattr -a "$L/$WHO.json" 2>/dev/null
	chmod 666 "$L/$WHO.json" && chmod 755 "$P/state" || return 1
	prepare 0 && is_prepared && says 'which was 0666' &&
	    says 'which was 0755' && grep -qx '{}' "$L/$WHO.json"
}

# in_the_way STATUS TEXT PATH: nothing of it is changed, and the others are
# made all the same.
in_the_way()
{
	before=$(stat -c '%u %g %a %F %h' "$3")
	prepare "$1" && says "$2" || return 1
	after=$(stat -c '%u %g %a %F %h' "$3")
	[ "$before" = "$after" ]
}

prepare_hostile()
{
	mkdir "$L"
	echo secret >"$P/other"
	chmod 600 "$P/other"
	mkdir -m 700 "$P/folder"
	ln -s ../other "$L/$WHO.json"
	ln -s "$P/folder" "$P/state"
	ln -s nowhere "$L/transcripts"
	in_the_way 2 "rm $L/$WHO.json" "$L/$WHO.json" &&
	    in_the_way 2 "rm $P/state" "$P/state" &&
	    in_the_way 2 "rm $L/transcripts" "$L/transcripts" &&
	    [ ! -e "$L/nowhere" ] &&
	    [ "$(stat -c %a "$P/other" "$P/folder" | xargs)" = '600 700' ] ||
	    return 1
	rm "$L/$WHO.json" "$P/state" "$L/transcripts"
	mkfifo "$L/$WHO.json"
	mkdir "$L/transcripts"
	echo >"$P/state"
	in_the_way 2 "is no regular file" "$L/$WHO.json" &&
	    in_the_way 2 'is no folder' "$P/state" || return 1
	rm "$L/$WHO.json"
	ln "$P/other" "$L/$WHO.json"
	in_the_way 2 'another name' "$L/$WHO.json" &&
	    grep -qx secret "$P/other"
}

# A folder in which others could put something in the way.
prepare_above()
{
	mkdir "$L"
	chmod 777 "$L"
	prepare 2 && says "$L: others can write it: chmod o-w" &&
	    [ ! -e "$L/$WHO.json" ] || return 1
	rmdir "$L"
	mkdir "$P/real"
	ln -s real "$L"
	prepare 0 && [ -f "$P/real/$WHO.json" ]
}

prepare_nobody()
{
	prepare 2 no-such-account && says 'no account no-such-account' ||
	    return 1
	is_root || { prepare 2 root && says 'takes root'; }
}

prepare_syslog()
{
	echo '[audit]' >"$P/gatekeeper.ini"
	prepare 0 && says 'records go to syslog alone' &&
	    [ -d "$P/state" ] && [ -d "$P/transcripts" ] || return 1
	printf '[audit]\nfoo = 1\n' >"$P/gatekeeper.ini"
	prepare 2 && says 'gatekeeper.ini:2: '
}

# Of others: only root meets these.
prepare_strangers()
{
	mkdir "$L"
	: >"$L/$WHO.json"
	chown "$GUEST" "$L/$WHO.json"
	in_the_way 2 "it belongs to $GUEST" "$L/$WHO.json" || return 1
	chown "$GUEST" "$L"
	in_the_way 2 "$L: it belongs to somebody" "$L/$WHO.json" || return 1
	chown "root:$GUEST" "$L"
	chmod 775 "$L"
	in_the_way 2 "$L: the account's group can write" "$L/$WHO.json" ||
	    return 1
	sed -i "s/[$].account./all/" "$P/gatekeeper.ini"
	chmod 755 "$L"
	prepare 0 && prepare 2 root && says 'is that of other accounts'
}

# The account can add to what it got, and do nothing else with it.
prepare_used()
{
	ACCOUNT=$WHO
	prepare 0 || return 1
	SSH_ORIGINAL_COMMAND=probe as_account "$WORK/gatekeeper" -d "$P" k &&
	    [ "$(jq -r .gatekeeper.verdict "$L/$WHO.json")" = permit ] ||
	    return 1
	as_account touch "$L/transcripts/mine" || return 1
	if as_account ls "$L/transcripts" || as_account ls "$P/state" ||
	    as_account rm -f "$L/$WHO.json" ||
	    as_account sh -c ": >\"\$1/new\"" sh "$L"; then
		return 1
	fi
	if lsattr "$L/$WHO.json" | grep -q '^-*a'; then
		! as_account truncate -s 0 "$L/$WHO.json"
	else
		says 'without the append-only attribute'
	fi
}

prepare_tests()
{
	if is_root && [ -n "$ROOM_WHY" ]; then
		skip "ctl/prepare # needs a private room for root"
		return
	fi
	for test in twice hostile above nobody syslog; do
		prepare_fill
		try "prepare/$test" "prepare_$test"
	done
	for test in strangers used; do
		prepare_fill
		if is_root; then
			try "prepare/$test" "prepare_$test"
		else
			skip "ctl/prepare-$test # needs an account beside root"
		fi
	done
	prepare_fill
	rm -rf "$P"
}
