import assert from "node:assert/strict";
import { calendarMetric, calendarNotices, calendarOf, daysUntil } from "../../components/calendar";
import { planPlatform } from "../../components/plan";
import { parseConfig } from "../../components/settings";
import { stackKeys } from "../../components/stack-file";
import { datesOf, pastDates } from "../../config/calendar";
import { REVIEWED_UNTIL } from "../../config/version";
import { asObject } from "../../lib/json";
import { emptyCluster } from "../snapshots/stack";
import { reviewProblem } from "../tools/release";

const base = stackKeys(".", "prod-nl-west");
const config = (changes: Readonly<Record<string, unknown>> = {}) => parseConfig({ ...base, ...changes });
const exemption = {
  rule: "images/digest",
  target: { kind: "Deployment", name: "x" },
  reason: "An example of a reason.",
  owner: "team-x",
  expires: "2027-02-01",
};
const key = { what: "key of the bucket", ends: "2027-01-15", action: "The storage team draws another." };
const all = { policies: { exemptions: [exemption] }, calendar: [key] };

describe("calendar", () => {
  it("holds every date of a stack, its own and the platform's", () => {
    const found = calendarOf(config(all), { version: "v1.35.2" }).map(({ source, ends }) => `${source} ${ends}`);
    assert.deepEqual(found, [
      "calendar.0.ends 2027-01-15",
      "policies.exemptions.0.expires 2027-02-01",
      "the cluster's version 2027-02-28",
      `operatorExemptions.expires ${REVIEWED_UNTIL}`,
      `the release ${REVIEWED_UNTIL}`,
    ]);
  });

  it("holds the ends of what Falco is told to let pass", () => {
    const ending = (rule: string, fields: object, expires: string) => ({
      exceptions: [{ rule, fields, reason: "An example of a reason.", owner: "team-x", expires }],
    });
    const operators = asObject(JSON.parse(JSON.stringify(base["operators"])));
    const mergedWith = (name: string, more: object) => ({ ...asObject(operators?.[name]), ...more });
    const found = datesOf(
      config({
        operators: {
          ...operators,
          falco: mergedWith(
            "falco",
            ending("MijnBureau shell with a terminal", { "k8s.ns.name": "mijnbureau-docs" }, "2027-03-01"),
          ),
          "falco-audit": mergedWith(
            "falco-audit",
            ending("MijnBureau exec into a pod", { "ka.user.name": "x" }, "2027-04-01"),
          ),
        },
      }),
    ).filter(({ what }) => what.startsWith("exception"));
    assert.deepEqual(
      found.map(({ source, ends, action }) => [source, ends, /team-x/.test(action)]),
      [
        ["operators.falco.exceptions.0.expires", "2027-03-01", true],
        ["operators.falco-audit.exceptions.0.expires", "2027-04-01", true],
      ],
    );
  });

  it("finds certificates in whatever text of the configuration", () => {
    const named = config({ mail: { from: "noreply@example.nl", fromName: `two:\n${CERTIFICATE}\n${CERTIFICATE}` } });
    const found = datesOf(named).filter(({ what }) => what.startsWith("certificate"));
    assert.deepEqual(
      found.map(({ source, ends, what }) => [source, ends, what]),
      Array(2).fill(["mail.fromName", "2036-11-26", "certificate CN=example"]),
    );
  });

  it("warns 60 days ahead, urgently 30 days ahead, and of what has ended", () => {
    const entries = [{ what: "thing", ends: "2027-03-02", source: "here", action: "Do it." }];
    const told = (today: string): string => calendarNotices(entries, today).join();
    assert.equal(told("2026-12-31"), "");
    assert.equal(told("2027-01-01"), "calendar: the thing ends on 2027-03-02, in 60 days (here). Before that: Do it.");
    assert.match(told("2027-01-30"), /^calendar: .* in 31 days/);
    assert.match(told("2027-01-31"), /^calendar \(urgent\): .* in 30 days/);
    assert.match(told("2027-03-03"), /urgent.* ended on 2027-03-02/);
  });

  it("is said at each preview", () => {
    const notices = (today: string): string[] =>
      planPlatform(config(all), { ...emptyCluster, version: "v1.36.0" }, today).notices.filter((text) =>
        text.startsWith("calendar"),
      );
    assert.deepEqual(notices("2026-11-15"), []);
    assert.match(notices("2026-12-01").join(), /key of the bucket/);
  });

  it("refuses dates that have passed, each by its key with what to do", () => {
    const dated = config({ ...all, operatorExemptions: { expires: "2027-01-20" } });
    assert.deepEqual(pastDates(dated, "2027-01-15"), []);
    assert.deepEqual(
      pastDates(dated, "2027-02-02").map((problem) => problem.split(":")[0]),
      ["operatorExemptions.expires", "policies.exemptions.0.expires", "calendar.0.ends"],
    );
    assert.match(pastDates(config(), "2031-01-01").join(), /newer release of the platform/);
  });

  it("renews the platform's exemptions with each release, where the stack sets no day of its own", () => {
    const admitted = (today: string): boolean =>
      planPlatform(config(), emptyCluster, today).rules.some((rule) => JSON.stringify(rule).includes("'falco'"));
    assert.ok(admitted(REVIEWED_UNTIL));
    assert.ok(!admitted("2099-01-01"));
    assert.match(reviewProblem("2027-01-01", "2026-12-01") ?? "", /a year ahead/);
    assert.equal(reviewProblem("2027-12-01", "2026-12-01"), undefined);
  });

  it("is a metric that ends with the last second of each day", () => {
    const rule = calendarMetric(
      [{ what: "thing", ends: "2027-03-02", source: "here", action: "Do it." }],
      "monitoring",
    );
    assert.match(JSON.stringify(rule), new RegExp(`vector\\(${Date.parse("2027-03-02T23:59:59Z") / 1000}\\)`));
    assert.equal(daysUntil("2027-03-02", "2027-03-01"), 1);
  });
});

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBeTCCAR+gAwIBAgIUMzPx6yci0MzkDQXGu9/AddgCeOwwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHZXhhbXBsZTAeFw0yNjExMjkxNzA1MzRaFw0zNjExMjYxNzA1
MzRaMBIxEDAOBgNVBAMMB2V4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AATPPpZalujO+47/bjWLq0r1oOlOsvbZw0/OkGOXtyVu2ANVEbasDtr/2Hc7YBu5
Xolp2xvW1SapNJOZ83VN2LB8o1MwUTAdBgNVHQ4EFgQUYZEf2xCy1U2ygmx/z/pq
rWjD1egwHwYDVR0jBBgwFoAUYZEf2xCy1U2ygmx/z/pqrWjD1egwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAp6jrcwwxzooKBAbq7Az6TuPWIpeJ
TH0UZY9oJe/Q/jwCIGVswaYDQ0V8gfkvVinu9cGWqTWz4Mg7C1FSI1RJ0fO2
-----END CERTIFICATE-----`;
