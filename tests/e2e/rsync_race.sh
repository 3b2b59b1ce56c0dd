# shellcheck shell=sh
# A folder in the middle of a path is swapped for a link that leads outside,
# over and over, while files are stored and fetched below it. Each file is a
# try; GK_RACE_TRIES sets how many.

setup()
{
	LOCAL=$HERE/race-local
	TREE=$DATA/race
	OUTSIDE=$DATA/race-outside
	TRIES=${GK_RACE_TRIES:-2000}
	mkdir -p "$LOCAL/tree/parent/sub"
	data_make "$TREE" "$TREE/parent" "$TREE/parent/sub" "$OUTSIDE" \
	    "$OUTSIDE/sub"
	(cd "$LOCAL/tree/parent/sub" && seq 1 500 | split -l 1 -a 2 -)
	for file in "$LOCAL/tree/parent/sub"/*; do
		echo outside >"$OUTSIDE/sub/${file##*/}"
	done
	chown -R "$ACCOUNT:" "$OUTSIDE"
	add_key race <<-END
	[key]
	[allow sync]
	protocol = rsync
	write  = $TREE
	read   = $TREE
	delete = yes
	options = +keep-dirlinks +L
	END
}

tests()
{
	cat <<-'END'
	rsync-race race
	END
}

# parent is there, is a link, is there … until this shell ends it.
swap()
{
	as_account ln -s ../race-outside "$TREE/link"
	# No function: the process that is killed later must be perl itself.
	options=$(account_options "$ACCOUNT")
	# shellcheck disable=SC2016,SC2086 # perl's variables; several words
	setpriv --pdeathsig KILL $options perl -e '
		chdir $ARGV[0] or die;
		$SIG{TERM} = sub { $over = 1 };
		until ($over) {
			rename("parent", "aside"); rename("link", "parent");
			$swaps++;
			rename("parent", "link"); rename("aside", "parent");
		}
		print "$swaps swaps\n";' "$TREE" >"$WORK/swaps" &
	SWAPPER=$!
	CHILDREN="$CHILDREN $SWAPPER"
}

# Its names and contents: times and modes are not what is promised.
outside_print()
{
	(cd "$OUTSIDE" && find . -type f | sort | xargs cat &&
	    find . | sort)
}

try()
{
	forget_refusals
	timeout -k 5 60 rsync -e "ssh -F $CLIENT" "$@" >/dev/null 2>&1 || :
	done=$((done + 500))
}

store()
{
	try -a -I "$LOCAL/tree/" race:
	try -a -I --inplace -R "$LOCAL/tree/./parent/sub" race:
	try -rK -I --inplace "$LOCAL/tree/" race:
	try -a -I --delete "$LOCAL/tree/parent/sub/" race:parent/sub/
	try -a -I --temp-dir="$TREE/parent" --backup-dir="$TREE/parent/old" \
	    -b "$LOCAL/tree/" race:
}

# Nothing that was fetched may have come from outside.
fetch()
{
	for options in -a -aR -aL -aLR; do
		rm -rf "$LOCAL/got"
		try $options race:parent/sub "$LOCAL/got/"
		[ ! -d "$LOCAL/got" ] ||
		    ! grep -rq outside "$LOCAL/got" ||
		    fail "fetched from outside with $options"
	done
}

race()
{
	done=0
	outside_print >"$WORK/before"
	swap
	while [ "$done" -lt "$TRIES" ]; do
		store
		fetch
		outside_print | cmp - "$WORK/before" ||
		    fail "changed outside after $done tries"
	done
	kill "$SWAPPER"
	wait "$SWAPPER" || :
	echo "$done tries, $(cat "$WORK/swaps")"
	[ "$(jq -r 'select(.gatekeeper.key == "race")
	    | .gatekeeper.verdict' "$RECORDS" | grep -c permit)" -gt 0 ] ||
	    fail "nothing was tried"
}
