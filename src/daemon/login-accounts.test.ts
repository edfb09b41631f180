import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../base/exec.ts";

// Accounts made by useradd and chpasswd in a mount namespace of its own, over a copy of /etc, and asked for through PAM's
// service as it is packaged: pam_unix with a real shadow file.
const script = `
set -e
haven="$2"; main="$3"
cp -a /etc "$1/etc" && mount --bind "$1/etc" /etc
install -m 0644 packaging/pam/haven /etc/pam.d/haven
for group in haven-viewer haven-operator haclient; do groupadd --force --system "$group"; done
useradd -G haven-viewer vera; useradd -G haven-viewer,haven-operator otto; useradd -G haclient ada; useradd nils
for user in vera otto ada nils; do echo "$user:right 9"; done | chpasswd
ask() {
  printf '{"ask":"%s","user":"%s","address":"192.0.2.1","service":"haven"}\\n%s' "$1" "$2" "$3" | "$haven" "$main" answer-login
  echo
}
`;
const asks = `
for user in vera otto ada nils; do ask password $user 'right 9'; done
ask password vera wrong; ask password nobody-such wrong
usermod --lock vera; ask password vera 'right 9'; usermod --unlock vera
usermod --expiredate 1 ada; ask password ada 'right 9'; ask account ada ''
chage --lastday 0 otto; ask password otto 'right 9'
passwd --delete nils >/dev/null; ask password nils ''
`;

test.skipIf(process.getuid?.() !== 0)(
  "accounts of a node, as pam_unix and their groups have them",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "haven-accounts-"));
    try {
      const words = [
        "sh",
        "-c",
        `${script}${asks}`,
        "sh",
        dir,
        process.execPath,
        join(import.meta.dir, "../main.ts"),
      ];
      const { stdout, stderr, code } = await exec(["unshare", "--mount", ...words], { timeoutMs: 170_000 });
      expect([code, stderr]).toEqual([0, ""]);
      const wrong = { is: "refused", at: "password", known: true };
      const account = { is: "refused", at: "account", known: true };
      const valid = { is: "valid" };
      expect(
        stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      ).toMatchObject([
        ...[
          { ...valid, user: "vera", role: "viewer" },
          { ...valid, user: "otto", role: "operator" },
          { ...valid, user: "ada", role: "admin" },
          { ...valid, user: "nils", role: null },
        ],
        // A wrong password, nobody, a locked password; an account that has ended, before and after a login; a password that
        // has to be changed; none at all.
        ...[wrong, { ...wrong, known: false }, wrong, account, account, account, wrong],
      ]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
  180_000,
);
