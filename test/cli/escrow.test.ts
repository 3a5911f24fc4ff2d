import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { encryptTo } from "../../cli/escrow";

describe("the file of escrow", () => {
  let folder = "";
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "escrow-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("is read by each of the named people, and by nobody else", async () => {
    const { armor, Decrypter, generateIdentity, identityToRecipient } = await import("age-encryption");
    const identities = [await generateIdentity(), await generateIdentity()];
    const recipients = await Promise.all(identities.map((identity) => identityToRecipient(identity)));
    const file = path.join(folder, "escrow.age");
    await encryptTo(file, "the password", recipients);
    const written = fs.readFileSync(file, "utf8");
    assert.ok(written.startsWith("-----BEGIN AGE ENCRYPTED FILE-----"));
    assert.ok(!written.includes("the password"));
    assert.equal(fs.statSync(file).mode & 0o077, 0);
    const read = (identity: string): Promise<string> => {
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      return decrypter.decrypt(armor.decode(written), "text");
    };
    for (const identity of identities) assert.equal(await read(identity), "the password");
    await assert.rejects(read(await generateIdentity()));
  });

  it("is not written for a key that is none, and never over another file", async () => {
    const file = path.join(folder, "escrow.age");
    await assert.rejects(encryptTo(file, "x", ["age1nonsense"]), /--recipient age1nonsense: is no public key of age/);
    assert.equal(fs.existsSync(file), false);
    fs.writeFileSync(file, "older");
    const { generateIdentity, identityToRecipient } = await import("age-encryption");
    await assert.rejects(encryptTo(file, "x", [await identityToRecipient(await generateIdentity())]), /EEXIST/);
    assert.equal(fs.readFileSync(file, "utf8"), "older");
  });
});
