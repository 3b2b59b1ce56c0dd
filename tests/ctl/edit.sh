# shellcheck shell=sh disable=SC2016 # what the editors expand
# tests/ctl/edit.sh: gatekeeperctl edit, in a policy folder of its own. Read by
# tests/ctl/run. Editors are small scripts; where questions are asked,
# script(1) makes the terminal.

E=              # the policy folder
GOOD=           # what a policy without findings holds, and two worse ones
WARNED=
WRONG=

edit_fill()
{
	E=$WORK/e
	rm -rf "$E"
	mkdir -p "$E/keys" "$E/roles" "$WORK/ed"
	mkdir "$E/log"
	printf '[audit]\nsyslog = no\nfile = %s/log/${account}.json\n' "$E" \
	    >"$E/gatekeeper.ini"
	GOOD="[allow a]
command = $WORK/bin/probe"
	WARNED="$GOOD
sandbox = none"
	WRONG='[key]
foo = 1'
	printf '%s\n' "$GOOD" >"$E/keys/k.ini"
	rm -f "$WORK/started" "$WORK/go"
	unset VISUAL
}

# editor_make: $EDITOR, a script from standard input. $1 is the copy.
editor_make()
{
	{
		echo '#!/bin/sh'
		echo "W=$WORK E=$E"
		cat
	} >"$WORK/ed/it"
	chmod 755 "$WORK/ed/it"
	EDITOR=$WORK/ed/it
	export EDITOR
}

# editor_puts TEXT...: one text for each time that it is started.
editor_puts()
{
	count=0
	for put; do
		count=$((count + 1))
		printf '%s\n' "$put" >"$WORK/ed/$count"
	done
	rm -f "$WORK/rounds"
	editor_make <<-'END'
	echo >>"$W/rounds"
	cat "$W/ed/$(wc -l <"$W/rounds")" >"$1"
	END
}

# edit STATUS OPERAND...: without a terminal.
edit()
{
	wanted=$1
	shift
	"$BUILT/san/gatekeeperctl" -d "$E" edit "$@" \
	    >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	cat "$WORK/out" "$WORK/err"
	[ "$status" -eq "$wanted" ] || {
		echo "status $status, not $wanted"
		return 1
	}
}

# answer STATUS ANSWERS OPERAND...: on a terminal.
answer()
{
	wanted=$1
	answers=$2
	shift 2
	line="env --default-signal=INT,QUIT"
	line="$line $BUILT/san/gatekeeperctl -d $E edit $*"
	printf '%b' "$answers" |
	    NO_COLOR=1 script -qec "$line" /dev/null >"$WORK/out"
	status=$?
	cat "$WORK/out"
	[ "$status" -eq "$wanted" ] || {
		echo "status $status, not $wanted"
		return 1
	}
}

# holds TEXT [FILE]: all of it, and nothing is left beside it.
holds()
{
	file=${2-$E/keys/k.ini}
	printf '%s\n' "$1" | diff - "$file" && nothing_left
}

nothing_left()
{
	find "$E" -name '.*' >"$WORK/left"
	cat "$WORK/left"
	[ ! -s "$WORK/left" ]
}

tells()
{
	grep -qF -- "$1" "$WORK/out" || grep -qF -- "$1" "$WORK/err"
}

# --- without a question -----------------------------------------------------

edit_installs()
{
	editor_puts "$GOOD
# more"
	edit 0 k && tells "$E/keys/k.ini: installed" && holds "$GOOD
# more"
}

edit_unchanged()
{
	before=$(stat -c '%i %Z' "$E/keys/k.ini")
	editor_puts "$GOOD"
	edit 0 k && tells unchanged && holds "$GOOD" &&
	    [ "$(stat -c '%i %Z' "$E/keys/k.ini")" = "$before" ]
}

edit_creates()
{
	editor_puts "$GOOD"
	(umask 077 && edit 0 new) && tells "$E/keys/new.ini: created" &&
	    holds "$GOOD" "$E/keys/new.ini" &&
	    [ "$(stat -c %a "$E/keys/new.ini")" = 644 ]
}

