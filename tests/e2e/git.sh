# shellcheck shell=sh
# Real git through rules with `protocol = git`: what it does every day, and
# what a repository must not get done.

setup()
{
	LOCAL=$HERE/git-local
	REPOS=$DATA/git
	MORE=$DATA/git-more
	OUTSIDE=$DATA/git-outside
	WEB=$DATA/git-web
	# What a hook left behind, if one ran.
	MARK=$REPOS/mark
	mkdir -p "$LOCAL/home"
	data_make "$REPOS" "$MORE" "$OUTSIDE" "$WEB"
	cat >"$LOCAL/home/.gitconfig" <<-END
	[user]
		name = test
		email = test@example.net
	[init]
		defaultBranch = main
	[safe]
		directory = *
	END
	keys
	for repo in "$REPOS/empty.git" "$REPOS/big.git" "$MORE/more.git" \
	    "$OUTSIDE/secret.git"; do
		as_account_git init -q --bare "$repo"
	done
	here init -q "$LOCAL/work"
	seq 1 2000 >"$LOCAL/work/numbers"
	mkdir "$LOCAL/work/below"
	echo deep >"$LOCAL/work/below/a name"
	ln -s numbers "$LOCAL/work/link"
	commit "$LOCAL/work" first
	for repo in plain.git hooks.git deploy.git refused.git shared.git \
	    old.git; do
		seed "$REPOS/$repo"
	done
	seed "$OUTSIDE/full.git"
}

keys()
{
	add_key git <<-END
	[key]
	[allow git]
	protocol = git
	read = $REPOS
	write = $REPOS
	END
	add_key git-read <<-END
	[key]
	[allow git]
	protocol = git
	read = $REPOS $MORE
	END
	add_key git-home <<-END
	[key]
	[allow git]
	protocol = git
	read = $REPOS
	write = $REPOS
	env.HOME = $LOCAL/hostile
	END
	program "$HERE/deploy" <<-END
	#!/bin/sh
	git --work-tree=$WEB checkout -q -f main
	id -u >$WEB/deployed
	END
	add_key git-hooks <<-END
	[key]
	[allow git]
	protocol = git
	hooks = yes
	read = $REPOS
	write = $REPOS $WEB
	execute = $HERE/deploy /usr/bin/git /usr/bin/id
	END
}

# The policy and the script that ship, moved to where this run may write.
shipped()
{
	SITE=$DATA/srv/www/site
	mkdir -p "$DATA/srv/git" "$DATA/srv/www"
	data_make "$SITE" "$DATA/srv/git/site.git"
	as_account_git init -q --bare "$DATA/srv/git/site.git"
	sed "s|/srv/|$DATA/srv/|" "$ROOT/examples/git-deploy/git-deploy" |
	    program "$HERE/git-deploy"
	as_account ln -s "$HERE/git-deploy" \
	    "$DATA/srv/git/site.git/hooks/post-receive"
	sed -e "s|/srv/|$DATA/srv/|g" -e "s|^account .*|account = $ACCOUNT|" \
	    -e "s|/usr/local/lib/git-deploy|$HERE/git-deploy|" \
	    "$ROOT/examples/git-deploy/git-deploy.ini" | add_key git-deploy
}

tests()
{
	cat <<-'END'
	git-spellings spellings
	git-home-spelling home_spelling
	git-first-push first_push
	git-branches branches
	git-clone-equal clone_equal
	git-fetch-again fetch_again
	git-versions versions
	git-shallow shallow
	git-archive archive
	git-read-only read_only
	git-two-directories two_directories
	git-outside outside
	git-outside-through-link outside_link
	git-outside-alternates outside_alternates
	git-outside-include outside_include
	git-other-owner other_owner
	git-hooks-never hooks_never
	git-home-never home_never
	git-fetch-never fetch_never
	git-other-program other_program
	git-hooks-yes hooks_yes
	git-hooks-unlisted hooks_unlisted
	git-shared shared
	git-gc gc
	git-checkout checkout
	git-refused refusals
	git-large large
	example-git-deploy example
	END
}

# program FILE: from standard input, root's or one's own, and executable.
program()
{
	cat >"$1"
	chmod 755 "$1"
}

# here WORDS...: git on this side, as whoever runs the tests.
here()
{
	HOME=$LOCAL/home GIT_CONFIG_NOSYSTEM=1 git "$@"
}

as_account_git()
{
	as_account env HOME="$LOCAL/home" GIT_CONFIG_NOSYSTEM=1 git "$@"
}

