#!/usr/bin/env python3
# Inputs of the example guests and what they must answer, computed here by other means (blake3.out: b3sum --raw < blake3.in).
import hashlib, json, random, struct, os
D = os.path.dirname(os.path.abspath(__file__)) + '/'
def w(name, ext, data):
    if isinstance(data,str): data=data.encode()
    open(D+name+'.'+ext,'wb').write(data)
# keccak-256, independent python
def keccak_f(A):
    R=1
    rol=lambda x,n:((x<<(n%64))|(x>>(64-n%64)))&((1<<64)-1) if n%64 else x
    for _ in range(24):
        C=[A[x][0]^A[x][1]^A[x][2]^A[x][3]^A[x][4] for x in range(5)]
        Dd=[C[(x+4)%5]^rol(C[(x+1)%5],1) for x in range(5)]
        A=[[A[x][y]^Dd[x] for y in range(5)] for x in range(5)]
        x,y=1,0; cur=A[x][y]
        for t in range(24):
            x,y=y,(2*x+3*y)%5
            cur,A[x][y]=A[x][y],rol(cur,(t+1)*(t+2)//2)
        for y in range(5):
            T=[A[x][y] for x in range(5)]
            for x in range(5): A[x][y]=T[x]^((~T[(x+1)%5])&T[(x+2)%5])
        for j in range(7):
            R=((R<<1)^((R>>7)*0x71))%256
            if R&2: A[0][0]^=1<<((1<<j)-1)
    return A
def keccak(data,pad=1):
    rate=136; A=[[0]*5 for _ in range(5)]
    data=bytearray(data); n=rate-len(data)%rate
    p=bytearray(n); p[0]^=pad; p[-1]^=0x80; data+=p
    for o in range(0,len(data),rate):
        for i in range(rate//8):
            A[i%5][i//5]^=int.from_bytes(data[o+8*i:o+8*i+8],'little')
        A=keccak_f(A)
    return b''.join(A[i%5][i//5].to_bytes(8,'little') for i in range(4))
assert keccak(b'abc',6)==hashlib.sha3_256(b'abc').digest()
assert keccak(b'').hex().startswith('c5d2460186f7')
rnd=random.Random(7)
words="proof trace memory table segment column the of a row prover verifier field hash tree leaf word time bus gap touch edge cycle guest".split()
text=''
for i in range(3000):
    k=min(int(rnd.expovariate(0.25)),len(words)-1)
    x=words[k]
    if rnd.random()<.1: x=x.capitalize()
    text+=x+rnd.choice([' ',' ',' ',', ','.\n',"'s "])
n=1000000
a,b=0,1
for i in range(n): a,b=b,(a+b)%2**64
w('fibonacci','in','%d\n'%n); w('fibonacci','out','fibonacci(%d) = %d modulo 2^64\n'%(n,a))
w('sha256','in',text); w('sha256','out',hashlib.sha256(text.encode()).hexdigest()+'\n')
w('keccak256','in',text); w('keccak256','out',keccak(text.encode()))
import re,collections
c=collections.Counter(re.findall('[a-z]+',text.lower())); 
o='%d words, %d different\n'%(sum(c.values()),len(c))
for k,v in sorted(c.items(),key=lambda kv:(-kv[1],kv[0]))[:10]: o+='%d %s\n'%(v,k)
w('wordcount','in',text); w('wordcount','out',o)
nums=[rnd.getrandbits(32) for _ in range(2001)]
s=sorted(nums); h=0
for v in s: h=(h*31+v)%2**32
w('sort','in',struct.pack('<%dI'%len(nums),*nums)); w('sort','out','%d numbers: smallest %d, median %d, largest %d, checksum %08x\n'%(len(nums),s[0],s[len(s)//2],s[-1],h))
doc={"network":"main","blocks":[{"number":1000+i,"hash":"%064x"%rnd.getrandbits(256),"gas":rnd.randrange(30000000),"transactions":[{"from":"%040x"%rnd.getrandbits(160),"value":rnd.randrange(10**12),"memo":"a \"quoted\" memo, [with] {brackets} \\"} for _ in range(i%5)],"empty":{},"none":[],"flag":i%2==0} for i in range(40)]}
js=json.dumps(doc,indent=1)
w('json','in','.blocks[34].transactions[3]\n'+js)
v=doc["blocks"][34]["transactions"][3]
t=js
start=t.rfind('{',0,t.index(v["from"]))
raw=json.JSONDecoder().raw_decode(t,start); raw_text=t[start:raw[1]]
assert json.loads(raw_text)==v
w('json','out',keccak(js.encode()).hex()+'\n'+raw_text)
# merkle
depth=20; index=0xabcde; leaf=bytes(rnd.getrandbits(8) for _ in range(32)); node=keccak(leaf); sib=[bytes(rnd.getrandbits(8) for _ in range(32)) for _ in range(depth)]
for l in range(depth):
    node=keccak(sib[l]+node) if index>>l&1 else keccak(node+sib[l])
w('merkle','in',node+struct.pack('<QQ',index,depth)+leaf+b''.join(sib)); w('merkle','out',node+leaf)
script=''': square dup * ;
: fact dup 2 < if drop 1 else dup 1 - fact * then ;
variable sum
: even 2 mod 0 = ;
: collatz 0 swap begin dup even if 2 / else 3 * 1 + then swap 1 + swap dup 1 = until drop ;
0 sum ! 1001 1 do i square sum @ + sum ! loop sum @ . cr
20 fact . cr
27 collatz . 97 collatz . cr
0 1 50 0 do over over + rot drop loop drop . cr
-7 3 / . -7 3 mod . 5 3 xor . 6 3 and . 6 3 or . cr
'''
def collatz(n):
    k=0
    while n!=1: n=n//2 if n%2==0 else 3*n+1; k+=1
    return k
import math
fa,fb=0,1
for _ in range(50): fa,fb=fb,fa+fb
w('script','in',script); w('script','out','%d \n%d \n%d %d \n%d \n-2 -1 6 2 7 \n'%(sum(i*i for i in range(1,1001)),math.factorial(20),collatz(27),collatz(97),fa))
sh=bytes(rnd.getrandbits(8) for _ in range(500))
tot=1000+sum(sh[i]**2*6 if i%2 else sh[i]*sh[i+1]*3 for i in range(499))
w('shapes','in',sh); w('shapes','out','%d\n'%tot)
w('reverse','in',text[:1001]); w('reverse','out',text[:1001][::-1])
w('blake3','in',text[:9*1024+77])

# field: K = F[X] / (X^6 + X^3 + 1), words in Montgomery form; sums by powers
P=0x7f000001; R=pow(2,32,P); IR=pow(R,-1,P)
frnd=random.Random(11)
words=[frnd.getrandbits(32) for _ in range(18)]+[frnd.choice([0,1,P-1,frnd.randrange(P),frnd.randrange(P)]) for _ in range(16*99)]
val=[x*IR%P for x in words]
def kmul(a,b):
    t=[0]*11
    for i in range(6):
        for j in range(6): t[i+j]+=a[i]*b[j]
    for m in range(10,5,-1): t[m-3]-=t[m]; t[m-6]-=t[m]
    return [v%P for v in t[:6]]
kadd=lambda a,b:[(u+v)%P for u,v in zip(a,b)]
def kpow(a,n):
    r=[1,0,0,0,0,0]
    for _ in range(n): r=kmul(r,a)
    return r
ka,kx,ky=val[0:6],val[6:12],val[12:18]
body=val[18:]
n_k=len(body)//6; n_t=len(body)//16
horner=kmul(ka,kpow(kx,n_k)); power=kpow(kx,0)
for i in range(n_k):
    horner=kadd(horner,kmul(power,body[6*i:6*i+6])); power=kmul(power,kx)
tiles=kmul(ka,kpow(ky,n_t)); power=kpow(ky,0)
for t in range(n_t):
    x_power=power
    for l in range(16):
        tiles=kadd(tiles,[v*body[16*t+l]%P for v in x_power]); x_power=kmul(x_power,kx)
    power=kmul(power,ky)
w8=pow(pow(3,(P-1)//8,P),-1,P); u=[v*ka[0]%P for v in kx]; power=kpow(kx,0); fold=[0]*6
for i in range(8):
    for j,r in enumerate([0,4,2,6,1,5,3,7]):
        fold=kadd(fold,[v*pow(w8,i*j,P)*pow(8,-1,P)%P for v in kmul(power,body[6*r:6*r+6])])
    power=kmul(power,u)
out=kadd(kmul(ka,kx),ky)+horner+tiles+fold
w('field','in',struct.pack('<%dI'%len(words),*words)); w('field','out',struct.pack('<24I',*[v*R%P for v in out]))

# ec: secp256k1 with affine formulas; multiples 2 and 3 as published (SEC 2; standards' test vectors), (n - 1) G = -G
q=2**256-2**32-977; order=0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141
G=(0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798,0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8)
def ec_add(a,b):
    if a is None or b is None: return a or b
    if a[0]==b[0] and (a[1]+b[1])%q==0: return None
    l=3*a[0]*a[0]*pow(2*a[1],-1,q)%q if a==b else (b[1]-a[1])*pow(b[0]-a[0],-1,q)%q
    x=(l*l-a[0]-b[0])%q
    return (x,(l*(a[0]-x)-a[1])%q)
def ec_mul(k,a):
    r=None
    for bit in bin(k)[2:]:
        r=ec_add(r,r)
        if bit=='1': r=ec_add(r,a)
    return r
assert ec_mul(2,G)==(0xc6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5,0x1ae168fea63dc339a3c58419466ceaeef7f632653266d0e1236431a950cfe52a)
assert ec_mul(3,G)==(0xf9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9,0x388f7b0f632de8140fe337e62a37f3566500a99934c2231b6cb9fd7584b8e672)
assert ec_mul(order,G) is None and ec_mul(order-1,G)==(G[0],q-G[1])
def ec(name,scalars):
    w(name,'in',''.join(scalars)); points=[ec_mul(int(s,16),G) for s in scalars]
    w(name,'out',''.join('infinity\n' if a is None else '%064x %064x\n'%a for a in points))
ernd=random.Random(13)
ec('ec',['%x\n'%k for k in (0,1,2,3,15,16,17,20,order-2,order-1,order,order+1,order+2,2**256-1,2**255,(order+1)//2)]+['%064x\n'%ernd.getrandbits(256) for _ in range(8)])
ec('ec.small',['2\n','3\n','%x\n'%(2**32+5)])

# hashmap: a dict
def hashmap(n,name):
    d={i:i*i%2**64 for i in range(1,n+1)}; h=0
    def look(): return [d[i] for i in range(1,2*n+1) if i in d]
    a=look(); gone=[i for i in range(3,2*n+1,3) if i in d]
    for i in gone: del d[i]
    b=look()
    for v in a+b: h=(h*31+v)%2**64
    w(name,'in','%d\n'%n); w(name,'out','%d found, %d deleted, %d found, checksum %016x\n'%(len(a),len(gone),len(b),h))
hashmap(20000,'hashmap'); hashmap(500,'hashmap.small')

# keccak_chain, both ways of computing it
def chain(n):
    h=bytes(32)
    for _ in range(n): h=keccak(h)
    return h.hex()+'\n'
for name,n,word in (('keccak_chain',1000,''),('keccak_chain.software',1000,' software'),('keccak_chain.small',50,''),('keccak_chain.small-software',3,' software')):
    w(name,'in','%d%s\n'%(n,word)); w(name,'out',chain(n))

# output: xorshift64
def xorshift(n):
    x=1; o=b''
    while len(o)<n:
        x^=x<<13&2**64-1; x^=x>>7; x^=x<<17&2**64-1
        o+=x.to_bytes(8,'little')
    return o[:n]
for name,n in (('output',30003),('output.small',5000)):
    w(name,'in','%d\n'%n); w(name,'out',xorshift(n))