edit_template()
{
	editor_make </dev/null
	edit 0 new && tells 'not created' && [ ! -e "$E/keys/new.ini" ] &&
	    nothing_left || return 1
	echo 'echo "# seen" >>"$1"' | editor_make
	edit 1 new && tells 'there is no rule' || return 1
	edit 0 --role new && edit 0 --settings && nothing_left || return 1
	SSH_ORIGINAL_COMMAND=id "$BUILT/gatekeeper" -d "$E" new
	[ $? -eq 126 ]
}

# What is wrong is told of the file that people know, and of no copy.
edit_errors()
{
	editor_puts "$WRONG" "$WRONG"
	edit 2 k && holds "$GOOD" && tells "$E/keys/k.ini:2: error: " &&
	    tells 'nothing was changed' && ! tells '.edit/' || return 1
	edit 2 new && tells "$E/keys/new.ini:2: error: " &&
	    [ ! -e "$E/keys/new.ini" ] && nothing_left
}

edit_warnings()
{
	editor_puts "$WARNED"
	edit 1 k && tells "$E/keys/k.ini:3: warning: " && holds "$WARNED"
}

# The key reads its roles and what lies beside it.
edit_neighbours()
{
	printf '[allow s]\nprotocol = sftp\nread = %s\n' "$WORK/srv/a" \
	    >"$E/roles/r.ini"
	echo ssh-ed25519 \
	    AAAAC3NzaC1lZDI1NTE5AAAAIGhOMshw2n9M4r3Zpil+yjQmJWOsfhFZWTzGxikPn4i1 \
	    >"$E/keys/k.pub"
	text="[key]
public-key-file = k.pub
use = r"
	editor_puts "$text" "$text nobody"
	edit 1 k && tells 'k.pub:1: warning: there is no account' &&
	    holds "$text" || return 1
	edit 2 k && tells 'nobody' && ! tells '.edit/' && holds "$text"
}

edit_role()
{
	printf '[key]\nuse = r\n' >"$E/keys/k.ini"
	printf '[allow s]\ncommand = s\nrun = %s\n' "$WORK/bin/probe" \
	    >"$E/roles/r.ini"
	editor_puts '[allow s]
command = s
run = /none' '[allow s]
command = s
foo = 1'
	edit 2 --role r && tells "$E/roles/r.ini:3: error: /none" || return 1
	edit 2 --role r && tells "$E/roles/r.ini:3: error: [allow]" &&
	    grep -q '^command = s' "$E/roles/r.ini" || return 1
	editor_puts "$GOOD"
	edit 0 --role r && holds "$GOOD" "$E/roles/r.ini"
}

# One that no key uses yet: its syntax is known, its folders are not.
edit_role_unused()
{
	text='[allow s]
protocol = scp
write = /srv/${key}/${account}'
	editor_puts "$text" "$WRONG" "$text
foo = 1"
	edit 0 --role r && holds "$text" "$E/roles/r.ini" || return 1
	edit 2 --role r && tells "$E/roles/r.ini:1: error: " || return 1
	edit 2 --role r && tells "$E/roles/r.ini:4: error: " &&
	    ! tells '.edit/' && holds "$text" "$E/roles/r.ini"
}

edit_settings()
{
	editor_puts '[audit]
syslog = perhaps' '[audit]
syslog = yes'
	edit 2 --settings && tells "$E/gatekeeper.ini:2: error: " || return 1
	edit 0 --settings && holds '[audit]
syslog = yes' "$E/gatekeeper.ini"
}

# A role of which another key has enough: it is that key that breaks.
edit_elsewhere()
{
	printf '[allow w]\nprotocol = scp\nwrite = %s\n' "$WORK/srv/a" \
	    >"$E/keys/w.ini"
	text="[allow a]
command = $WORK/srv/a/probe"
	editor_puts "$text"
	edit 2 k && tells "$E/keys/w.ini:3: error: " && holds "$GOOD" ||
	    return 1
	printf '%s\n' "$text" >"$E/keys/k.ini"
	printf '[key]\nfoo = 1\n' >"$E/keys/broken.ini"
	editor_puts "# a line more
$text"
	edit 0 k && ! tells error && holds "# a line more
$text"
}