# remote WORDS...: git as a client; `KEY:path` is a repository.
remote()
{
	# shellcheck disable=SC2086 # several words
	client $PATIENCE env HOME="$LOCAL/home" GIT_CONFIG_NOSYSTEM=1 \
	    GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND="ssh -F $CLIENT" \
	    GIT_TRACE_PACKET="${TRACE-0}" git "$@"
}

# commit WORK TEXT: one more commit of all that is there.
commit()
{
	echo "$2" >>"$1/log"
	here -C "$1" add -A
	here -C "$1" commit -q -m "$2"
}

# seed REPO: a bare repository of the account's, with the work in it.
seed()
{
	as_account_git clone -q --bare "$LOCAL/work" "$1"
}

# copy_of NAME: a fresh clone of work, to be changed.
copy_of()
{
	COPY=$LOCAL/copy-$1
	rm -rf "$COPY"
	here clone -q "$LOCAL/work" "$COPY"
}

# has REPO REF COMMIT
has()
{
	[ "$(here -C "$1" rev-parse -q --verify "$2")" = "$3" ] ||
	    fail "$1 has another $2"
}

head_of()
{
	here -C "$1" rev-parse HEAD
}

spellings()
{
	for name in plain plain.git plain/ "$REPOS/plain" "$REPOS/plain.git" \
	    \~/plain.git ./plain; do
		remote ls-remote "git:$name"
		worked
		printed 'refs/heads/main$'
		permitted
	done
	for program in git-upload-pack 'git upload-pack' \
	    /usr/bin/git-upload-pack '/usr/bin/git upload-pack'; do
		remote ls-remote --upload-pack="$program" git:plain
		worked
	done
}

# The path of a URL comes quoted, its ~ too.
home_spelling()
{
	remote ls-remote "ssh://git/~/plain.git"
	worked
	remote ls-remote "ssh://git/~root/plain.git"
	failed
	complained '^gatekeeper: refused: '
}

first_push()
{
	rm -rf "$LOCAL/first"
	remote clone -q git:empty.git "$LOCAL/first"
	worked
	commit "$LOCAL/first" one
	remote -C "$LOCAL/first" push -q origin HEAD:main
	worked
	permitted
	has "$REPOS/empty.git" main "$(head_of "$LOCAL/first")"
	here -C "$REPOS/empty.git" fsck --strict
	[ -z "$(find "$REPOS/empty.git" ! -user "$ACCOUNT")" ] ||
	    fail "not the account's"
}

branches()
{
	copy_of branches
	commit "$COPY" new
	remote -C "$COPY" push -q git:plain HEAD:refs/heads/new HEAD:refs/tags/v1
	worked
	has "$REPOS/plain.git" new "$(head_of "$COPY")"
	has "$REPOS/plain.git" v1 "$(head_of "$COPY")"
	here -C "$COPY" commit -q --amend -m other
	remote -C "$COPY" push -q git:plain HEAD:new
	failed
	remote -C "$COPY" push -q -f git:plain HEAD:new
	worked
	has "$REPOS/plain.git" new "$(head_of "$COPY")"
	remote -C "$COPY" push -q git:plain :new :v1
	worked
	! here -C "$REPOS/plain.git" rev-parse -q --verify new
}

clone_equal()
{
	rm -rf "$LOCAL/clone"
	remote clone -q git-read:plain "$LOCAL/clone"
	worked
	permitted
	diff -r --exclude=.git "$LOCAL/work" "$LOCAL/clone"
	has "$LOCAL/clone" HEAD "$(head_of "$LOCAL/work")"
}

# The second time there is nothing to want.
fetch_again()
{
	rm -rf "$LOCAL/again"
	remote clone -q git-read:plain "$LOCAL/again"
	worked
	TRACE=1
	remote -C "$LOCAL/again" fetch origin
	worked
	complained '< version 2'
	! grep -q '> want ' "$ERR" || fail "something was asked for"
	! grep -q 'packfile' "$ERR" || fail "something came"
}

versions()
{
	TRACE=1
	for version in 0 1 2; do
		remote -c protocol.version=$version ls-remote git-read:plain
		worked
		printed 'refs/heads/main$'
		case $version in
		0) ! grep -q '< version' "$ERR" || fail "not version 0" ;;
		*) complained "< version $version" ;;
		esac
	done
}

shallow()
{
	rm -rf "$LOCAL/shallow"
	remote clone -q --depth 1 git-read:plain "$LOCAL/shallow"
	worked
	[ -s "$LOCAL/shallow/.git/shallow" ] ||
	    [ "$(here -C "$LOCAL/work" rev-list --count HEAD)" -eq 1 ]
	diff -r --exclude=.git "$LOCAL/work" "$LOCAL/shallow"
	commit "$LOCAL/shallow" more
	remote -C "$LOCAL/shallow" push -q git:plain HEAD:refs/heads/shallow
	worked
	has "$REPOS/plain.git" shallow "$(head_of "$LOCAL/shallow")"
	remote -C "$LOCAL/shallow" push -q git:plain :shallow
	worked
}

