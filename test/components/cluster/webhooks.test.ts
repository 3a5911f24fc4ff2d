import assert from "node:assert/strict";
import { webhooksAnswer, type Answer, type Send } from "../../../components/cluster/webhooks";
import type { WebhookProbe } from "../../../components/operators/frame/webhooks";
import { ConfigError } from "../../../config/errors";

const probe: WebhookProbe = {
  configurations: ["ValidatingWebhookConfiguration/rules"],
  object: { apiVersion: "x.example/v1", kind: "Rule", metadata: { name: "probe", namespace: "here" } },
};
const CONFIGURATION = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/rules";
const KINDS = "/apis/x.example/v1";
const DRY_RUN = "/apis/x.example/v1/namespaces/here/rules?dryRun=All&fieldManager=mijnbureau-platform";

const ok = (body: object): Answer => ({ status: 200, body: JSON.stringify(body) });
const no = (status: number, message: string): Answer => ({ status, body: JSON.stringify({ message }) });
const kinds = ok({ resources: [{ name: "rules", kind: "Rule", namespaced: true }] });
const configured = (clientConfig: object) => ok({ webhooks: [{ name: "rules.x.example", clientConfig }] });
const trusted = configured({ service: {}, caBundle: "Q0E=" });
const silent = no(500, 'Internal error occurred: failed calling webhook "rules.x.example": no endpoints available');

/** An API server that gives each place the next of its answers, and the last one for ever. */
function server(answers: Readonly<Record<string, readonly Answer[]>>): { send: Send; asked: string[] } {
  const left = new Map(Object.entries(answers).map(([path, all]) => [path, [...all]]));
  const asked: string[] = [];
  return {
    asked,
    send: (method, path) => {
      asked.push(`${method} ${path}`);
      const all = left.get(path) ?? [no(404, "not found")];
      const [first = no(404, "not found")] = all;
      if (all.length > 1) all.shift();
      return Promise.resolve(first);
    },
  };
}

const quick = { patienceMs: 200, pauseMs: 1 };
const everything = { [CONFIGURATION]: [trusted], [KINDS]: [kinds], [DRY_RUN]: [ok({})] };

describe("waiting for webhooks", () => {
  it("ends with the first dry run that is let through, and stores nothing", async () => {
    const { send, asked } = server({ ...everything, [DRY_RUN]: [silent, silent, ok({})] });
    await webhooksAnswer([probe], send, quick);
    assert.equal(asked.filter((each) => each === `POST ${DRY_RUN}`).length, 3);
    assert.deepEqual(
      asked.filter((each) => each.startsWith("POST") && !each.includes("dryRun=All")),
      [],
    );
  });

  it("asks for no dry run before the configuration is there with an authority: it would be let through unasked", async () => {
    const { send, asked } = server({
      ...everything,
      [CONFIGURATION]: [
        no(404, "not found"),
        ok({}),
        configured({ service: {} }),
        configured({ caBundle: "" }),
        trusted,
      ],
    });
    await webhooksAnswer([probe], send, quick);
    assert.equal(
      asked.findIndex((each) => each.startsWith("POST")),
      6,
    );
  });

  it("takes a webhook at a URL without an authority, and one that says no, for answers", async () => {
    const url = { ...everything, [CONFIGURATION]: [configured({ url: "https://10.0.0.1/" })] };
    await webhooksAnswer([probe], server(url).send, quick);
    const says = no(400, 'admission webhook "rules.x.example" denied the request: never');
    await webhooksAnswer([probe], server({ ...everything, [DRY_RUN]: [says] }).send, quick);
  });

  it("waits through a broken connection and a kind that is not served yet", async () => {
    const { send } = server({
      ...everything,
      [KINDS]: [{ status: 0, body: "" }, no(503, "starting"), kinds],
    });
    await webhooksAnswer([probe], send, quick);
  });

  it("ends with what is wrong when the patience does, for all of them", async () => {
    const other = { ...probe, object: { ...probe.object, kind: "Other" } };
    await assert.rejects(
      webhooksAnswer([probe, other], server({ ...everything, [DRY_RUN]: [silent] }).send, quick),
      (error) =>
        error instanceof ConfigError &&
        /a dry run of Rule probe is refused: .*no endpoints available.*look at the pods/.test(error.message) &&
        /Other of x\.example\/v1 is not served/.test(error.message),
    );
    await assert.rejects(
      webhooksAnswer([probe], server({ ...everything, [CONFIGURATION]: [configured({ service: {} })] }).send, quick),
      /webhook rules\.x\.example has no authority yet/,
    );
  });

  it("tells what it waits for, while it waits", async () => {
    const told: string[] = [];
    const { send } = server({ ...everything, [DRY_RUN]: [silent, silent, silent, ok({})] });
    await webhooksAnswer([probe], send, { ...quick, reportMs: 0, report: (line) => told.push(line) });
    assert.equal(told.length, 3);
    assert.match(told[0] ?? "", /waiting for admission webhooks .*Rule probe is refused: .*no endpoints available/);
  });

  it("does not wait for what the API server itself refuses", async () => {
    const began = Date.now();
    for (const [status, message] of [
      [403, 'rules.x.example is forbidden: User "x" cannot create resource'],
      [422, "Rule probe is invalid: spec.groups: Required value"],
      [401, "Unauthorized"],
    ] as const) {
      await assert.rejects(
        webhooksAnswer([probe], server({ ...everything, [DRY_RUN]: [no(status, message)] }).send, {
          pauseMs: 1,
          refusalMs: 20,
        }),
        (error) => error instanceof ConfigError && error.message.includes(message) && /kubeconfig/.test(error.message),
      );
    }
    assert.ok(Date.now() - began < 5_000);
  });

  it("gives a refusal time to pass, where the API server has yet to see what was just made", async () => {
    const early = no(403, 'namespaces "here" is forbidden: not yet');
    await webhooksAnswer([probe], server({ ...everything, [DRY_RUN]: [early, silent, early, ok({})] }).send, quick);
  });

  it("takes an object that exists already for an answer: that is looked up after the webhooks", async () => {
    const exists = no(409, 'rules.x.example "probe" already exists');
    await webhooksAnswer([probe], server({ ...everything, [DRY_RUN]: [exists] }).send, quick);
  });
});
