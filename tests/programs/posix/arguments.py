# Arguments that name files and the like, and their errors.
import posix, sys


def t(f):
    try:
        print(repr(f()))
    except BaseException as e:
        print(type(e).__name__, e)


tmp='/tmp/pyrox-posix-%d'%posix.getpid(); posix.mkdir(tmp); posix.chdir(tmp); posix.umask(0o22)
class P:
    def __fspath__(self): return 3
class Q:
    def __fspath__(self): return 'nofile'
for a in [3.5,P(),Q(),'a\0b',b'a\0',2**40,-2**40,-5,bytearray(b'x'),'\ud800','/','nofile',b'nofile']:
    for n in ['stat','lstat','listdir','fspath','mkdir','chdir','readlink','rmdir','unlink','statvfs','fsync','close','fstat','_path_normpath','_path_splitroot_ex','scandir','truncate','utime','rename','link','open','access','chmod','putenv','dup','isatty','ttyname','pathconf','sysconf','confstr','strerror','urandom','kill','waitstatus_to_exitcode','umask','sched_getaffinity','getpgid','unsetenv','major','minor']:
        if n in ('chdir','mkdir') and (a=='/' or a in ('nofile',b'nofile') or isinstance(a,Q)): continue
        if n in ('stat','lstat','statvfs','scandir','listdir','access') and a=='/': continue
        if n in ('umask',) and not isinstance(a,int): pass
        print(n,end=' ')
        t(lambda:getattr(posix,n)(a))

posix.chdir('/'); posix.rmdir(tmp)