archive()
{
	rm -rf "$LOCAL/archive"
	for format in tar tgz; do
		mkdir -p "$LOCAL/archive/$format"
		remote archive --format=$format --remote=git-read:plain \
		    -o "$LOCAL/archive/it" main
		worked
		tar -C "$LOCAL/archive/$format" -xf "$LOCAL/archive/it"
		diff -r --exclude=.git "$LOCAL/work" "$LOCAL/archive/$format"
	done
}

read_only()
{
	copy_of read
	commit "$COPY" change
	before=$(here -C "$REPOS/plain.git" for-each-ref)
	remote -C "$COPY" push git-read:plain HEAD:refs/heads/x
	failed
	complained '^gatekeeper: refused: '
	[ "$(here -C "$REPOS/plain.git" for-each-ref)" = "$before" ] ||
	    fail "it has changed"
}

# A name without a folder is looked for in the first alone.
two_directories()
{
	remote ls-remote "git-read:$MORE/more.git"
	worked
	remote ls-remote git-read:more
	failed
	complained '^gatekeeper: refused: '
	remote ls-remote "git:$MORE/more.git"
	failed
	complained '^gatekeeper: refused: '
}

outside()
{
	for name in "$OUTSIDE/full.git" ../git-outside/full /etc . nothing \
	    "$REPOS/../git-outside/full.git" "$REPOS"; do
		remote ls-remote "git:$name"
		failed
		complained '^gatekeeper: refused: '
	done
}

outside_link()
{
	as_account ln -sfn "$OUTSIDE/full.git" "$REPOS/linked.git"
	remote ls-remote git:linked
	failed
	complained '^gatekeeper: refused: '
	rm -f "$REPOS/linked.git"
	# Inside, a link is a name like any other.
	as_account ln -sfn plain.git "$REPOS/linked.git"
	remote ls-remote git:linked
	worked
	rm -f "$REPOS/linked.git"
}

# The objects of another repository, which the kernel does not let it read.
outside_alternates()
{
	as_account_git clone -q --bare -s "$OUTSIDE/full.git" "$REPOS/thief.git"
	remote clone -q git:thief "$LOCAL/thief"
	failed
	absent "$LOCAL/thief"
	rm -rf "$REPOS/thief.git"
	as_account_git clone -q --bare -s "$REPOS/plain.git" \
	    "$REPOS/fork.git"
	rm -rf "$LOCAL/fork"
	remote clone -q git:fork "$LOCAL/fork"
	worked
	rm -rf "$REPOS/fork.git"
}

outside_include()
{
	seed "$REPOS/including.git"
	as_account_git config -f "$OUTSIDE/config" x.secret '[bracket'
	as_account_git -C "$REPOS/including.git" config include.path \
	    "$OUTSIDE/config"
	remote ls-remote git:including
	failed
	! grep -q bracket "$ERR" || fail "it was read"
	rm -rf "$REPOS/including.git"
}

# Whose it is does not matter, where the policy names it.
other_owner()
{
	is_root || skip "only root can give files away"
	rm -rf "$MORE/other.git"
	here clone -q --bare "$LOCAL/work" "$MORE/other.git"
	chown -R 61235:61235 "$MORE/other.git"
	remote ls-remote "git-read:$MORE/other.git"
	worked
	printed main
	rm -rf "$MORE/other.git"
}

# marker FILE: a program that leaves a mark.
marker()
{
	program "$1" <<-END
	#!/bin/sh
	echo "\$0" >>"$MARK"
	END
}

# hostile REPO: every hook there is, and configuration that starts something.
hostile()
{
	marker "$LOCAL/hook"
	for hook in pre-receive update post-receive post-update \
	    reference-transaction proc-receive push-to-checkout pre-auto-gc; do
		as_account cp "$LOCAL/hook" "$1/hooks/$hook"
	done
	as_account cp "$LOCAL/hook" "$1/evil"
	as_account_git -C "$1" config core.hooksPath "$1/hooks"
	as_account_git -C "$1" config core.fsmonitor "$1/evil"
	as_account_git -C "$1" config core.alternateRefsCommand "$1/evil"
	as_account_git -C "$1" config uploadpack.packObjectsHook "$1/evil"
	as_account_git -C "$1" config tar.evil.command "$1/evil"
	as_account_git -C "$1" config tar.evil.remote true
	as_account_git -C "$1" config gc.recentObjectsHook "$1/evil"
	as_account_git -C "$1" config filter.evil.smudge "$1/evil"
	as_account_git -C "$1" config gc.auto 1
}

