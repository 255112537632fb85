import _heapq as h, _bisect as b
def t(f,*a,**k):
    try: print(f(*a,**k))
    except BaseException as e: print(type(e).__name__,e)
x=[(i*7919)%101 for i in range(60)]; l=list(x); h.heapify(l); print(l); print([h.heappop(l) for _ in range(60)]==sorted(x))
l=[]
for i in x: h.heappush(l,i)
print(l, h.heappushpop(l,5), h.heapreplace(l,50), l)
l=list(x); h.heapify_max(l); print(l, h.heappop_max(l), h.heappushpop_max(l,3), h.heapreplace_max(l,4)); h.heappush_max(l,77); print(l)
for f in (h.heapify,h.heappop,h.heappop_max): t(f,[]); t(f,3)
t(h.heapreplace,[],1); t(h.heappushpop,[],1); t(h.heappush,[1],'a')
l=[1,2,2,3,5]
for f in (b.bisect_left,b.bisect_right):
    print([f(l,i) for i in range(7)], f(l,2,1,3), f(l,2,hi=2), f('abc','b')); t(f,l,1,-1); t(f,3,1); t(f,l,-2,key=lambda v:-v); t(f,range(100),37)
b.insort_left(l,2.0); b.insort_right(l,2.5); b.insort_right(l,9,key=lambda v:v); print(l); t(b.insort_left,l,'a')
class E:
    def __init__(s,l): s.l=l
    def __lt__(s,o): s.l.clear(); return True
l=[]; l[:]=[E(l) for _ in range(5)]; t(h.heapify,l)
