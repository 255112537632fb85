# Files, descriptors and processes.
import posix, resource


def t(f):
    try:
        print(repr(f()))
    except BaseException as e:
        print(type(e).__name__, e)


tmp='/tmp/pyrox-posix-%d'%posix.getpid(); posix.mkdir(tmp); posix.chdir(tmp)
import sys
t(lambda: posix.stat(3,dir_fd=4)); t(lambda: posix.stat(3,follow_symlinks=False)); t(lambda: posix.link('nofile','b')); t(lambda: posix.rename('nofile','b'))
t(lambda: posix.chown('/',1.5,2)); t(lambda: posix.chown('/nofile',-2,2)); t(lambda: posix.chown('/nofile',2**32,2));t(lambda: posix.chown('/nofile',2**64,2))
t(lambda: posix.readlink('x',dir_fd=1.5)); t(lambda: posix.stat(1,2)); t(lambda:posix.stat()); t(lambda:posix.stat('/',foo=1)); t(lambda:posix.open('/',0,0,0))
for f in [posix.execv, posix.execve, posix.posix_spawn]:
    for args in [('a',), ('a',[]), ('a',3), ('nofile',['x']), ('nofile',['']), ('nofile',['x'],3), ('nofile',['x'],{}), ('nofile',['x'],{'a=b':'c'}), ('nofile',['x'],{'':'c'}), ('nofile',[3],{}), ('nofile',['x'],None)]:
        t(lambda:f(*args))
pid=posix.posix_spawn('/bin/sh',['sh','-c','exit 3'],posix.environ); print(posix.waitstatus_to_exitcode(posix.waitpid(pid,0)[1]))
pid=posix.posix_spawnp('sh',['sh','-c','exit 4'],{'A':'b'},file_actions=[(posix.POSIX_SPAWN_DUP2,1,2)],setsigmask=[1],setsigdef=(2,)); print(posix.waitpid(pid,0)[1])
t(lambda:posix.posix_spawn('/bin/sh',['sh'],{},file_actions=[(9,)])); t(lambda:posix.posix_spawn('/bin/sh',['sh'],{},file_actions=[3])); t(lambda:posix.posix_spawn('/bin/sh',['sh'],{},scheduler=3)); t(lambda:posix.posix_spawn('/bin/sh',['sh'],{},setsigmask=[0])); t(lambda:posix.posix_spawn('/bin/sh',['sh'],3)); t(lambda:posix.posix_spawn('/bin/sh',['sh'],{},file_actions=[(posix.POSIX_SPAWN_OPEN,1)]))
posix.register_at_fork(before=lambda:None,after_in_parent=lambda:None,after_in_child=lambda:None)
t(lambda:posix.register_at_fork()); t(lambda:posix.register_at_fork(before=3))
sys.stdout.flush()
pid=posix.fork()
if pid==0: posix._exit(7)
print(posix.wait()[1]); 
pid=posix.fork()
if pid==0: posix._exit(7)
r=posix.wait4(pid,0); print(r[1],type(r[2]))
pid=posix.fork()
if pid==0: posix._exit(7)
r=posix.waitid(posix.P_PID,pid,posix.WEXITED); print(r.si_status,r.si_code,r.si_signo,type(r)); t(lambda:posix.wait())
r,w=posix.pipe(); print(posix.write(w,b'hello'),posix.read(r,3),posix.read(r,10)); print(posix.writev(w,[b'ab',b'cd'])); b=bytearray(3); print(posix.readv(r,[b]),b); t(lambda:posix.readv(r,3)); t(lambda:posix.readv(r,[b'x']));t(lambda:posix.writev(w,['x'])); print(posix.readinto(r,b),b); t(lambda:posix.readinto(r,b'x')); t(lambda:posix.read(r,-1)); t(lambda:posix.write(w,'x')); print(posix.get_inheritable(r),posix.get_blocking(r)); posix.set_blocking(r,False); t(lambda:posix.read(r,1)); posix.close(r); t(lambda:posix.write(w,b'x'));t(lambda:posix.close(r))
posix.mkdir('d'); posix.symlink('nowhere','d/l'); fd=posix.open('d/f',posix.O_RDWR|posix.O_CREAT,0o600); print(posix.write(fd,b'0123456789'),posix.lseek(fd,2,0),posix.read(fd,2),posix.pread(fd,3,5),posix.pwrite(fd,b'x',0),posix.fstat(fd).st_size,posix.ftruncate(fd,4),posix.fstat(fd).st_size)
posix.utime(fd,(1.5,2)); print(posix.fstat(fd)[7:9],posix.fstat(fd).st_atime_ns,posix.fstat(fd).st_atime); posix.utime('d/f',ns=(10**18+1,-1)); print(posix.stat('d/f').st_atime_ns,posix.stat('d/f').st_mtime_ns,posix.stat('d/f').st_mtime)
t(lambda:posix.utime('d/f',(1,2),ns=(1,2))); t(lambda:posix.utime('d/f',3)); t(lambda:posix.utime('d/f',(1,))); t(lambda:posix.utime('d/f',ns=3)); t(lambda:posix.utime('d/f',('a',2))); t(lambda:posix.utime('d/f',(float('nan'),2))); t(lambda:posix.utime('d/f',(1e300,2))); t(lambda:posix.utime('d/f',ns=(1.5,2)))
print(sorted(posix.listdir('d')),sorted(posix.listdir(b'd')),sorted(posix.listdir(fd2:=posix.open('d',0))))
with posix.scandir('d') as it:
    for e in sorted(it,key=lambda e:e.name): print(e,e.name,e.path,e.is_dir(),e.is_file(),e.is_symlink(),e.is_file(follow_symlinks=False),e.is_junction(),e.inode()==posix.lstat(e.path).st_ino,e.stat(follow_symlinks=False)==posix.lstat(e.path),posix.fspath(e)); t(lambda:e.stat().st_size); t(lambda:setattr(e,'name',1))
