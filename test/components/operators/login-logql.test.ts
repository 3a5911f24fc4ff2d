import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { loginRules } from "../../../components/operators/loki/login-rules";
import { needTools } from "../../support/needs";

const answers = z.array(z.object({ samples: z.array(z.unknown()).optional(), error: z.string().optional() })).length(1);
const now = Date.parse("2026-06-10T12:00:00Z");
const keycloak = '{namespace="mijnbureau-keycloak", container="keycloak"}';

/** Keycloak 26.3: logger `org.keycloak.events`, errors as warnings, whatever the log's level. */
const failed =
  'WARN  [org.keycloak.events] (executor-thread-1) type="LOGIN_ERROR", realmId="a", error="user_not_found"';
const other = "INFO  [org.keycloak.services] (main) KC-SERVICES0050: Initializing master realm";

/** A line every so many seconds, for the last ten minutes. */
const every = (seconds: number, line: string) =>
  Array.from({ length: Math.floor(600 / seconds) }, (_, index) => ({
    time: new Date(now - 1000 - index * seconds * 1000).toISOString(),
    line,
  }));

describe("failed logins, by Loki's engine", function () {
  this.timeout(60_000);
  let tool: string;

  before(async function () {
    tool = (await needTools(this, "logql")).logql;
  });

  const fires = async (labels: string, entries: ReturnType<typeof every>): Promise<boolean> => {
    const [rule] = loginRules("mijnbureau-keycloak", "docs/runbooks").groups[0].rules;
    const child = spawn(tool, [], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(
      JSON.stringify({ time: new Date(now).toISOString(), streams: [{ labels, entries }], queries: [rule.expr] }),
    );
    const printed: unknown = JSON.parse(await text(child.stdout));
    const [answer] = answers.parse(printed);
    assert.equal(answer?.error, undefined);
    return (answer?.samples ?? []).length > 0;
  };

  it("fires where more than one in five seconds fails", async () => {
    assert.equal(await fires(keycloak, every(3, failed)), true);
  });

  it("keeps quiet where somebody forgot a password, of other lines, and of other containers", async () => {
    assert.equal(await fires(keycloak, every(20, failed)), false);
    assert.equal(await fires(keycloak, every(3, other)), false);
    assert.equal(await fires(keycloak.replace('="keycloak"', '="config-cli"'), every(3, failed)), false);
  });
});
