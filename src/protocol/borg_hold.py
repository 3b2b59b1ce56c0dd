# What stands between borg and a client in a rule with `append`, run as
# `python3 -I -c TEXT serve --append-only ...`: the server of borg 1.2 alone can
# be talked out of it, by an open that creates, by one without a lock, and by a
# key that is no key. Of a borg that it does not know, it serves nothing.
import sys
from functools import wraps
from inspect import signature
from re import fullmatch
try:
    from borg import archiver, remote
    from borg.helpers import IntegrityError
    from borg.locking import Lock
    from borg.repository import Repository as R
    B = remote.RepositoryServer
    calls = set('''__len__ check commit delete destroy get list scan
        negotiate open put rollback save_key load_key get_free_nonce
        commit_nonce_reservation'''.split())
    known = (archiver.RepositoryServer is B and remote.Repository is R
        and calls <= set(B.rpc_methods)
        and not any(hasattr(B, n) for n in calls - {'negotiate', 'open'})
        and {'rpc_methods', 'getattr'} <= set(B.serve.__code__.co_names)
        and all('append_only' in f.__code__.co_names
            for f in (R.__init__, R.destroy, R.commit, R.check))
        and all(str(signature(f)) == '(self' + s + ')' for f, s in (
        (B.__init__, ', restrict_to_paths, restrict_to_repositories, '
            'append_only, storage_quota'),
        (B.open, ', path, create=False, lock_wait=None, lock=True, '
            'exclusive=None, append_only=False, make_parent_dirs=False'),
        (R.check, ', repair=False, save_space=False, max_duration=0'),
        (R.delete, ', id, wait=True'), (R.put, ', id, data, wait=True'),
        (R.save_key, ', keydata'), (R.load_key, ''), (R.close, ''),
        (R.destroy, ''), (R.rollback, ''), (B.serve, ''),
        (Lock.got_exclusive_lock, ''))))
    missing = R.ObjectNotFound, IntegrityError
except Exception:
    known = False
if not known:
    sys.exit('gatekeeper: this borg is none that append is known to hold: '
        'install borg 1.2, or give the rule read and write')

class Held(B):
    rpc_methods = tuple(calls)
    over = None

    def open(self, path, create=False, lock_wait=None, lock=True,
            exclusive=None, append_only=False, make_parent_dirs=False):
        if self.over or self.repository is not None:
            raise ValueError('a session opens one repository')
        try:
            id = B.open(self, path, create, lock_wait, True, exclusive,
                append_only, make_parent_dirs)
            self.repository.append_only = True
            return id
        except BaseException as e:
            self.over = e
            repository, self.repository = self.repository, None
            if repository is not None:
                repository.close()
            raise

    def __getattr__(self, name):
        f = getattr(self.repository, name)
        @wraps(f)
        def call(**args):
            if self.over and name != 'rollback':
                raise self.over
            try:
                if name == 'save_key':
                    self.may_save(**args)
                result = f(**args)
                if name == 'rollback' and not self.over:
                    self.over = ValueError('rolled back')
                return result
            except missing:
                raise
            except BaseException as e:
                self.over = e
                raise
        return call

    def may_save(self, keydata):
        if not self.repository.lock.got_exclusive_lock():
            raise ValueError('a key is saved under an exclusive lock')
        if self.repository.load_key():
            raise ValueError('append: the repository has a key')
        if len(keydata) > 65536 or not fullmatch(
                rb'[A-Za-z0-9+/=]+(\n[A-Za-z0-9+/=]+)*\n?', keydata):
            raise ValueError('append: not a key as borg writes it')

archiver.RepositoryServer = Held
sys.argv[0] = 'borg'
archiver.main()
