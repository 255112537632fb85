import _opcode
for n in range(-1,300):
    r=[n]
    for f in ('is_valid','has_arg','has_const','has_name','has_jump','has_free','has_local','has_exc'): r.append(int(getattr(_opcode,f)(n)))
    for a in (None,0,1,2,3,7,258,2**31-1):
        for j in (None,True,False):
            try: r.append(_opcode.stack_effect(n,a,jump=j))
            except ValueError as e: r.append(str(e)[:3])
    print(r)
print(_opcode.get_nb_ops(), _opcode.get_intrinsic1_descs())