hooks_never()
{
	hostile "$REPOS/hooks.git"
	copy_of hooks
	echo '* filter=evil' >"$COPY/.gitattributes"
	commit "$COPY" change
	remote -C "$COPY" push -q git:hooks HEAD:main
	worked
	has "$REPOS/hooks.git" main "$(head_of "$COPY")"
	rm -rf "$LOCAL/hooks-clone"
	remote clone -q git:hooks "$LOCAL/hooks-clone"
	worked
	remote archive --format=evil --remote=git:hooks -o "$LOCAL/evil" main
	remote archive --format=tar --remote=git:hooks -o "$LOCAL/evil" main
	absent "$MARK"
}

# What a HOME of the account says is not read, wherever that is.
home_never()
{
	rm -rf "$LOCAL/hostile"
	mkdir -p "$LOCAL/hostile/hooks"
	marker "$LOCAL/hostile/hooks/post-receive"
	cat >"$LOCAL/hostile/.gitconfig" <<-END
	[core]
		hooksPath = $LOCAL/hostile/hooks
	[uploadpack]
		packObjectsHook = $LOCAL/hostile/hooks/post-receive
	END
	copy_of home
	commit "$COPY" home
	remote -C "$COPY" push -q git-home:plain HEAD:refs/heads/home
	worked
	rm -rf "$LOCAL/home-clone"
	remote clone -q git-home:plain "$LOCAL/home-clone"
	worked
	absent "$MARK"
	remote -C "$COPY" push -q git-home:plain :home
	worked
}

# Objects that a repository lacks are not fetched from where it says.
fetch_never()
{
	as_account_git -C "$REPOS/plain.git" config uploadpack.allowFilter true
	as_account_git clone -q --bare --filter=blob:none \
	    "file://$REPOS/plain.git" "$REPOS/partial.git"
	as_account_git -C "$REPOS/partial.git" config remote.origin.url \
	    "ext::sh -c touch% $MARK"
	as_account_git -C "$REPOS/partial.git" config protocol.ext.allow always
	remote clone -q git:partial "$LOCAL/partial"
	failed
	absent "$MARK" "$LOCAL/partial"
	rm -rf "$REPOS/partial.git"
}

# git elsewhere, which starts itself from there.
other_program()
(
	policy_use git-elsewhere
	mkdir -p "$HERE/elsewhere"
	cp /usr/bin/git "$HERE/elsewhere/git"
	settings_write <<-END
	[programs]
	git = $HERE/elsewhere/git
	END
	add_key git-elsewhere <<-END
	[key]
	[allow git]
	protocol = git
	read = $REPOS
	write = $REPOS
	END
	copy_of elsewhere
	commit "$COPY" elsewhere
	remote -C "$COPY" push -q git-elsewhere:plain HEAD:refs/heads/other
	worked
	recorded '.process.executable | endswith("elsewhere/git")'
	remote ls-remote git-elsewhere:plain
	worked
	remote -C "$COPY" push -q git-elsewhere:plain :other
	worked
)

# A link in hooks/ to a program that the rule lists.
hooks_yes()
{
	as_account ln -sf "$HERE/deploy" "$REPOS/deploy.git/hooks/post-receive"
	copy_of deploy
	commit "$COPY" deployed
	remote -C "$COPY" push -q git-hooks:deploy HEAD:main
	worked
	has "$REPOS/deploy.git" main "$(head_of "$COPY")"
	same "$COPY/log" "$WEB/log"
	[ "$(cat "$WEB/deployed")" = "$(id -u "$ACCOUNT")" ]
	# The same push without `hooks` leaves the site alone.
	commit "$COPY" next
	rm -f "$WEB/deployed"
	remote -C "$COPY" push -q git:deploy HEAD:main
	worked
	absent "$WEB/deployed"
}

# A program that the rule does not list is not started, and refuses the push.
hooks_unlisted()
{
	marker "$LOCAL/hook"
	as_account cp "$LOCAL/hook" "$REPOS/refused.git/hooks/pre-receive"
	copy_of refused
	commit "$COPY" unlisted
	remote -C "$COPY" push -q git-hooks:refused HEAD:main
	failed
	absent "$MARK"
	has "$REPOS/refused.git" main "$(head_of "$LOCAL/work")"
}

