"""Prints hashes that other implementations made, one JSON object a line.

Needs Debian's python3-passlib, python3-bcrypt, python3-argon2 and python3-django, perl, openssl, node, and the npm packages
bcryptjs, firebase-scrypt and argon2 in NODE_PATH: python3 make.py > hashes.ndjson
"""
import base64
import hashlib
import json
import os
import subprocess

import argon2
import bcrypt
import django
import passlib
from argon2.low_level import Type, hash_secret
from django.conf import settings
from django.contrib.auth import hashers
from passlib import hash as pl

settings.configure()
UNTIL = 4102444800  # 2100-01-01
PASSWORD = "correct horse ½ Ångström"  # the normalised form differs: ½ becomes 1⁄2


def b64(raw):
    return base64.b64encode(raw).decode().rstrip("=")


def phc(scheme, setting, salt, key):
    return "$".join(["", scheme, setting, b64(salt), b64(key)])


def unab64(text):
    return base64.b64decode(text.replace(".", "+") + "=" * (-len(text) % 4))


def emit(made_by, stored, made=None, password=PASSWORD):
    print(json.dumps({"made_by": made_by, "made": made or stored, "stored": stored, "password": password}, ensure_ascii=False))


def typed(text):
    """The stored text of a PHC string of Argon2."""
    head, salt, key = text.rsplit("$", 2)
    if "$v=" not in head:
        head = head.replace("$m=", "$v=16$m=")
    mark = ",text=typed" if head.startswith("$argon2id$") else ""
    head, setting = head.rsplit("$", 1)
    memory, passes, lanes = (int(setting.split(name)[1].split(",")[0]) for name in ("m=", "t=", "p="))
    weak = f",until={UNTIL}" if memory * passes < 1024 else ""
    return f"{head}$m={memory},t={passes},p={lanes}{mark}{weak}${salt}${key}"


def of_bcrypt():
    by = "python3-bcrypt " + bcrypt.__version__
    for prefix, cost in ((b"2a", 4), (b"2b", 4), (b"2b", 10)):
        emit(by, bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost, prefix)).decode())
    long = "0123456789" * 9
    emit(by, bcrypt.hashpw(long.encode(), bcrypt.gensalt(4)).decode(), password=long)
    emit(by, bcrypt.hashpw(b"", bcrypt.gensalt(4)).decode(), password="")
    emit("passlib " + passlib.__version__, pl.bcrypt.using(rounds=4, ident="2y").hash(PASSWORD))
    for version in (1, 2):
        made = pl.bcrypt_sha256.using(rounds=4, version=version).hash(PASSWORD)
        salt, key = made.rsplit("$", 2)[1:]
        alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        standard = str.maketrans(alphabet, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        name = "passlib-bcrypt-sha256" + ("-v2" if version == 2 else "")
        emit("passlib " + passlib.__version__, "$".join(["", name, "i=4", salt.translate(standard), key.translate(standard)]), made)
    hasher = hashers.BCryptSHA256PasswordHasher()
    hasher.rounds = 4
    made = hasher.encode(PASSWORD, hasher.salt())
    salt, key = made[-53:-31], made[-31:]
    emit("Django " + django.__version__, "$".join(["", "django-bcrypt-sha256", "i=4", salt.translate(standard), key.translate(standard)]), made)


def of_pbkdf2():
    for name, scheme in (("pbkdf2_sha1", "pbkdf2-sha1"), ("pbkdf2_sha256", "pbkdf2-sha256"), ("pbkdf2_sha512", "pbkdf2-sha512")):
        made = getattr(pl, name).using(rounds=1200).hash(PASSWORD)
        salt, key = made.rsplit("$", 2)[1:]
        emit("passlib " + passlib.__version__, phc(scheme, "i=1200", unab64(salt), unab64(key)), made)
    for hasher, scheme in ((hashers.PBKDF2PasswordHasher(), "pbkdf2-sha256"), (hashers.PBKDF2SHA1PasswordHasher(), "pbkdf2-sha1")):
        made = hasher.encode(PASSWORD, "VerySaltySalt")
        rounds, salt, key = made.split("$")[1:]
        emit("Django " + django.__version__, phc(scheme, "i=" + rounds, salt.encode(), base64.b64decode(key)), made)
    # Keycloak once made 64 bytes with SHA-256.
    key = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"sixteen byte slt", 27500, 64)
    emit("Python's hashlib", phc("pbkdf2-sha256", "i=27500", b"sixteen byte slt", key))
    key = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"one round", 1)
    emit("Python's hashlib", phc("pbkdf2-sha256", f"i=1,until={UNTIL}", b"one round", key))