# The candidate is judged as if it lay in the real policy folder.
edit_guard()
{
	editor_puts "[allow w]
protocol = scp
write = $E/roles"
	edit 2 k && tells "$E/keys/k.ini:3: error: " && holds "$GOOD"
}

edit_doubtful()
{
	editor_puts "$GOOD" "$GOOD"
	ln -s k.ini "$E/keys/l.ini"
	edit 2 l && tells 'symbolic link' && [ -L "$E/keys/l.ini" ] ||
	    return 1
	chmod 666 "$E/keys/k.ini"
	edit 2 k && tells 'chmod go-w' || return 1
	chmod 644 "$E/keys/k.ini"
	chmod 777 "$E/keys"
	edit 2 k && tells 'chmod go-w' || return 1
	chmod 755 "$E/keys"
	mkdir -m 777 "$E/keys/.k.ini.edit"
	chmod 777 "$E/keys/.k.ini.edit"
	edit 2 k && tells 'in the way' || return 1
	rmdir "$E/keys/.k.ini.edit"
	rmdir "$E/roles"
	edit 2 --role r && tells 'mkdir' && [ ! -e "$WORK/rounds" ]
}

# --- editors ----------------------------------------------------------------

edit_editor_fails()
{
	echo 'echo foo >"$1"; exit 3' | editor_make
	edit 2 k && tells 'status 3' && tells 'nothing was changed' &&
	    holds "$GOOD" || return 1
	echo 'echo foo >"$1"; kill -TERM $$' | editor_make
	edit 2 k && tells 'signal 15' && holds "$GOOD" || return 1
	echo 'rm "$1"' | editor_make
	edit 2 k && tells 'No such file' && holds "$GOOD" || return 1
	echo 'rm "$1"; mkfifo "$1"' | editor_make
	edit 2 k && tells 'not a regular file' && holds "$GOOD" || return 1
	EDITOR=$WORK/none edit 2 k && tells 'cannot be started' || return 1
	EDITOR="it's" edit 2 k && tells 'EDITOR names no editor' &&
	    holds "$GOOD"
}

# VISUAL first; words and quotes, and no shell.
edit_editor_words()
{
	editor_make </dev/null
	printf '%s\n' "$GOOD" '# words' >"$WORK/ed/w"
	VISUAL="sh -c 'cat \"\$1\" >\"\$2\"' sh $WORK/ed/w" edit 0 k &&
	    holds "$GOOD
# words" || return 1
	VISUAL="touch $WORK/ed/;touch" EDITOR=false edit 0 k &&
	    [ -e "$WORK/ed/;touch" ] || return 1
	VISUAL=' ' EDITOR=false edit 2 k && tells 'editor false'
}

# What is installed is what was checked: the editor has never had it.
edit_editor_stays()
{
	cat <<-'END' | editor_make
	echo "# one" >>"$1"
	ln "$1" "$W/ed/linked"
	END
	rm -f "$WORK/ed/linked"
	edit 0 k || return 1
	echo foo >>"$WORK/ed/linked"
	holds "$GOOD
# one"
}

# In the folder that the editor works in, nothing is a key.
edit_no_key()
{
	cat <<-END | editor_make
	for key in .k.ini.edit .k.ini .k.ini.edit/copy/k .k.ini.edit/lock; do
		SSH_ORIGINAL_COMMAND=$WORK/bin/probe \
		    $BUILT/gatekeeper -d "\$E" "\$key" </dev/null
		echo \$? >>\$W/ed/statuses
	done
	ls -ld "\${1%/*}" | cut -c1-10 >>\$W/ed/statuses
	END
	rm -f "$WORK/ed/statuses"
	edit 0 k || return 1
	sort -u "$WORK/ed/statuses" >"$WORK/statuses"
	cat "$WORK/statuses"
	! grep -qx 0 "$WORK/statuses" && grep -qx 'drwx------' \
	    "$WORK/statuses" && [ "$(grep -c . "$WORK/ed/statuses")" -eq 5 ]
}