# The one set-id mode that git needs.
shared()
{
	as_account_git -C "$REPOS/shared.git" config core.sharedRepository group
	find "$REPOS/shared.git" -type d -exec chmod g+ws {} +
	copy_of shared
	commit "$COPY" shared
	remote -C "$COPY" push -q git:shared HEAD:refs/heads/a/b
	worked
	has "$REPOS/shared.git" a/b "$(head_of "$COPY")"
	[ -z "$(find "$REPOS/shared.git" -type d ! -perm -2020)" ] ||
	    fail "folders without g+s"
}

# It packs before the session ends, and leaves nothing in the background. A
# push of a hundred objects is kept as a pack.
gc()
{
	as_account_git -C "$REPOS/old.git" config gc.autoPackLimit 1
	as_account_git -C "$REPOS/old.git" config gc.autoDetach true
	copy_of gc
	for i in 1 2 3; do
		for j in $(seq 1 150); do
			echo "$i $j" >"$COPY/f$j"
		done
		commit "$COPY" "$i"
		remote -C "$COPY" push -q git:old HEAD:main
		worked
	done
	packs=$(find "$REPOS/old.git/objects/pack" -name '*.pack' | wc -l)
	[ "$packs" -eq 1 ] || fail "$packs packs"
	absent "$REPOS/old.git/gc.pid"
	here -C "$REPOS/old.git" fsck --strict
	has "$REPOS/old.git" main "$(head_of "$COPY")"
}

# Of a repository with a working tree, .git is what is served.
checkout()
{
	as_account_git clone -q "$LOCAL/work" "$REPOS/tree"
	copy_of tree
	commit "$COPY" tree
	remote -C "$COPY" push -q git:tree HEAD:refs/heads/side
	worked
	has "$REPOS/tree" side "$(head_of "$COPY")"
	remote -C "$COPY" push -q git:tree HEAD:main
	failed
	as_account_git -C "$REPOS/tree" config receive.denyCurrentBranch \
	    updateInstead
	remote -C "$COPY" push -q git:tree HEAD:main
	worked
	same "$COPY/log" "$REPOS/tree/log"
	rm -rf "$REPOS/tree"
}

refusals()
{
	ask git "git-lfs-authenticate 'plain.git' download"
	refused no-rule "git-lfs-authenticate 'plain.git' download"
	for command in "git-upload-pack '--help'" 'git-upload-pack' \
	    'git-upload-pack plain more' 'git log plain' git \
	    'git --exec-path=/tmp upload-pack plain' \
	    "git-upload-pack --timeout=1 'plain'"; do
		ask git "$command"
		refused option "$command"
	done
	ask git "git-upload-pack 'plain'; id"
	refused shell-syntax "git-upload-pack 'plain'; id"
	ask git git-shell
	refused no-rule git-shell
}

# 20000 small files and a large one, there and back.
large()
{
	rm -rf "$LOCAL/big"
	here init -q "$LOCAL/big"
	seq 1 20000 | (
		cd "$LOCAL/big" || exit
		mkdir d1 d2 d3
		while read -r n; do
			echo "file $n" >"d$((n % 3 + 1))/$n"
		done
	)
	head -c 33554432 /dev/urandom >"$LOCAL/big/big"
	here -C "$LOCAL/big" add -A
	here -C "$LOCAL/big" commit -q -m big
	remote -C "$LOCAL/big" push -q git:big HEAD:main
	worked
	rm -rf "$LOCAL/big-clone"
	remote clone -q git-read:big "$LOCAL/big-clone"
	worked
	diff -r --exclude=.git "$LOCAL/big" "$LOCAL/big-clone"
	rm -rf "$LOCAL/big" "$LOCAL/big-clone" "$REPOS/big.git"
}

example()
{
	shipped
	copy_of site
	remote -C "$COPY" push -q git-deploy:site HEAD:refs/heads/other
	worked
	absent "$SITE/numbers"
	# A link has no place on a site: without it, all is put online.
	remote -C "$COPY" push -q git-deploy:site HEAD:main
	complained 'symlink'
	here -C "$COPY" rm -q link
	commit "$COPY" online
	remote -C "$COPY" push -q git-deploy:site HEAD:main
	worked
	same "$COPY/numbers" "$SITE/numbers"
	same "$COPY/log" "$SITE/log"
	[ "$(stat -c %a "$SITE/log")" = 644 ] || fail "not 644"
	here -C "$COPY" rm -q numbers
	commit "$COPY" less
	remote -C "$COPY" push -q git-deploy:site HEAD:main
	worked
	absent "$SITE/numbers"
	remote -C "$COPY" push -q git-deploy:site :other
	worked
	ask git-deploy
	refused no-shell
}