def of_scrypt():
    made = pl.scrypt.using(rounds=10).hash(PASSWORD)
    emit("passlib " + passlib.__version__, made)
    key = hashlib.scrypt(PASSWORD.encode(), salt=b"NaCl", n=16384, r=8, p=2, dklen=64)
    emit("Python's hashlib", phc("scrypt", "ln=14,r=8,p=2", b"NaCl", key))


def of_argon2():
    by = "argon2-cffi " + argon2.__version__
    for kind in Type:
        for version in (16, 19):
            for passes, lanes in ((1, 1), (3, 2)):
                made = hash_secret(PASSWORD.encode(), b"somesaltsomesalt", passes, 2048, lanes, 32, kind, version).decode()
                emit(by, typed(made), made)
    made = pl.argon2.using(type="I", memory_cost=512, time_cost=2, parallelism=1).hash(PASSWORD)
    emit("passlib " + passlib.__version__, typed(made), made)
    made = hash_secret(PASSWORD.encode(), b"somesalt", 1, 64, 1, 32, Type.ID, 19).decode()
    emit(by, typed(made), made)
    made = hashers.Argon2PasswordHasher().encode(PASSWORD, "saltsaltsalt")
    emit("Django " + django.__version__, typed(made.removeprefix("argon2")), made)


def of_crypt():
    for cls in (pl.sha256_crypt, pl.sha512_crypt):
        made = cls.using(rounds=1001).hash(PASSWORD)
        emit("passlib " + passlib.__version__, made)
    for mark in ("$5$", "$6$"):
        for password, setting in ((PASSWORD, "saltstring"), ("x" * 128, "rounds=1400$anotherlongsalts"), ("", "s")):
            made = subprocess.run(["perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, mark + setting], capture_output=True, check=True)
            made = made.stdout.decode()
            stored = made if "rounds=" in made else made.replace(mark, mark + "rounds=5000$")
            emit("crypt of the C library, by perl", stored, made, password)
        made = subprocess.run(["openssl", "passwd", "-" + mark[1], "-stdin", "-salt", "pepper"], input=PASSWORD.encode(), capture_output=True, check=True)
        made = made.stdout.decode().strip()
        emit("OpenSSL", made.replace(mark, mark + "rounds=5000$"), made)


def of_digests():
    for name, scheme, size in (("ldap_salted_sha1", "salted-sha1", 20), ("ldap_salted_sha256", "salted-sha256", 32), ("ldap_salted_sha512", "salted-sha512", 64)):
        made = getattr(pl, name).hash(PASSWORD)
        raw = base64.b64decode(made.split("}")[1])
        emit("passlib " + passlib.__version__, phc(scheme, f"salt=last,until={UNTIL}", raw[size:], raw[:size]), made)
    made = hashers.SHA1PasswordHasher().encode(PASSWORD, "pepper")
    emit("Django " + django.__version__, phc("salted-sha1", f"salt=first,until={UNTIL}", b"pepper", bytes.fromhex(made.split("$")[2])), made)
    for size in (224, 384):
        key = hashlib.new(f"sha{size}", b"pepper" + PASSWORD.encode()).digest()
        emit("Python's hashlib", phc(f"salted-sha{size}", f"salt=first,until={UNTIL}", b"pepper", key))


def of_node():
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make.js")
    made = subprocess.run(["node", script, PASSWORD], capture_output=True, check=True).stdout.decode()
    for line in made.splitlines():
        one = json.loads(line)
        emit(one["made_by"], typed(one["made"]) if one["made"].startswith("$argon2") else one.get("stored"), one["made"], one.get("password", PASSWORD))


for part in (of_bcrypt, of_pbkdf2, of_scrypt, of_argon2, of_crypt, of_digests, of_node):
    part()
