import assert from "node:assert/strict";
import fc from "fast-check";
import { takeoverOf, type Intent, type Standing } from "../../../components/cluster/installation";

const empty: Standing = { namespaces: new Map(), customResources: new Map() };
const left: Standing = {
  namespaces: new Map([
    ["mijnbureau-docs", true],
    ["default", false],
  ]),
  customResources: new Map([
    ["backups.velero.io", true],
    ["others.example.org", false],
  ]),
};
const mine = { stack: "p/prod", id: "aa" };
const intent: Intent = { stack: "p/prod", organisation: "gemeente-a", id: "aa", adopt: undefined, disposable: false };
const none = { adopting: false, errors: [], warnings: [] };

/** The value of `adopt` that the refusal names. */
function token(standing: Standing, more: Partial<Intent> = {}): string {
  const [error = ""] = takeoverOf({ ...intent, ...more }, standing).errors;
  const found = /adopt ([0-9a-f]{12})/.exec(error)?.[1];
  assert.ok(found !== undefined, error);
  return found;
}

describe("what an earlier installation left", () => {
  it("is nothing on an empty cluster, and on one whose record is this stack's", () => {
    assert.deepEqual(takeoverOf({ ...intent, id: undefined }, empty), none);
    assert.deepEqual(takeoverOf(intent, { ...left, installation: mine }), none);
  });

  it("is listed, each of ours by name and nobody else's, and refused until somebody says so", () => {
    for (const id of [undefined, "bb"]) {
      const { adopting, errors } = takeoverOf({ ...intent, id }, left);
      assert.equal(adopting, false);
      assert.match(errors.join(), /Namespace mijnbureau-docs/);
      assert.match(errors.join(), /CustomResourceDefinition backups\.velero\.io/);
      assert.doesNotMatch(errors.join(), /default|others\.example/);
    }
  });

  it("is adopted with the value for that list, and with no other", () => {
    const adopt = token(left);
    assert.equal(takeoverOf({ ...intent, adopt }, left).adopting, true);
    for (const other of ["true", "", adopt.slice(1)])
      assert.match(
        takeoverOf({ ...intent, adopt: other }, left).errors.join("\n"),
        new RegExp(`^adopt: .* ${adopt}[^]*$`, "s"),
      );
    const more = { ...left, namespaces: new Map([...left.namespaces, ["velero", true]]) };
    assert.equal(takeoverOf({ ...intent, adopt }, more).adopting, false, "another list was adopted");
  });

  it("is so in one run, which a second one ends where it was cut off", () => {
    const adopt = token(left);
    const record = { ...mine, adopting: adopt };
    assert.equal(takeoverOf({ ...intent, adopt }, { ...left, installation: record }).adopting, true);
    const done = takeoverOf({ ...intent, adopt }, { ...left, installation: { ...record, adopted: adopt } });
    assert.equal(done.adopting, false);
    assert.match(done.warnings.join(), /pulumi config rm mijnbureau-platform:adopt/);
    assert.equal(takeoverOf({ ...intent, adopt: "x" }, { ...left, installation: record }).adopting, false);
  });

  it("is everything when the state is lost: the record's id is another", () => {
    const standing = { ...left, installation: { ...mine, id: "lost" } };
    for (const id of [undefined, "aa"])
      assert.match(takeoverOf({ ...intent, id }, standing).errors.join(), /state is lost/);
    assert.equal(takeoverOf({ ...intent, adopt: token(standing) }, standing).adopting, true);
    assert.notEqual(token(standing), token(left), "a switch for retained objects takes over a running installation");
  });

  it("is never another stack's", () => {
    fc.assert(
      fc.property(fc.string(), fc.boolean(), (adopt, disposable) => {
        const standing = { ...left, installation: { stack: "p/acc", id: "other" } };
        const { adopting, errors } = takeoverOf({ ...intent, adopt, disposable }, standing);
        assert.equal(adopting, false);
        assert.match(errors.join(), /carries the platform of stack p\/acc/);
      }),
    );
  });

  it("is never another organisation's, whose stack has the same name", () => {
    const standing = { ...left, installation: { ...mine, organisation: "gemeente-b", id: "other" } };
    const { adopting, errors } = takeoverOf({ ...intent, disposable: true }, standing);
    assert.equal(adopting, false);
    assert.match(errors.join(), /carries the platform of stack p\/prod of gemeente-b, and one cluster carries one/);
    const own = { ...standing, installation: { ...standing.installation, organisation: "gemeente-a" } };
    assert.match(takeoverOf(intent, own).errors.join(), /of an installation of this stack whose state is lost/);
  });

  it("is taken over without asking where pods are simulated, and listed all the same", () => {
    const { adopting, errors, warnings } = takeoverOf({ ...intent, disposable: true }, left);
    assert.deepEqual({ adopting, errors }, { adopting: true, errors: [] });
    assert.match(warnings.join(), /backups\.velero\.io/);
  });

  it("asks to remove a switch that has nothing to do", () => {
    assert.match(takeoverOf({ ...intent, adopt: "x" }, empty).warnings.join(), /nothing to adopt/);
  });
});
