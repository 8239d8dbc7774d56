"""A verifier of audit logs and evidence files, written from docs/audit.md alone.

Needs Python 3 and nothing else. Reads lines from standard input, `log <tab> folder` or `evidence <tab> file`,
and prints for each `ok` or `bad: reason`.
"""

import base64
import hashlib
import json
import os
import re
import sys
import time
from decimal import Decimal

# --- Ed25519 (RFC 8032) -------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    w, x, y, z = f - e, h - g, h + g, f + e
    return (w * x % P, y * z % P, x * y % P, w * z % P)


def times(k, point):
    total = (0, 1, 1, 0)
    while k > 0:
        if k & 1:
            total = add(total, point)
        point = add(point, point)
        k >>= 1
    return total


def point_of(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT % P
    if (x * x - square) % P != 0 or (x == 0 and sign == 1):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def base_times(s):
    y = 4 * pow(5, P - 2, P) % P
    return times(s, point_of(y.to_bytes(32, "little")))


def ed25519_verify(public, message, signature):
    if len(signature) != 64:
        return False
    a, r = point_of(public), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    left = base_times(s)
    right = add(r, times(int.from_bytes(digest, "little") % L, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % P == 0


# --- AES-256-GCM (FIPS 197, SP 800-38D) ---------------------------------------------------------


def double(byte):
    return ((byte << 1) ^ 0x1B) & 0xFF if byte & 0x80 else byte << 1


def make_sbox():
    box, p, q = [0] * 256, 1, 1
    while True:
        p = p ^ double(p)
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        turned = q
        for shift in (1, 2, 3, 4):
            turned ^= ((q << shift) | (q >> (8 - shift))) & 0xFF
        box[p] = turned ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return box


SBOX = make_sbox()


def round_keys(key):
    words, rcon = [list(key[i : i + 4]) for i in range(0, 32, 4)], 1
    for i in range(8, 60):
        word = list(words[i - 1])
        if i % 8 == 0:
            word = [SBOX[b] for b in word[1:] + word[:1]]
            word[0] ^= rcon
            rcon = double(rcon)
        elif i % 8 == 4:
            word = [SBOX[b] for b in word]
        words.append([a ^ b for a, b in zip(words[i - 8], word)])
    return [sum(words[i : i + 4], []) for i in range(0, 60, 4)]


def encrypt_block(keys, block):
    state = [a ^ b for a, b in zip(block, keys[0])]
    for number, key in enumerate(keys[1:], 1):
        state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if number < 14:
            mixed = []
            for c in range(0, 16, 4):
                column = state[c : c + 4]
                whole = column[0] ^ column[1] ^ column[2] ^ column[3]
                mixed += [column[i] ^ whole ^ double(column[i] ^ column[(i + 1) % 4]) for i in range(4)]
            state = mixed
        state = [a ^ b for a, b in zip(state, key)]
    return bytes(state)


def gcm_open(key, nonce, tag, sealed, additional):
    keys = round_keys(key)
    h = int.from_bytes(encrypt_block(keys, bytes(16)), "big")

    def multiply(x):
        total, v = 0, h
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                total ^= v
            v = (v >> 1) ^ (0xE1 << 120) if v & 1 else v >> 1
        return total

    def padded(data):
        return data + bytes(-len(data) % 16)

    lengths = (8 * len(additional)).to_bytes(8, "big") + (8 * len(sealed)).to_bytes(8, "big")
    hashed, data = 0, padded(additional) + padded(sealed) + lengths
    for at in range(0, len(data), 16):
        hashed = multiply(hashed ^ int.from_bytes(data[at : at + 16], "big"))
    mask = int.from_bytes(encrypt_block(keys, nonce + b"\0\0\0\1"), "big")
    if (hashed ^ mask).to_bytes(16, "big") != tag:
        return None
    clear = b""
    for at in range(0, len(sealed), 16):
        counter = nonce + (at // 16 + 2).to_bytes(4, "big")
        pad = encrypt_block(keys, counter)
        clear += bytes(a ^ b for a, b in zip(sealed[at : at + 16], pad))
    return clear


# --- The tree ------------------------------------------------------------------------------------


class Bad(Exception):
    pass


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    row = list(hashes)
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)] + odd
    return row[0]


def root_from_proof(index, size, leaf, proof):
    if not 0 <= index < size:
        raise Bad("the index is not below the size")
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0 or len(p) != 32:
            raise Bad("the proof is no proof")
        if fn % 2 == 1 or fn == sn:
            r = node_hash(p, r)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn // 2, sn // 2
        else:
            r = node_hash(r, p)
        fn, sn = fn // 2, sn // 2
    if sn != 0:
        raise Bad("the proof is too short")
    return r


# --- Notes ----------------------------------------------------------------------------------------


def unbase64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Bad("this is no base64")
    if base64.b64encode(data).decode() != text:
        raise Bad("this is not the canonical base64")
    return data


def is_name(text):
    odd = any(c.isspace() or c == "+" or ord(c) < 32 or 127 <= ord(c) < 160 for c in text)
    return 1 <= len(text) <= 200 and not odd


class Key:
    def __init__(self, text):
        parts = text.removesuffix("\n").split("+", 2)
        if len(parts) != 3 or not is_name(parts[0]):
            raise Bad("this is no verifier key")
        data = unbase64(parts[2])
        expected = hashlib.sha256(parts[0].encode() + b"\n" + data).digest()[:4]
        if len(data) != 33 or data[0] != 1 or parts[1] != expected.hex():
            raise Bad("this is no verifier key")
        self.name, self.id, self.public = parts[0], expected, data[1:]


def read_checkpoint(data, key):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad("the checkpoint is no text")
    split = text.rfind("\n\n")
    if split < 0 or not text.endswith("\n") or any(ord(c) < 32 and c != "\n" for c in text):
        raise Bad("the checkpoint is no note")
    body, good, signatures = text[: split + 1], 0, text[split + 2 : -1].split("\n")
    if len(data) > 65_536 or len(signatures) > 64:
        raise Bad("the checkpoint is too long")
    for line in signatures:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or not is_name(parts[1]):
            raise Bad("this is no signature line")
        data = unbase64(parts[2])
        if len(data) < 5:
            raise Bad("this is no signature line")
        if parts[1] == key.name and data[:4] == key.id:
            if not ed25519_verify(key.public, body.encode(), data[4:]):
                raise Bad("the signature is bad")
            good += 1
    lines = body.split("\n")
    if good == 0 or len(lines) != 4 or lines[0] != key.name or lines[3] != "":
        raise Bad("the checkpoint is not signed by the log")
    if not lines[1].isascii() or not lines[1].isdigit() or str(int(lines[1])) != lines[1]:
        raise Bad("the size is no size")
    if int(lines[1]) >= 2**53:
        raise Bad("the size is too large")
    root = unbase64(lines[2])
    if len(root) != 32:
        raise Bad("the root is no hash")
    return int(lines[1]), root


# --- A log ----------------------------------------------------------------------------------------


def tile_path(level, index, width=256):
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    path = "/".join(["tile", str(level)] + ["x" + g for g in groups[:-1]] + groups[-1:])
    return path if width == 256 else f"{path}.p/{width}"


def read(folder, name):
    path = os.path.join(folder, name)
    if not os.path.lexists(path):
        return None
    if os.path.islink(path) or not os.path.isfile(path) or os.path.getsize(path) > 17_000_000:
        raise Bad(f"{name} is no file, or too long")
    with open(path, "rb") as file:
        return file.read()


def entries_in(data, most):
    entries, at = [], 0
    while len(entries) < most and at + 2 <= len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        if length == 0 or at + 2 + length > len(data):
            break
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    return entries, at


def must(data, what):
    if data is None:
        raise Bad(f"{what} is missing")
    return data


def check_log(folder, key_text=None, since=None):
    key = Key(key_text or must(read(folder, "vkey"), "vkey").decode("utf-8", "replace"))
    size, root = read_checkpoint(must(read(folder, "checkpoint"), "checkpoint"), key)
    hashes = []
    for index in range(-(-size // 256)):
        width = min(256, size - 256 * index)
        names = [tile_path("entries", index)]
        if width < 256:
            names += [f"pending/{index}", tile_path("entries", index, width)]
        name, data = next(
            ((n, d) for n, d in ((n, read(folder, n)) for n in names) if d is not None), (names[0], None)
        )
        entries, end = entries_in(must(data, name), 256 if name == names[0] else width)
        if name == names[0] and (len(entries) != 256 or end != len(data)):
            raise Bad(f"{name} is not a full bundle")
        entries = entries[:width]
        end = sum(2 + len(entry) for entry in entries)
        if len(entries) < width:
            raise Bad(f"{names[0]} does not have its {width} entries")
        if width < 256 and read(folder, tile_path("entries", index, width)) != data[:end]:
            raise Bad(f"{tile_path('entries', index, width)} is not what the entries are")
        hashes += [leaf_hash(entry) for entry in entries]
    if root_of(hashes) != root:
        raise Bad("the entries do not lead to the root")
    for older in (since, read(folder, "checkpoint.cosigned")):
        if older is None:
            continue
        old_size, old_root = read_checkpoint(older, key)
        if old_size > size or root_of(hashes[:old_size]) != old_root:
            raise Bad("this is not the log of the older checkpoint")
    level = 0
    while hashes:
        above = []
        for index in range(-(-len(hashes) // 256)):
            row = hashes[256 * index : 256 * index + 256]
            path = tile_path(level, index, len(row))
            if read(folder, path) != b"".join(row):
                raise Bad(f"{path} is not what the entries make")
            if len(row) == 256:
                above.append(root_of(row))
        level, hashes = level + 1, above


# --- Evidence -------------------------------------------------------------------------------------


def number_text(value):
    if isinstance(value, int) and abs(value) < 2**53:
        return str(value)
    value = float(value)
    if value in (float("inf"), float("-inf")):
        raise Bad("this is no number")
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + exponent
    if len(text) <= point <= 21:
        text += "0" * (point - len(text))
    elif 0 < point <= 21:
        text = f"{text[:point]}.{text[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{text}"
    else:
        text = text[0] + ("." + text[1:] if len(text) > 1 else "") + f"e{point - 1:+d}"
    return "-" * sign + text


def canonical(value, room):
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return number_text(value)
    if room == 0:
        raise Bad("this is too deep")
    if isinstance(value, list):
        return f"[{','.join(canonical(item, room - 1) for item in value)}]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    members = [f"{canonical(name, 0)}:{canonical(value[name], room - 1)}" for name in names]
    return f"{{{','.join(members)}}}"


def read_entry(leaf):
    entry = json.loads(leaf.decode("utf-8"))
    is_entry = set(entry) == {"atMs", "event", "v"} and type(entry["atMs"]) is int
    if not is_entry or abs(entry["atMs"]) > 864 * 10**13 or entry["v"] != 2:
        raise Bad("this is no entry")
    if not isinstance(entry["event"], dict) or not isinstance(entry["event"]["type"], str):
        raise Bad("this is no event")
    if not 1 <= len(leaf) <= 65_535 or canonical(entry, 17).encode() != leaf:
        raise Bad("this is not the canonical entry")
    return entry["atMs"], entry["event"]


def values_at(value, names):
    if not names:
        yield value
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict) and item.get("check") == names[0]:
                yield from values_at(item.get("figures"), names[1:])
    elif isinstance(value, dict) and names[0] in value:
        yield from values_at(value[names[0]], names[1:])


def open_value(at_ms, event, box):
    if set(box) != {"as", "key", "path", "sealed"}:
        raise Bad("this opens nothing")
    forms = ({"sealed": box["sealed"]}, {"as": box["as"], "sealed": box["sealed"]})
    if not any(value in forms for value in values_at(event, box["path"].split("."))):
        raise Bad("there is no such value at the path")
    at = time.gmtime(at_ms // 1000)
    year = at.tm_year
    month = f"{year:04d}-{at.tm_mon:02d}" if 0 <= year <= 9999 else f"{year:+07d}"
    tenant = event.get("tenantId")
    parts = ["tollgate event 1", event["type"], box["path"], tenant if isinstance(tenant, str) else ""]
    data, key = unbase64(box["sealed"]), unbase64(box["key"])
    context = "\n".join(parts + [month, box["as"]]).encode()
    text = gcm_open(key, data[6:18], data[18:34], data[34:], context) if len(key) == 32 else None
    if text is None:
        raise Bad("a value does not open")
    text.decode("utf-8")


def check_evidence(path):
    with open(path, "rb") as file:
        text = file.read().decode("utf-8")
    start, is_page = '<script type="application/json" id="evidence">', not text.startswith("{")
    if is_page:
        text = text.split(start, 1)[1].split("</script>", 1)[0]
    evidence = json.loads(text)
    whole = canonical(evidence, 16)
    if text != (whole.replace("<", "\\u003c") if is_page else f"{whole}\n"):
        raise Bad("the JSON is not canonical")
    if set(evidence) != {"callId", "checkpoint", "events", "format", "verifierKey"}:
        raise Bad("there are other members")
    if evidence["format"] != "tollgate evidence 1":
        raise Bad("this is another format")
    size, root = read_checkpoint(evidence["checkpoint"].encode(), Key(evidence["verifierKey"]))
    last = -1
    if not evidence["events"]:
        raise Bad("there are no events")
    for item in evidence["events"]:
        if set(item) != {"index", "leaf", "opened", "proof"} or type(item["index"]) is not int:
            raise Bad("there are other members")
        leaf, index = unbase64(item["leaf"]), item["index"]
        proof = [unbase64(hash) for hash in item["proof"]]
        if index <= last or root_from_proof(index, size, leaf_hash(leaf), proof) != root:
            raise Bad(f"entry {index} is not proved")
        last = index
        at_ms, event = read_entry(leaf)
        if event["callId"] != evidence["callId"]:
            raise Bad(f"entry {index} is of another call")
        for box in item["opened"]:
            if len(box["path"].encode("utf-16-le", "surrogatepass")) > 2 * 1000:
                raise Bad("a path is too long")
            open_value(at_ms, event, box)


def check(line):
    kind, *rest = line.rstrip("\n").split("\t")
    try:
        check_log(*rest) if kind == "log" else check_evidence(*rest)
        return "ok"
    except Bad as reason:
        return f"bad: {reason}"
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as reason:
        return f"bad: unreadable ({reason})"


for line in sys.stdin:
    print(check(line), flush=True)
