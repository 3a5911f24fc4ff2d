import assert from "node:assert/strict";
import fc from "fast-check";
import {
  AnalyzeRequest,
  AnalyzerProviderResource,
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzeStackRequest,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { analyzeRequest, analyzeStackRequest } from "../../policypack/engine/requests";
import { isJudged } from "../../policypack/engine/pack";
import { fieldsOf, structOf, without } from "../../policypack/engine/wire";

const key = fc.string({ unit: "binary" }).filter((text) => text !== "__proto__");

const { value } = fc.letrec<{ value: JavaScriptValue; object: Record<string, JavaScriptValue> }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true }),
    fc.string({ unit: "binary" }),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
}));
const properties = fc.dictionary(key, value, { maxKeys: 5 });

const bytesOf = (message: { serializeBinary(): Uint8Array }): Buffer => Buffer.from(message.serializeBinary());
const everything = (): boolean => true;

function requestOf(props: Record<string, JavaScriptValue>): AnalyzeRequest {
  const provider = new AnalyzerProviderResource().setProperties(Struct.fromJavaScript({ kubeconfig: "secret" }));
  return new AnalyzeRequest()
    .setType("kubernetes:core/v1:Pod")
    .setUrn("urn:pulumi:dev::p::kubernetes:core/v1:Pod::p")
    .setName("p")
    .setOptions(new AnalyzerResourceOptions().setProtect(true).setParent("urn:parent").setAliasesList(["a", "b"]))
    .setProvider(provider)
    .setProperties(Struct.fromJavaScript(props));
}

describe("requests to the policy pack", () => {
  it("hold the same properties as the SDK's decoder reads", () => {
    fc.assert(
      fc.property(properties, (props) => {
        const request = requestOf(props);
        const own = analyzeRequest(bytesOf(request), everything).getProperties()?.toJavaScript();
        assert.deepEqual(own, request.getProperties()?.toJavaScript());
      }),
    );
  });

  it("keep everything else of the resource", () => {
    const own = analyzeRequest(bytesOf(requestOf({ a: 1 })), everything);
    assert.equal(own.getType(), "kubernetes:core/v1:Pod");
    assert.equal(own.getUrn(), "urn:pulumi:dev::p::kubernetes:core/v1:Pod::p");
    assert.equal(own.getName(), "p");
    assert.deepEqual(own.getOptions()?.toObject(), requestOf({}).getOptions()?.toObject());
    assert.equal(own.getProvider(), undefined);
  });

  it("leave properties undecoded for types that are not read", () => {
    const request = requestOf({ a: 1 }).setType("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition");
    assert.deepEqual(analyzeRequest(bytesOf(request), isJudged).getProperties()?.toJavaScript(), {});
    request.setType("kubernetes:apps/v1:Deployment");
    assert.deepEqual(analyzeRequest(bytesOf(request), isJudged).getProperties()?.toJavaScript(), { a: 1 });
  });

  it("about a stack hold every resource, in order, with its parent", () => {
    fc.assert(
      fc.property(fc.array(properties, { maxLength: 5 }), (all) => {
        const resources = all.map((props, index) =>
          new AnalyzerResource()
            .setType(index % 2 === 0 ? "kubernetes:core/v1:Pod" : "platform:index:Platform")
            .setName(`r${index}`)
            .setUrn(`urn:${index}`)
            .setParent(`urn:${index - 1}`)
            .setOptions(new AnalyzerResourceOptions())
            .setDependenciesList(["urn:0"])
            .setProperties(Struct.fromJavaScript(props)),
        );
        const bytes = bytesOf(new AnalyzeStackRequest().setResourcesList(resources));
        const own = analyzeStackRequest(bytes, isJudged).getResourcesList();
        assert.deepEqual(
          own.map((each) => [each.getName(), each.getUrn(), each.getParent(), each.getType()]),
          resources.map((each) => [each.getName(), each.getUrn(), each.getParent(), each.getType()]),
        );
        for (const [index, each] of own.entries()) {
          const expected = index % 2 === 0 ? resources[index]?.getProperties()?.toJavaScript() : {};
          assert.deepEqual(each.getProperties()?.toJavaScript(), expected);
        }
      }),
    );
  });

  it("that are cut off are an error, never half an object", () => {
    const bytes = bytesOf(Struct.fromJavaScript({ a: { b: ["text", 1, { c: true }] } }));
    const whole = JSON.stringify(structOf(bytes));
    for (let length = 1; length < bytes.length; length++) {
      assert.throws(() => structOf(bytes.subarray(0, length)), RangeError);
    }
    assert.equal(whole, '{"a":{"b":["text",1,{"c":true}]}}');
  });

  it("can be read field by field, whatever the types of their fields", () => {
    // Field 1: varint 300; field 2: 64 bits; field 3: "ab"; field 4: 32 bits; field 16: varint 1.
    const bytes = Buffer.from("08ac02" + "110000000000000000" + "1a026162" + "2500000000" + "800101", "hex");
    assert.deepEqual(
      [...fieldsOf(bytes)].map(({ number, value: found }) => [number, found]),
      [
        [1, 300],
        [2, 0],
        [3, 0],
        [4, 0],
        [16, 1],
      ],
    );
    assert.equal(without(bytes, new Set([1, 2, 4])).toString("hex"), "1a026162" + "800101");
  });
});