edit_mode()
{
	if is_root; then
		chown "12345:54321" "$E/keys/k.ini"
		chown root "$E/keys/k.ini"
	fi
	chmod 440 "$E/keys/k.ini"
	before=$(stat -c '%u %g %a' "$E/keys/k.ini")
	editor_puts "$GOOD
# mode"
	edit 0 k && holds "$GOOD
# mode" && [ "$(stat -c '%u %g %a' "$E/keys/k.ini")" = "$before" ]
}

# --- others at the same time ------------------------------------------------

# A mode that somebody sets meanwhile is not undone.
edit_closed()
{
	cat <<-'END' | editor_make
	echo "# mine" >>"$1"
	chmod 600 "$E/keys/k.ini"
	END
	edit 2 k && [ "$(stat -c %a "$E/keys/k.ini")" = 600 ] &&
	    [ "$(cat "$E/keys/k.ini")" = "$GOOD" ]
}

edit_changed()
{
	cat <<-'END' | editor_make
	echo "# mine" >>"$1"
	echo "# theirs" >>"$E/keys/k.ini"
	END
	edit 2 k && tells 'somebody else changed it' &&
	    tells "$E/keys/.k.ini.edit/copy/k.ini" || return 1
	tail -n 1 "$E/keys/k.ini" | grep -qx '# theirs' &&
	    tail -n 1 "$E/keys/.k.ini.edit/copy/k.ini" | grep -qx '# mine' ||
	    return 1
	echo 'cp "$E/keys/k.ini" "$E/keys/new.ini"; echo "[key]" >"$1"' |
	    editor_make
	edit 2 new && tells 'somebody else changed it' &&
	    cmp "$E/keys/k.ini" "$E/keys/new.ini"
}

