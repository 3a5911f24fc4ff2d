import assert from "node:assert/strict";
import { holds, parseCondition, readCondition, type Event, type Value } from "./falco-condition";

const none = { macros: new Map(), lists: new Map([["shells", ["sh", "bash"]]]) };
const judge = (condition: string, event: Readonly<Record<string, Value>>): boolean =>
  holds(parseCondition(condition), ((field: string) => event[field]) satisfies Event, none);

/** What falcosecurity/libs 0.25.4 documents, in conditions of our own: filter/parser.h and the tests beside it. */
describe("the reading of Falco's conditions", () => {
  const event = {
    "a.t": "1",
    "a.n": 7,
    "fd.sip": "10.1.2.3",
    "fd.snet": "10.1.2.3",
    "a.list": ["x", "y"],
    "a.path": "/etc/cron.d/x",
  };
  const [yes, no] = ["a.t = 1", "a.t = 0"];

  it("takes what the grammar has, and nothing else", () => {
    const taken = [
      ...["one", "(one)", "one and two and(three)", "(one)or(two)", "not(one)and(not(two))", "not not(one)"],
      ...[
        "one and not_two",
        "one or notatall",
        "a.b = not",
        "a.b in (1, 'x', c.d)",
        "a.b in ()",
        "a.b intersects list",
      ],
      ...["evt.arg[0] contains /bin", "j.v[/a/b~1c/0] exists", `a.b = "with \\" quote"`, "a.b exists and one"],
    ];
    for (const condition of taken) assert.doesNotThrow(() => parseCondition(condition), condition);
    const refused = [
      ...["one andtwo", "oneand two", "one and", "or one", "one not two", "one and or two", "(a.b = 1", "one > 12"],
      ...["a.b = b = 1", "a.b in (1 ,, 2)", "evt.arg[] contains x", "a.b isnt x", "a.b = 'x", "#one and two"],
    ];
    for (const condition of refused) assert.throws(() => parseCondition(condition), /before/, condition);
  });

  const truths: readonly [boolean, string][] = [
    // `and` binds closer than `or`, `not` closer than both, to the check behind it.
    [true, `${yes} or ${yes} and ${no}`],
    [false, `(${yes} or ${yes}) and ${no}`],
    [true, `not ${no} and ${yes}`],
    [false, `not (${no} or ${yes})`],
    [true, `not not ${yes}`],
    // A field without a value meets nothing, != and the operators on lists included.
    [false, "a.none = 1"],
    [false, "a.none != 1"],
    [false, "a.none in (1)"],
    [false, "a.none exists"],
    [true, "not a.none exists"],
    [true, "not a.none = 1"],
    // A field with several values: all of them have to be in the list; one is enough to intersect.
    [false, "a.list in (x)"],
    [true, "a.list in (x, y, z)"],
    [true, "a.list intersects (x)"],
    [false, "a.list intersects (z)"],
    // Numbers by their value, networks by their mask, of their own family only.
    [true, "a.n > 6"],
    [true, "a.n < 10"],
    [true, 'fd.snet in ("10.0.0.0/8", "fc00::/7")'],
    [false, 'fd.snet in ("192.168.0.0/16", "fc00::/7")'],
    [true, 'fd.sip in ("10.1.2.3")'],
    [true, "a.path startswith /etc/cron. and a.path endswith /x and a.path contains cron and a.path glob /etc/*"],
    [true, "a.path pmatch (/etc, /var)"],
    [false, "a.path pmatch (/et)"],
  ];
  for (const [truth, condition] of truths)
    it(`${condition} is ${truth}`, () => assert.equal(judge(condition, event), truth));

  it("puts the items of a list where its name stands", () => {
    assert.equal(judge("proc.name in (shells)", { "proc.name": "bash" }), true);
    assert.equal(judge("proc.name in (shells, zsh)", { "proc.name": "zsh" }), true);
    assert.equal(judge("proc.name = shells", { "proc.name": "shells" }), false);
  });

  it("names everything that a condition holds", () => {
    const found = readCondition("mine and not (evt.type in (open) or jevt.value[/a/b] exists)");
    assert.deepEqual(found.fields, ["evt.type", "jevt.value"]);
    assert.deepEqual(found.macros, ["mine"]);
  });
});
