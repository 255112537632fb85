import _md5,_sha1,_sha2,_sha3,_blake2
for d in (b'',b'abc',b'x'*127,b'y'*128,b'z'*1000):
    print(_md5.md5(d).hexdigest(),_sha1.sha1(d).hexdigest(),_sha2.sha224(d).hexdigest(),_sha2.sha512(d).hexdigest(),_sha3.sha3_256(d).hexdigest(),_sha3.shake_128(d).hexdigest(20),_blake2.blake2b(d).hexdigest(),_blake2.blake2s(d,key=b'k',salt=b'ss',person=b'pp',digest_size=20,fanout=2,depth=3,leaf_size=5,node_offset=7,node_depth=1,inner_size=9,last_node=True).hexdigest(),_blake2.blake2b(d,key=b'k'*64,salt=b'ss',node_offset=2**50).hexdigest())