waits()
{
	tries=200
	until [ -e "$1" ]; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# edit_begin: an edit of k in PID, whose editor waits for $WORK/go.
edit_begin()
{
	cat <<-'END' | editor_make
	echo "# begun" >>"$1"
	echo $$ >"$W/started.new"
	mv "$W/started.new" "$W/started"
	tries=200
	until [ -e "$W/go" ] || [ "$tries" -eq 0 ]; do
		tries=$((tries - 1))
		sleep 0.05
	done
	END
	rm -f "$WORK/started" "$WORK/go"
	"$BUILT/san/gatekeeperctl" -d "$E" edit k >"$WORK/first" 2>&1 \
	    </dev/null &
	PID=$!
	waits "$WORK/started"
}

# edit_cut: one that is killed while its editor runs, and then that one.
edit_cut()
{
	edit_begin || return 1
	kill -KILL "$PID"
	wait "$PID"
	: >"$WORK/go"
	kill "$(cat "$WORK/started")" 2>/dev/null
	printf '%s\n' "$GOOD" | diff - "$E/keys/k.ini"
}

edit_two()
{
	edit_begin || return 1
	begun=$EDITOR
	EDITOR=false
	edit 2 k && tells "is being edited by " && tells "process $PID" &&
	    EDITOR=true edit 0 other
	second=$?
	EDITOR=$begun
	: >"$WORK/go"
	wait "$PID" && [ "$second" -eq 0 ] && holds "$GOOD
# begun"
}

# Many at once: one of them at a time has the file, and none is lost.
edit_many()
{
	echo 'echo "# one" >>"$1"' | editor_make
	pids=
	for _ in 1 2 3 4 5 6 7 8; do
		"$BUILT/san/gatekeeperctl" -d "$E" edit k >>"$WORK/many" 2>&1 \
		    </dev/null &
		pids="$pids $!"
	done
	installed=0
	for pid in $pids; do
		if wait "$pid"; then
			installed=$((installed + 1))
		fi
	done
	cat "$WORK/many"
	echo "$installed installed"
	[ "$installed" -gt 0 ] && nothing_left &&
	    [ "$(grep -c '# one' "$E/keys/k.ini")" -eq "$installed" ]
}

edit_killed()
{
	edit_cut || return 1
	editor_puts "$GOOD
# next"
	edit 2 k && tells "$E/keys/.k.ini.edit/copy/k.ini" || return 1
	rm "$E/keys/.k.ini.edit/copy/k.ini"
	edit 0 k && holds "$GOOD
# next"
}

# Nor does one that is refused take the text away.
edit_killed_refused()
{
	edit_cut || return 1
	mv "$E/keys/k.ini" "$E/keys/l.ini"
	ln -s l.ini "$E/keys/k.ini"
	edit 2 k && tells 'symbolic link' &&
	    tail -n 1 "$E/keys/.k.ini.edit/copy/k.ini" | grep -qx '# begun'
}

# One that had not changed anything leaves nothing to ask about.
edit_killed_early()
{
	printf '%s\n' "$GOOD" '# begun' >"$E/keys/k.ini"
	edit_begin || return 1
	kill -KILL "$PID"
	wait "$PID"
	: >"$WORK/go"
	kill "$(cat "$WORK/started")" 2>/dev/null
	cp "$E/keys/k.ini" "$E/keys/.k.ini.edit/copy/k.ini"
	editor_puts "$GOOD"
	edit 0 k && holds "$GOOD"
}

# swapped FROM TO: who began to read the old file reads that to its end.
swapped()
{
	exec 3<"$E/keys/k.ini"
	echo "cat \$W/ed/$2 >\"\$1\"" | editor_make
	edit 0 k
	status=$?
	cmp "$WORK/ed/$1" - <&3 && [ "$status" -eq 0 ]
	status=$?
	exec 3<&-
	return "$status"
}

# Whoever reads it at any time reads one of the two, and all of it.
edit_atomic()
{
	awk 'BEGIN { for (i = 0; i < 6000; i++)
	    print "# a long line, so that the file takes long to write" }' \
	    >"$WORK/ed/long"
	for which in one two; do
		{ cat "$WORK/ed/long"; echo "$GOOD"; echo "# $which"; } \
		    >"$WORK/ed/$which"
	done
	cp "$WORK/ed/one" "$E/keys/k.ini"
	while [ ! -e "$WORK/go" ]; do
		cat "$E/keys/k.ini" >"$WORK/read"
		cmp -s "$WORK/read" "$WORK/ed/one" ||
		    cmp -s "$WORK/read" "$WORK/ed/two" || echo half
	done >"$WORK/halves" 2>&1 &
	reader=$!
	bad=0
	for _ in 1 2 3; do
		swapped one two || bad=1
		swapped two one || bad=1
	done
	: >"$WORK/go"
	wait "$reader"
	cat "$WORK/halves"
	[ "$bad" -eq 0 ] && [ ! -s "$WORK/halves" ]
}

# --- questions --------------------------------------------------------------

edit_ask_errors()
{
	editor_puts "$WRONG" "$WRONG" "$GOOD
# mended"
	answer 0 '\nwhat\ns\ne\n' k && tells '(e)dit again, (x) exit' &&
	    holds "$GOOD
# mended" && [ "$(wc -l <"$WORK/rounds")" -eq 3 ]
}

edit_ask_exit()
{
	editor_puts "$WRONG" "$WRONG"
	answer 2 'x\n' k && tells 'nothing was changed' && holds "$GOOD" ||
	    return 1
	answer 2 '' k && holds "$GOOD"
}

edit_ask_warnings()
{
	editor_puts "$WARNED" "$WARNED" "$WARNED
# again" "$WARNED"
	answer 2 'x\n' k && tells '(s)ave' && holds "$GOOD" || return 1
	answer 1 'e\ns\n' k && holds "$WARNED
# again" || return 1
	answer 1 's\n' k && holds "$WARNED"
}

# On a terminal, what an editor that failed has left is offered again.
edit_ask_failed()
{
	cat <<-'END' | editor_make
	echo "# worked" >>"$1"
	[ "$(grep -c worked "$1")" -gt 1 ]
	END
	answer 0 'e\n' k && tells 'status 1' && holds "$GOOD
# worked
# worked"
}

edit_ask_resume()
{
	edit_cut || return 1
	editor_make </dev/null
	answer 2 'x\n' k && [ -e "$E/keys/.k.ini.edit/copy/k.ini" ] ||
	    return 1
	answer 0 'r\n' k && tells '(r)esume' && holds "$GOOD
# begun"
}

