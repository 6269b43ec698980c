// The part of make.py that needs Node.js: prints hashes of the password in the first argument.
const crypto = require("crypto");
const bcrypt = require("bcryptjs");
const { FirebaseScrypt } = require("firebase-scrypt");
const argon2 = require("argon2");

const password = process.argv[2];
const b64 = (raw) => Buffer.from(raw).toString("base64").replace(/=+$/, "");
const emit = (one) => console.log(JSON.stringify(one));

// The parameters in Firebase's own example (https://github.com/firebase/scrypt), whose password and hash come first.
const project = {
  signerKey: "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
  saltSeparator: "Bw==", rounds: 8, memCost: 14,
};

function firebase(made_by, password, salt, hash) {
  const [made, signer] = [Buffer.from(hash, "base64"), Buffer.from(project.signerKey, "base64")];
  const stream = made.map((byte, i) => byte ^ signer[i]);
  const salts = Buffer.concat([Buffer.from(salt, "base64"), Buffer.from(project.saltSeparator, "base64")]);
  emit({ made_by, made: hash, stored: `$firebase-scrypt$ln=14,r=8,p=1$${b64(salts)}$${b64(stream)}`, password });
}

async function main() {
  const made = bcrypt.hashSync(password, 4);
  emit({ made_by: "bcryptjs", made, stored: made });
  let key = crypto.scryptSync(password, "salt of node", 64, { N: 2048, r: 8, p: 1 });
  let stored = `$scrypt$ln=11,r=8,p=1$${b64("salt of node")}$${b64(key)}`;
  emit({ made_by: "Node.js", made: key.toString("hex"), stored });
  key = crypto.pbkdf2Sync(password, "salt of node", 2000, 32, "sha512");
  stored = `$pbkdf2-sha512$i=2000$${b64("salt of node")}$${b64(key)}`;
  emit({ made_by: "Node.js", made: key.toString("hex"), stored });
  emit({ made_by: "argon2 of npm", made: await argon2.hash(password, { memoryCost: 2048, timeCost: 2, parallelism: 1 }) });
  const published = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
  firebase("Firebase's example", "user1password", "42xEC+ixf3L2lw==", published);
  const salt = Buffer.from("ten bytes!").toString("base64");
  firebase("firebase-scrypt of npm", password, salt, await new FirebaseScrypt(project).hash(password, salt));
}

main();