print([ (e.name,e.path) for e in posix.scandir(fd2)]==[(n,n) for n in posix.listdir(fd2)], sorted((e.name,e.path) for e in posix.scandir(b'd/')), next(posix.scandir()).path[:1]!='.',posix.DirEntry[int])
t(lambda:next(it)); t(lambda:list(it)); t(it.close)
t(lambda:posix.readlink('d/l')); t(lambda:posix.readlink(b'd/l')); t(lambda:posix.rmdir('d')); t(lambda:posix.mkdir('d')); posix.unlink('d/l'); posix.rename('d/f','d/g'); posix.remove('d/g'); posix.rmdir('d')
print(posix.getcwd()==posix.getcwdb().decode(), posix.get_terminal_size.__text_signature__); t(lambda:posix.get_terminal_size(fd)); t(lambda:posix.ttyname(fd)); print(posix.device_encoding(fd), posix.isatty(fd))
m,s=posix.openpty(); print(posix.isatty(m),posix.ttyname(s)==posix.ptsname(m),posix.device_encoding(s),posix.get_terminal_size(s))
for p in ['','.','/','//','///','a//b','a/./b','a/../b','../a','/..','/../a','a/b/../../..','//a/..','///a','é/../ü','./a','a/','..']:
    print(posix._path_normpath(p),posix._path_normpath(p.encode()),posix._path_splitroot_ex(p),posix._path_splitroot_ex(p.encode()))
u=posix.uname(); print(u.sysname,type(u)); print(type(posix.times())); print(len(posix.getloadavg()), posix.sysconf('SC_PAGE_SIZE'), posix.sysconf(30), posix.confstr('CS_PATH'), posix.pathconf('/','PC_NAME_MAX'), posix.fpathconf(0,0) and 1)
t(lambda:posix.sysconf('x')); t(lambda:posix.sysconf(1.5)); t(lambda:posix.sysconf(99999)); t(lambda:posix.confstr(9999))
posix.putenv('A','b'); posix.putenv(b'A',b'\xff'); t(lambda:posix.putenv('A=','b')); t(lambda:posix.putenv('A','b\0')); print(posix._create_environ()[b'A']); posix.unsetenv('A'); print(posix._create_environ().get(b'A'))
print(len(posix.urandom(5)),len(posix.getrandom(5)),posix.urandom(0)); print(posix.strerror(2),posix.strerror(99999))
t(lambda:posix.sched_setaffinity(0,[-1])); t(lambda:posix.sched_setaffinity(0,['a'])); t(lambda:posix.sched_setaffinity(0,[])); print(posix.sched_getparam(0),posix.sched_get_priority_max(1)); t(lambda:posix.sched_setparam(0,3))
print(posix.getpriority(0,0)==posix.nice(0),len(posix.getresuid()),posix.major(posix.makedev(3,4)),posix.minor(posix.makedev(3,4)))
fd=posix.memfd_create('x'); posix.write(fd,b'abc'); print(posix.sendfile(w2:=posix.memfd_create('y'),fd,0,3),posix.pread(w2,9,0)); print(posix.copy_file_range(fd,w2,2,0,0)); e=posix.eventfd(3); print(posix.eventfd_read(e)); posix.eventfd_write(e,5); print(posix.eventfd_read(e)); print(posix.dup2(fd,e)==e,posix.get_inheritable(e),posix.dup2(fd,e,inheritable=False)==e,posix.get_inheritable(e)); tf=posix.timerfd_create(1); print(posix.timerfd_settime(tf,initial=0,interval=0),posix.timerfd_gettime_ns(tf))
t(lambda:posix.waitstatus_to_exitcode(0x7f)); t(lambda:posix.waitstatus_to_exitcode(0x137f)); print(posix.WIFEXITED(256),posix.WEXITSTATUS(256),posix.WTERMSIG(9),posix.WCOREDUMP(9))
t(lambda:resource.getrlimit(99)); t(lambda:resource.setrlimit(1,3)); t(lambda:resource.setrlimit(1,(1,))); t(lambda:resource.getrusage(55)); print(type(resource.getrusage(0)))

posix.chdir('/'); posix.rmdir(tmp)