edit_ask_discard()
{
	edit_cut || return 1
	editor_make </dev/null
	answer 0 'd\n' k && tells unchanged && holds "$GOOD"
}

# Keys that end a program are the editor's to take. Whoever runs the tests may
# have them ignored.
edit_ask_interrupted()
{
	cat <<-'END' | editor_make
	echo "# interrupted" >>"$1"
	sed -n 's/^SigIgn:[^0-9a-f]*//p' "/proc/$$/status" >"$W/ed/ignored"
	trap : INT
	kill -INT $PPID
	END
	answer 0 '' k && holds "$GOOD
# interrupted" && [ $((0x$(cat "$WORK/ed/ignored") & 6)) -eq 0 ]
}

# --- as root ----------------------------------------------------------------

edit_account()
{
	mkdir "$E/keys/.k.ini.edit"
	chown "$GUEST:" "$E/keys/.k.ini.edit"
	edit 2 k && tells 'in the way' && rmdir "$E/keys/.k.ini.edit" ||
	    return 1
	chown "root:$GUEST" "$E/keys/k.ini"
	chmod 640 "$E/keys/k.ini"
	text="[key]
account = $GUEST
$GOOD"
	editor_puts "$text" "$text
# again"
	edit 1 k && ! tells 'cannot read it' || return 1
	chown root:root "$E/keys/k.ini"
	edit 2 k && tells "$E/keys/k.ini: error: $GUEST cannot read it"
}

# full TEST: with a policy folder on a file system that it can fill.
full()
{
	mkdir "$WORK/small"
	mount -t tmpfs -o size=64k,mode=755 tmpfs "$WORK/small" || return 1
	E=$WORK/small
	mkdir "$E/keys"
	printf '%s\n' "$GOOD" >"$E/keys/k.ini"
	"$1"
	status=$?
	umount "$WORK/small"
	rmdir "$WORK/small"
	E=$WORK/e
	return "$status"
}

full_before()
{
	cat /dev/zero >"$E/fill"
	edit 2 k && tells 'No space left' && tells 'nothing was changed' &&
	    holds "$GOOD"
}

# What is there already stays, when there is no space to go on with it.
full_resume()
{
	mkdir "$E/keys/.k.ini.edit" "$E/keys/.k.ini.edit/copy"
	echo '# left' >"$E/keys/.k.ini.edit/copy/k.ini"
	cat /dev/zero >"$E/fill"
	answer 2 'r\n' k && tells 'No space left' &&
	    grep -qx '# left' "$E/keys/.k.ini.edit/copy/k.ini"
}

# The editor has taken what was left; its text stays.
full_after()
{
	cat <<-'END' | editor_make
	for _ in 1 2 3 4 5 6 7 8 9; do
		printf '# %01000d\n' 0 >>"$1"
	done
	cat /dev/zero >"$E/fill"
	exit 0
	END
	edit 2 k && tells 'No space left' &&
	    tells "$E/keys/.k.ini.edit/copy/k.ini" &&
	    printf '%s\n' "$GOOD" | diff - "$E/keys/k.ini"
}

edit_full_disk()
{
	full full_before && full full_resume && full full_after
}

edit_tests()
{
	for test in installs unchanged creates template errors warnings \
	    neighbours role role_unused settings elsewhere guard doubtful \
	    editor_fails editor_words editor_stays no_key mode closed changed two \
	    many killed killed_refused killed_early atomic; do
		edit_fill
		try "edit/$test" "edit_$test"
	done
	for test in errors exit warnings failed resume discard interrupted; do
		edit_fill
		if command -v script >/dev/null; then
			try "edit/ask_$test" "edit_ask_$test"
		else
			skip "ctl/edit-ask_$test # needs script(1)"
		fi
	done
	for test in account full_disk; do
		edit_fill
		if is_root && [ -z "$ROOM_WHY" ]; then
			try "edit/$test" "edit_$test"
		else
			skip "ctl/edit-$test # needs a private room for root"
		fi
	done
	rm -rf "$E"
}
