# Clocks, calendar times, time zones.
import time, posix


def t(f):
    try:
        print(repr(f()))
    except BaseException as e:
        print(type(e).__name__, e)


posix.putenv('TZ','UTC0'); time.tzset()
for x in [0,1.5,-1,-1.5,2**31,10**12,1e300,float('nan'),'a',2**70,253402300800,-62135596801]:
    for n in ['gmtime','localtime','ctime']: t(lambda:getattr(time,n)(x))
    if x!=0: pass
for x in ['a',None,-1,-0.1,float('nan'),1e300,2**64,0,0.001]: t(lambda:time.sleep(x))
T=time.gmtime(1000000000)
print(T.tm_zone,T.tm_gmtoff,time.localtime(0).tm_zone)
for a in [T,tuple(T),(1,2),3,(2020,1,1,0,0,0,0,1,0),(2020,13,1,0,0,0,0,1,0),(2020,0,0,0,0,0,0,0,0),(2020,1,32,0,0,0,0,1,0),(2020,1,1,24,0,0,0,1,0),(2020,1,1,0,60,0,0,1,0),(2020,1,1,0,0,62,0,1,0),(2020,1,1,0,0,0,-2,1,0),(2020,1,1,0,0,0,0,367,0),(2020,1,1,0,0,0,'a',1,0),(2**40,1,1,0,0,0,0,1,0),(-2**31,1,1,0,0,0,0,1,0),(99,1,1,0,0,0,0,1,0),(-5,1,1,0,0,0,0,1,0),(12345,1,1,0,0,0,7,1,5),[1]*9,None,(2020,1,1,0,0,0,2**31-1,-2**31,0)]:
    t(lambda:time.asctime(a)); t(lambda:time.mktime(a)); t(lambda:time.strftime('%Y %m %d %H:%M:%S %j %a %A %b %B %c %x %X %p %y %Z %z %% %U %W %w %I %C %F %D %G %e %s',a))
for f in ['','%','%é','é%Yé','a\0b%Y\0','\ud800%Y','%Q','%4Y','%','%%','x'*3000, 3, None]: t(lambda:time.strftime(f,T)[:50])

for n in ['time','monotonic','perf_counter','process_time','thread_time','x']: t(lambda:time.get_clock_info(n))
print(type(time.time()),type(time.time_ns()),time.monotonic()<=time.monotonic(),abs(time.time_ns()/1e9-time.time())<1)
t(lambda:time.clock_gettime(99)); t(lambda:time.clock_gettime_ns(99)); print(time.clock_getres(1)); t(lambda:time.clock_getres(99)); t(lambda:time.clock_settime(99,1)); t(lambda:time.clock_settime('x',1)); t(lambda:time.clock_settime_ns(99,1.5)); print(time.pthread_getcpuclockid.__text_signature__)
print(time.timezone,time.altzone,time.daylight,time.tzname)
for z in ['Europe/Berlin','America/New_York','Australia/Sydney','UTC','EST5EDT','Asia/Kolkata']:
    posix.putenv('TZ',z); time.tzset(); print(time.timezone,time.altzone,time.daylight,time.tzname,time.localtime(0),time.localtime(0).tm_zone,time.localtime(0).tm_gmtoff,time.mktime((2020,7,1,0,0,0,0,0,-1)),time.strftime('%Z %z',time.localtime(10**9)))
for n in dir(time):
    v=getattr(time,n)
    if callable(v) and not isinstance(v,type): print(n,v.__text_signature__)
