import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fc from "fast-check";
import { sleep } from "../../embedded/cluster/files";
import { processIdentity } from "../../embedded/cluster/identity";
import { projectRoot } from "../../embedded/toolchain";
import { bcrypt } from "../../embedded/random-provider/bcrypt";
import { password, type PasswordInputs, passwordProblem } from "../../embedded/random-provider/generate";
import { RandomProvider } from "../../embedded/random-provider/provider";
import { reveal, secret } from "../../embedded/random-provider/wire";

const URN = "urn:pulumi:dev::platform::random:index/randomPassword:RandomPassword::pw";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

const inputs: fc.Arbitrary<PasswordInputs> = fc.record({
  length: fc.integer({ min: -1, max: 40 }),
  lower: fc.boolean(),
  upper: fc.boolean(),
  numeric: fc.boolean(),
  special: fc.boolean(),
  minLower: fc.nat(8),
  minUpper: fc.nat(8),
  minNumeric: fc.nat(8),
  minSpecial: fc.nat(8),
  overrideSpecial: fc.constantFrom(undefined, "", "_-"),
});

describe("toolchain: stand-in for the random provider", () => {
  const messages: string[] = [];
  const provider = new RandomProvider((urn, message) => {
    messages.push(`${urn} ${message}`);
    return Promise.resolve();
  });

  it("a password has its length, its minimums, and only characters of the classes that are asked for", () => {
    fc.assert(
      fc.property(inputs, (each) => {
        fc.pre(passwordProblem(each) === undefined);
        const result = password(each);
        assert.equal(result.length, each.length);
        const special = each.overrideSpecial === "_-" ? /[_-]/g : /[!@#$%&*()\-_=+[\]{}<>:?]/g;
        const classes: [RegExp, boolean, number][] = [
          [/[a-z]/g, each.lower, each.minLower],
          [/[A-Z]/g, each.upper, each.minUpper],
          [/[0-9]/g, each.numeric, each.minNumeric],
          [special, each.special, each.minSpecial],
        ];
        for (const [pattern, wanted, minimum] of classes) {
          assert.ok(count(result, pattern) >= minimum);
          if (!wanted) assert.equal(count(result, pattern), minimum);
        }
        assert.equal(
          classes.reduce((sum, [pattern]) => sum + count(result, pattern), 0),
          each.length,
        );
      }),
    );
  });

  it("impossible inputs are named before anything is made", () => {
    const possible = { lower: true, upper: true, numeric: true, special: true };
    const none = { lower: false, upper: false, numeric: false, special: false };
    const minimums = { minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 };
    assert.match(passwordProblem({ length: 0, ...possible, ...minimums })?.reason ?? "", /length is 0/);
    assert.match(
      passwordProblem({ length: 3, ...possible, ...minimums, minUpper: 4 })?.reason ?? "",
      /length is 3.*which is 4/,
    );
    assert.match(passwordProblem({ length: 3, ...none, ...minimums })?.reason ?? "", /no characters to choose from/);
    assert.equal(passwordProblem({ length: 4, ...none, ...minimums, minUpper: 4 }), undefined);
  });

  it("bcrypt gives the published test vectors of jBCrypt", function () {
    this.timeout(30_000);
    const digits = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const vectors = [
      ["", "k1wbIrmNyFAPwPVPSVa/ze", "cw2BCEnBwVS2GbrmgzxFUOqW9dk4TCW"],
      ["abc", "WvvTPHKwdBJ3uk0Z37EMR.", "hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi"],
      ["~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "LgfYWkbzEvQ4JakH7rOvHe", "0y8pHKF9OaFgwUZ2q7W2FFZmZzJYlfS"],
    ] as const;
    for (const [plain, salt, hash] of vectors) {
      const bits = [...salt].map((digit) => digits.indexOf(digit).toString(2).padStart(6, "0")).join("");
      const bytes = Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(bits.slice(i * 8, i * 8 + 8), 2));
      assert.equal(bcrypt(plain, bytes), `$2a$10$${salt}${hash}`);
    }
  });

  it("fills in the official defaults and keeps `number` and `numeric` in step", async () => {
    const { inputs: checked, failures } = await provider.check(URN, {}, { length: 12, number: false });
    assert.equal(failures, undefined);
    assert.deepEqual(checked, {
      length: 12,
      lower: true,
      upper: true,
      special: true,
      number: false,
      numeric: false,
      minLower: 0,
      minUpper: 0,
      minNumeric: 0,
      minSpecial: 0,
    });
  });

  it("refuses unknown and wrong inputs by name", async () => {
    const { failures } = await provider.check(URN, {}, { length: "12", lenght: 1 });
    assert.deepEqual(failures?.map(({ property }) => property).sort(), ["", "length"]);
    assert.match(failures?.map(({ reason }) => reason).join() ?? "", /lenght/);
  });

  it("leaves inputs alone that are not known yet, also inside secrets and keepers", async () => {
    for (const unknown of [{ length: UNKNOWN }, { length: 8, keepers: { a: secret(UNKNOWN) } }]) {
      assert.deepEqual(await provider.check(URN, {}, unknown), { inputs: unknown });
    }
  });

  it("creates secret outputs that fit together, and says that it is a stand-in", async () => {
    const { inputs: checked } = await provider.check(URN, {}, { length: 12 });
    const { id, outs } = await provider.create(URN, checked);
    assert.equal(id, "none");
    const result = reveal(outs["result"]);
    assert.ok(typeof result === "string" && result.length === 12);
    assert.notDeepEqual(outs["result"], result, "the password is not marked as a secret");
    assert.match(String(reveal(outs["bcryptHash"])), /^\$2a\$10\$[./A-Za-z0-9]{53}$/);
    assert.notEqual(typeof outs["bcryptHash"], "string", "the hash is not marked as a secret");
    assert.match(messages.at(-1) ?? "", /STAND-IN/);
  });

  it("changes nothing while the inputs stay, and replaces when one changes or goes", async () => {
    const { inputs: checked } = await provider.check(URN, {}, { length: 12, overrideSpecial: "_" });
    const { outs } = await provider.create(URN, checked);
    assert.deepEqual(await provider.diff("none", URN, outs, checked), { changes: false, replaces: [] });
    const { inputs: longer } = await provider.check(URN, {}, { length: 13, overrideSpecial: "_" });
    assert.deepEqual(await provider.diff("none", URN, outs, longer), { changes: true, replaces: ["length"] });
    const { inputs: without } = await provider.check(URN, {}, { length: 12 });
    assert.deepEqual(await provider.diff("none", URN, outs, without), { changes: true, replaces: ["overrideSpecial"] });
  });

  it("RandomBytes and RandomId: encodings of the same bytes, the secret one never in the id", async () => {
    const bytesUrn = "urn:pulumi:dev::platform::a:b:C$random:index/randomBytes:RandomBytes::b";
    const bytes = await provider.create(bytesUrn, (await provider.check(bytesUrn, {}, { length: 16 })).inputs);
    assert.equal(bytes.id, "none");
    const base64 = Buffer.from(String(reveal(bytes.outs["base64"])), "base64");
    assert.equal(base64.toString("hex"), reveal(bytes.outs["hex"]));
    assert.equal(base64.length, 16);

    const idUrn = "urn:pulumi:dev::platform::random:index/randomId:RandomId::i";
    const id = await provider.create(idUrn, (await provider.check(idUrn, {}, { byteLength: 4, prefix: "x-" })).inputs);
    const raw = Buffer.from(id.id, "base64url");
    assert.equal(raw.length, 4);
    assert.deepEqual(
      [id.outs["hex"], id.outs["b64Std"], id.outs["dec"]],
      [`x-${raw.toString("hex")}`, `x-${raw.toString("base64")}`, `x-${raw.readUInt32BE()}`],
    );
  });

  it("a resource that it does not have is an error that says what to install", async () => {
    const urn = "urn:pulumi:dev::platform::random:index/randomPet:RandomPet::pet";
    await assert.rejects(
      async () => provider.check(urn, {}, {}),
      /no random:index\/randomPet:RandomPet[^]*pulumi plugin install resource random 4\.21\.2/,
    );
  });

  it("ends with the engine, also where that is killed", async function () {
    this.timeout(60_000);
    const started = `"$0" -r ts-node/register/transpile-only embedded/random-provider/index.ts 127.0.0.1:1`;
    const engine = spawn("sh", ["-c", `${started} & echo $!; wait`, process.execPath], {
      cwd: projectRoot(),
      stdio: ["ignore", "pipe", "ignore"],
    });
    const printed = engine.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false });
    const [pid, port] = [await printed.next(), await printed.next()].map(({ value }) => Number(value));
    assert.ok(port !== undefined && port > 0, "the provider did not start");
    engine.kill("SIGKILL");
    const isThere = (): boolean => processIdentity(pid ?? 0) !== undefined;
    for (const deadline = Date.now() + 10_000; isThere() && Date.now() < deadline;) await sleep(100);
    const ended = !isThere();
    engine.stdout.destroy();
    if (!ended) process.kill(pid ?? 0);
    assert.ok(ended, "the provider is still there");
  });
});
