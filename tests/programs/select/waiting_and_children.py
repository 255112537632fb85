# select, fcntl, pwd, grp, _posixsubprocess.
import fcntl, select, pwd, grp, _posixsubprocess, posix, time


def t(f):
    try:
        print(repr(f()))
    except BaseException as e:
        print(type(e).__name__, e)


print(pwd.getpwuid(0),grp.getgrgid(0), type(pwd.getpwuid(0)).__mro__, pwd.getpwnam('root')==pwd.getpwuid(0), len(pwd.getpwall())>3, grp.getgrnam('root').gr_gid, len(grp.getgrall())>3)
t(lambda:pwd.getpwnam('xx'));t(lambda:pwd.getpwuid(99999));t(lambda:pwd.getpwuid('a'));t(lambda:pwd.getpwuid(2**40));t(lambda:grp.getgrnam('xx'));t(lambda:grp.getgrgid(99999));t(lambda:grp.getgrgid('a'));t(lambda:pwd.getpwnam(3)); t(lambda:pwd.getpwnam('a\0'));t(lambda:pwd.getpwuid(-1))
p=select.poll()
t(lambda:select.select([],[])); t(lambda:select.select(1,[],[])); t(lambda:select.select(['a'],[],[])); t(lambda:select.select([-1],[],[])); t(lambda:select.select([],[],[],-1)); t(lambda:select.select([],[],[],'a')); t(lambda:select.select([2000],[],[])); t(lambda:p.register('a')); t(lambda:p.unregister(5)); t(lambda:p.modify(5,1)); t(lambda:p.poll('a')); t(lambda:p.register(1,-1)); t(lambda:p.register(1,2**17)); t(lambda:p.poll(2**40)); t(lambda: select.epoll(0)); t(lambda:select.epoll(1,5)); e=select.epoll(); t(lambda:e.register(999)); t(lambda:e.poll(0)); t(lambda:e.poll('a')); t(lambda:e.poll(0,0)); e.close(); t(lambda:e.fileno()); t(lambda:e.poll()); t(lambda:e.closed); 
r,w=posix.pipe(); print(select.select([r],[w],[],1)==([],[w],[])); posix.write(w,b'x'); print(select.select([r],[],[r],1)==([r],[],[])); p.register(r,select.POLLIN); print(p.poll()==[(r,1)],p.poll(0)==[(r,1)]); 
with select.epoll() as e:
    e.register(r,select.EPOLLIN); print(e.poll()==[(r,1)]); e.modify(r,select.EPOLLOUT); print(e.poll(0.01)); e.unregister(r); t(lambda:e.unregister(r))
print(e.closed); posix.read(r,1); t0=time.monotonic(); print(select.select([r],[],[],0.05),time.monotonic()-t0>0.049,p.poll(10))
t(lambda:fcntl.fcntl('a',1)); t(lambda:fcntl.fcntl(0,1,'x'*2000)); t(lambda:fcntl.fcntl(0,1,1.5)); t(lambda:fcntl.ioctl(r,1,b'x')); t(lambda:fcntl.ioctl(0,1,1.5)); t(lambda:fcntl.flock(999,1)); t(lambda:fcntl.lockf(0,99)); t(lambda:fcntl.ioctl(0,1,b'x'*2000)); t(lambda:fcntl.ioctl(r,1,bytearray(5),False)); t(lambda:fcntl.fcntl(r,99999,b'x'))
print(fcntl.fcntl(r,fcntl.F_GETFD),fcntl.fcntl(r,fcntl.F_SETFD,0),fcntl.fcntl(r,fcntl.F_GETFD)); posix.write(w,b'abc'); b=bytearray(4); print(fcntl.ioctl(r,0x541B,b),b,fcntl.ioctl(r,0x541B,b'\0'*4))
f=posix.memfd_create('f'); print(fcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB),fcntl.flock(f,fcntl.LOCK_EX),fcntl.lockf(f,fcntl.LOCK_UN))
def all(fd):
    out=b''
    while part:=posix.read(fd,500): out+=part
    return out
def run(args,exe,close_fds=True,pass_fds=(),cwd=None,env=None,pre=None,sess=False,pg=-1,um=-1,fail=False):
    er,ew=posix.pipe(); orr,ow=posix.pipe()
    pid=_posixsubprocess.fork_exec(args,exe,close_fds,tuple(sorted(pass_fds+(ew,))),cwd,env,-1,-1,orr,ow,-1,-1,er,ew,True,sess,pg,None,None,None,um,pre)
    posix.close(ew); posix.close(ow); e=all(er); o=all(orr); st=posix.waitpid(pid,0)[1]; posix.close(er); posix.close(orr); print(e,o,st)
run([b'sh',b'-c',b'echo hi; ls /proc/self/fd | wc -l; exit 3'],(b'/bin/sh',))
run([b'sh',b'-c',b'pwd; echo $A; umask'],(b'/nofile',b'/bin/sh'),cwd='/tmp',env=[b'A=5'],um=0o77)
run(['sh'],(b'/nofile',)); run(['sh'],(b'/etc/passwd',b'/nofile')); run(['sh'],(b'/bin/sh',),cwd='/nofile')
def pre(): posix.write(1,b'pre\n')
run(['sh','-c','echo x'],(b'/bin/sh',),pre=pre,sess=True)
def bad(): 1/0
run(['sh','-c','echo x'],(b'/bin/sh',),pre=bad)
t(lambda:_posixsubprocess.fork_exec()); t(lambda:_posixsubprocess.fork_exec([],[],True,(),None,None,-1,-1,-1,-1,-1,-1,1,2,True,False,-1,None,None,None,-1,None)); t(lambda:_posixsubprocess.fork_exec([],[],True,(5,4),None,None,-1,-1,-1,-1,-1,-1,1,5,True,False,-1,None,None,None,-1,None));t(lambda:_posixsubprocess.fork_exec([3],['x'],True,(5,),None,None,-1,-1,-1,-1,-1,-1,1,5,True,False,-1,None,None,None,-1,None))
