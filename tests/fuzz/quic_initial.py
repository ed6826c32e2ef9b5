# SPDX-License-Identifier: Apache-2.0
"""QUIC client Initial packets (RFC 9001), with AES-128-GCM in plain Python: slow, small, for a few packets only."""
import hashlib
import hmac
import struct


def _sbox():
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= (p << 1 & 0xff) ^ (0x1b if p & 0x80 else 0)
        for shift in (1, 2, 4):
            q ^= q << shift & 0xff
        q ^= 0x09 if q & 0x80 else 0
        x = q
        for shift in (1, 2, 3, 4):
            x ^= (q << shift | q >> (8 - shift)) & 0xff
        box[p] = x ^ 0x63
        if p == 1:
            box[0] = 0x63
            return box


SBOX = _sbox()


def _double(x):
    return (x << 1 & 0xff) ^ (0x1b if x & 0x80 else 0)


def aes_block(key, block):
    """FIPS 197 with a key of 128 bits."""
    words, power = [list(key[i:i + 4]) for i in range(0, 16, 4)], 1
    for i in range(4, 44):
        word = words[-1]
        if i % 4 == 0:
            word = [SBOX[b] for b in word[1:] + word[:1]]
            word[0] ^= power
            power = _double(power)
        words.append([a ^ b for a, b in zip(words[i - 4], word)])
    keys = [sum(words[i:i + 4], []) for i in range(0, 44, 4)]
    state = [a ^ b for a, b in zip(block, keys[0])]
    for number in range(1, 11):
        state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if number < 10:
            mixed = []
            for i in range(0, 16, 4):
                column = state[i:i + 4]
                every = column[0] ^ column[1] ^ column[2] ^ column[3]
                mixed += [column[k] ^ every ^ _double(column[k] ^ column[(k + 1) % 4]) for k in range(4)]
            state = mixed
        state = [a ^ b for a, b in zip(state, keys[number])]
    return bytes(state)


def _ghash(subkey, octets):
    def multiply(x, y):
        product = 0
        for bit in range(127, -1, -1):
            product ^= y if x >> bit & 1 else 0
            y = y >> 1 ^ (0xe1 << 120 if y & 1 else 0)
        return product
    digest = 0
    for i in range(0, len(octets), 16):
        digest = multiply(digest ^ int.from_bytes(octets[i:i + 16].ljust(16, b"\0"), "big"), subkey)
    return digest.to_bytes(16, "big")


def gcm_seal(key, nonce, associated, plain):
    stream = b"".join(aes_block(key, nonce + struct.pack(">I", 2 + i)) for i in range(-(-len(plain) // 16)))
    sealed = bytes(a ^ b for a, b in zip(plain, stream))

    def pad(octets):
        return octets + bytes(-len(octets) % 16)
    hashed = _ghash(int.from_bytes(aes_block(key, bytes(16)), "big"),
                    pad(associated) + pad(sealed) + struct.pack(">QQ", 8 * len(associated), 8 * len(sealed)))
    return sealed + bytes(a ^ b for a, b in zip(hashed, aes_block(key, nonce + b"\0\0\0\1")))


def _expand(secret, label, count):
    label = b"tls13 " + label
    info = struct.pack(">HB", count, len(label)) + label + b"\0\1"
    return hmac.new(secret, info, hashlib.sha256).digest()[:count]


def crypto_frame(offset, octets):
    return b"\x06" + struct.pack(">HH", 0x4000 | offset, 0x4000 | len(octets)) + octets


V1, V2, DRAFT_29, Q050, T051 = 1, 0x6b3343cf, 0xff00001d, 0x51303530, 0x54303531
SALTS = {V1: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", V2: "0dede3def700a6db819381be6e269dcbf9bd2ed9",
         DRAFT_29: "afbfec289993d24c9e9786f19c6111e04390a899", Q050: "504574efd066fe2f9d945cfcdbd3a7f0d3b56b45",
         T051: "7a4edef4e7ccee5fa4506c19124fc8ccda6e033d"}


def initial(frames, number=0, dcid=bytes.fromhex("8394c8f03e515708"), scid=b"", token=b"", version=V1, key_id=None):
    """The keys are those of `dcid`, or of `key_id` where the server has chosen another identifier since."""
    salt, prefix = bytes.fromhex(SALTS[version]), b"quicv2 " if version == V2 else b"quic "
    client = _expand(hmac.new(salt, key_id or dcid, hashlib.sha256).digest(), b"client in", 32)
    key, iv, mask_key = (_expand(client, prefix + what, n) for what, n in ((b"key", 16), (b"iv", 12), (b"hp", 16)))
    packet_number = struct.pack(">H", number)
    header = ((b"\xd1" if version == V2 else b"\xc1") + struct.pack(">I", version) + bytes([len(dcid)]) + dcid + bytes([len(scid)]) + scid +
              bytes([len(token)]) + token + struct.pack(">H", 0x4000 | (2 + len(frames) + 16)))
    nonce = iv[:10] + bytes(a ^ b for a, b in zip(iv[10:], packet_number))
    sealed = gcm_seal(key, nonce, header + packet_number, frames)
    mask = aes_block(mask_key, sealed[2:18])
    return (bytes([header[0] ^ mask[0] & 0x0f]) + header[1:] + bytes(a ^ b for a, b in zip(packet_number, mask[1:3])) + sealed)


def chlo(*tags):
    """The hello of Google's QUIC: (tag, value) each."""
    table, values = b"", b""
    for tag, value in tags:
        values += value
        table += tag.ljust(4, b"\0") + struct.pack("<I", len(values))
    return b"CHLO" + struct.pack("<I", len(tags)) + table + values
