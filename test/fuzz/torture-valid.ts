import { crlf, type TortureCase } from './torture-case.ts'

/** The cases of RFC 4475 3.1.1 and those of 3.2 to 3.4 that are the transaction layer's. */
export const validCases: readonly TortureCase[] = [
  {
    name: '3.1.1.1 wsinv: folding and white space wherever allowed; in a dialog that we do not know',
    verdict: 'accepted',
    wire: 481,
    bytes: crlf(
      `INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : {length}
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33
`,
      'v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\n',
    ),
  },
  {
    name: '3.1.1.2 intmeth: every character that a method, a user and a display name may have; no such method',
    verdict: 'accepted',
    wire: 501,
    bytes: crlf(
      `!interesting-Method0123456789_*+\`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+\`'~
To: "BEL:\\\x07 NUL:\\\0 DEL:\\\x7f" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>
From: token1~\` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="\u0440\u0430\u0431\u043e\u0442\u0430\u044e\u0449\u0438\u0439";tag=_token~1'+\`*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word\`~)(><:\\/"][?}{
CSeq: 139122385 !interesting-Method0123456789_*+\`.%indeed'~
Max-Forwards: 255
extensionHeader-!.%*+_\`'~:\ufeff\u5927\u505c\u96fb
Content-Length: {length}
`,
    ),
  },
  {
    name: '3.1.1.3 esc01: escapes in the user and the parameters of a URI',
    verdict: 'accepted',
    bytes: crlf(
      `INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0
To: sip:%75se%72@example.com
From: <sip:I%20have%20spaces@example.net>;tag=938
Max-Forwards: 87
i: esc01.239409asdfakjkn23onasd0-3234
CSeq: 234234 INVITE
Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw
C: application/sdp
Contact:
  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>
Content-Length: {length}
`,
      'v=0\r\n',
    ),
  },
  {
    name: '3.1.1.4 escnull: an escaped NUL in a URI',
    verdict: 'accepted',
    bytes: crlf(
      `REGISTER sip:example.com SIP/2.0
To: sip:null-%00-null@example.com
From: sip:null-%00-null@example.com;tag=839923423
Max-Forwards: 70
Call-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd
CSeq: 14398234 REGISTER
Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw
Contact: <sip:%00@host5.example.com>
L:{length}
`,
    ),
  },
  {
    name: '3.1.1.5 esc02: percent signs that are no escapes; the method is unknown',
    verdict: 'accepted',
    wire: 501,
    bytes: crlf(
      `RE%47IST%45R sip:registrar.example.com SIP/2.0
To: "%Z%45" <sip:resource@example.com>
From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23
Call-ID: esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf
Via: SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzsnel234
CSeq: 29344 RE%47IST%45R
Max-Forwards: 70
Contact: <sip:alias1@host1.example.com>
l: {length}
`,
    ),
  },
  {
    name: '3.1.1.6 lwsdisp: no white space between display name and bracket',
    verdict: 'accepted',
    bytes: crlf(
      `OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: caller<sip:caller@example.com>;tag=323
Max-Forwards: 70
Call-ID: lwsdisp.1234abcd@funky.example.com
CSeq: 60 OPTIONS
Via: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw
l: {length}
`,
    ),
  },
  {
    name: '3.1.1.7 longreq: long values everywhere',
    verdict: 'accepted',
    bytes: crlf(
      `INVITE sip:user@example.com SIP/2.0
To: "I have a user name of ${'extreme'.repeat(40)} proportion" <sip:user@example.com:6000;unknownparam1=very${'long'.repeat(50)}value;longparam${'name'.repeat(20)}=shortvalue>
F: sip:amazinglylongcallername${'x'.repeat(300)}@example.net;tag=12${'982'.repeat(60)}424;unknownheaderparam${'name'.repeat(40)}=unknownvalue
Call-ID: longreq.one${'really'.repeat(20)}longcallid
CSeq: 3882340 INVITE
Unknown-${'Long-'.repeat(40)}Name: unknown-${'long-'.repeat(60)}value
Via: SIP/2.0/TCP sip33.example.com
v: SIP/2.0/TCP sip32.example.com
V: SIP/2.0/TCP sip31.example.com
Max-Forwards: 70
Contact: <sip:amazinglylongcallername${'y'.repeat(300)}@host5.example.net>
l: {length}
`,
      'v=0\r\n',
    ),
  },
  {
    name: '3.1.1.8 dblreq: what follows it is ignored in a datagram, the next message in a stream',
    verdict: 'accepted',
    bytes: Buffer.concat([
      crlf(
        `REGISTER sip:example.com SIP/2.0
To: sip:j.user@example.com
From: sip:j.user@example.com;tag=43251j3j324
Max-Forwards: 8
I: dblreq.0ha0isndaksdj99sdfafnl3lk233412
Contact: sip:j.user@host.example.com
CSeq: 8 REGISTER
Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492
Content-Length: {length}
`,
      ),
      crlf(
        `INVITE sip:joe@example.com SIP/2.0
t: sip:joe@example.com
From: sip:caller@example.net;tag=141334
Max-Forwards: 8
Call-ID: dblreq.0ha0isnda977644900765@192.0.2.15
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw380234
Content-Type: application/sdp
Content-Length: {length}
`,
        'v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.15\r\n',
      ),
    ]),
  },
  {
    name: '3.1.1.9 semiuri: semicolons and parameters in the user part',
    verdict: 'accepted',
    bytes: crlf(
      `OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0
To: sip:j_user@example.com
From: sip:caller@example.org;tag=33242
Max-Forwards: 3
Call-ID: semiuri.0ha0isndaksdj
CSeq: 8 OPTIONS
Accept: application/sdp, application/pkcs7-mime,
        multipart/mixed, multipart/signed,
        message/sip, message/sipfrag
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw
l: {length}
`,
    ),
  },
  {
    name: '3.1.1.10 transports: transports that we do not speak',
    verdict: 'accepted',
    bytes: crlf(
      `OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: <sip:caller@example.com>;tag=323
Max-Forwards: 70
Call-ID:  transports.kijh4akdnaqjkwendsasfdj
Accept: application/sdp
CSeq: 60 OPTIONS
Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw
Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf
Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj
Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en
Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee
l: {length}
`,
    ),
  },
  {
    name: '3.1.1.11 mpart01: a body of any bytes',
    verdict: 'accepted',
    bytes: crlf(
      `MESSAGE sip:kumiko@example.org SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport
Max-Forwards: 70
Identity: r5mwreLuyDRYBi/0TiPwEsY3rEVsk/G2WxhgTV1PF7hHuLIK0YWVKZhKv9Mj8UeXqkMVbnVq37CD+813gvYjcBUaZngQmXc9WNZSDNGCzA+fWl9MEUHWIZo1CeJebdY/XlgKeTa0Olvq0rt70Q5jiSfbqMJmQFteeivUhkMWYUA=
To: <sip:kumiko@example.org>
From: <sip:fluffy@example.com>;tag=2fb0dcc9
Call-ID: 3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..
CSeq: 1 MESSAGE
Content-Type: multipart/mixed;boundary=7a9cbec02ceef655
Content-Length: {length}
`,
      '--7a9cbec02ceef655\r\n\r\n\0\x01\x7f\r\n\r\n\n\n--7a9cbec02ceef655--',
    ),
  },
  {
    name: '3.1.1.12 unreason: any text in a reason phrase',
    verdict: 'accepted',
    bytes: crlf(
      `SIP/2.0 200 = 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e
Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Call-ID: unreason.1234ksdfak3j2erwedfsASdf
CSeq: 35 INVITE
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Content-Length: {length}
`,
    ),
  },
  {
    name: '3.1.1.13 noreason: no reason phrase',
    verdict: 'accepted',
    bytes: crlf(
      `SIP/2.0 100 \nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe
Call-ID: noreason.asndj203insdf99223ndf
CSeq: 35 INVITE
From: <sip:user@example.com>;tag=39ansfi3
To: <sip:user@example.edu>;tag=902jndnke3
Content-Length: {length}
`,
    ),
  },
  {
    name: '3.2.1 badbranch: a cookie with nothing after it is no branch; matched as in RFC 2543',
    verdict: 'accepted',
    bytes: crlf(
      `OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: sip:caller@example.org;tag=33242
Max-Forwards: 3
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK
Call-ID: badbranch.sadonfo23i420jv0as0derf3j3n
CSeq: 8 OPTIONS
l: {length}
`,
    ),
  },
  {
    name: '3.3.2 unkscm: a Request-URI of a scheme that nobody knows',
    verdict: 'accepted',
    wire: 416,
    bytes: crlf(
      `OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0
To: sip:user@example.com
From: sip:caller@example.net;tag=384
Max-Forwards: 3
Call-ID: unkscm.nasdfasser0q239nwsdfasdkl34
CSeq: 3923423 OPTIONS
Via: SIP/2.0/TCP host9.example.com;branch=z9hG4bKkdjuw39234
Content-Length: {length}
`,
    ),
  },
  {
    name: '3.3.4 unksm2: unknown schemes in To and From',
    verdict: 'accepted',
    bytes: crlf(
      `REGISTER sip:example.com SIP/2.0
To: isbn:2983792873
From: <http://www.example.com>;tag=3234233
Max-Forwards: 70
Call-ID: unksm2.daksdj@hyphenated-host.example.com
CSeq: 234902 REGISTER
Via: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bKsd0f9i2
Contact: <name:John_Smith>
l: {length}
`,
    ),
  },
  {
    name: '3.3.11 zeromf: no hop left matters to who forwards; the gate answers a call with 483',
    verdict: 'accepted',
    bytes: crlf(
      `OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: sip:caller@example.net;tag=3ghsd41
Call-ID: zeromf.jfasdlfnm2o2l43r5u0asdfas
CSeq: 39234321 OPTIONS
Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bKkdjuw2349i
Max-Forwards: 0
Content-Length: {length}
`,
    ),
  },
  {
    name: '3.4.1 inv2543: without branch, tags and Max-Forwards as in RFC 2543, but a call needs a Contact',
    verdict: 'accepted',
    wire: 400,
    stream: 400,
    bytes: crlf(
      `INVITE sip:UserB@example.com SIP/2.0
Via: SIP/2.0/UDP iftgw.example.com
From: <sip:+13035551111@ift.client.example.net;user=phone>
Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>
To: sip:+16505552222@ss1.example.net;user=phone
Call-ID: inv2543.1717@ift.client.example.com
CSeq: 56 INVITE
Content-Type: application/sdp
`,
      'v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.5\r\n',
    ),
  },
]
