# Handlers run between instructions and within interrupted calls.
import _signal, posix, time


def t(f):
    try:
        print(repr(f()))
    except BaseException as e:
        print(type(e).__name__, e)


print(_signal.getsignal(2),_signal.getsignal(13),_signal.getsignal(15),_signal.getsignal(9),_signal.getsignal(25)); t(lambda:_signal.getsignal(0)); t(lambda:_signal.getsignal(65))
got=[]
def h(n,f): got.append((n,f.f_code.co_name if f else None))
print(_signal.signal(10,h), _signal.getsignal(10) is h)
_signal.raise_signal(10); print(got)
posix.kill(posix.getpid(),10); print(got)
def loop():
    _signal.setitimer(0,0.05)
    while len(got)<3: pass
_signal.signal(14,h); loop(); print(got)
def bad(n,f): 1/0
_signal.signal(12,bad); t(lambda:_signal.raise_signal(12))
def slp():
    _signal.setitimer(0,0.05); t0=time.monotonic(); time.sleep(0.2); print(time.monotonic()-t0>=0.2)
slp(); print(len(got))
_signal.signal(14,bad)
def slp2():
    _signal.setitimer(0,0.05); time.sleep(5)
t(slp2)
r,w=posix.pipe()
_signal.setitimer(0,0.05); t(lambda:posix.read(r,1))
_signal.signal(14,lambda n,f:posix.write(w,b'z')); _signal.setitimer(0,0.05); t(lambda:posix.read(r,1))
t(lambda:posix.kill(posix.getpid(),2))
t(lambda:_signal.signal(10,3)); t(lambda:_signal.signal(0,h)); t(lambda:_signal.signal(9,h)); t(lambda:_signal.signal('a',h)); t(lambda:_signal.signal(10,_signal.SIG_IGN) is h); print(_signal.getsignal(10)); t(lambda:_signal.signal(10,0)); t(lambda:_signal.default_int_handler()); t(lambda:_signal.default_int_handler(2,None))
t(lambda:_signal.strsignal(2)); t(lambda:_signal.strsignal(0)); t(lambda:_signal.strsignal(40)); t(lambda:_signal.strsignal(33)); print(_signal.valid_signals()); print(_signal.setitimer(0,0),_signal.getitimer(0)); t(lambda:_signal.getitimer(9)); t(lambda:_signal.setitimer(0,-1)); t(lambda:_signal.setitimer(0,'a')); print(_signal.ItimerError,_signal.ItimerError.__mro__)
t(lambda:_signal.pthread_sigmask(0,[10])); t(lambda:_signal.pthread_sigmask(0,[0])); t(lambda:_signal.pthread_sigmask(0,[99])); t(lambda:_signal.pthread_sigmask(0,3)); t(lambda:_signal.pthread_sigmask(9,[3])); t(lambda:_signal.pthread_sigmask(0,['a']))
posix.kill(posix.getpid(),10); print(_signal.sigpending()); print(_signal.sigwait([10])); posix.kill(posix.getpid(),10); i=_signal.sigwaitinfo([10]); print(i.si_signo,i.si_pid==posix.getpid(),i.si_code); print(_signal.sigtimedwait([10],0)); t(lambda:_signal.sigtimedwait([10],-1)); posix.kill(posix.getpid(),10); print(_signal.sigtimedwait([10],1)[0])
t(lambda:_signal.set_wakeup_fd(r)); posix.set_blocking(w,False); print(_signal.set_wakeup_fd(w)); _signal.signal(12,h); _signal.raise_signal(12); print(posix.read(r,5), _signal.set_wakeup_fd(-1)==w); t(lambda:_signal.set_wakeup_fd(999)); t(lambda:_signal.siginterrupt(12,1)); t(lambda:_signal.siginterrupt(0,1)); t(lambda:_signal.alarm(0)); p=posix.pidfd_open(posix.getpid()); n=len(got); t(lambda:_signal.pidfd_send_signal(p,12)); print(len(got)-n); t(lambda:_signal.pidfd_send_signal(p,12,3)); t(lambda:_signal.raise_signal(99))
for n in dir(_signal):
    v=getattr(_signal,n)
    if callable(v) and not isinstance(v,type): print(n,v.__text_signature__)

