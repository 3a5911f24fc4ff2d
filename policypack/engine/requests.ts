import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { AnalyzeRequest, AnalyzerResource, AnalyzeStackRequest } from "@pulumi/pulumi/proto/analyzer_pb";
import { fieldsOf, structOf, without } from "./wire";
import type { PlainObject } from "./wire";

// Field numbers of AnalyzeRequest and AnalyzerResource (pulumi/proto/pulumi/analyzer.proto); the same in both.
const PROPERTIES = 2;
const PROVIDER = 6;
const DEPENDENCIES = 8;
const PROPERTY_DEPENDENCIES = 9;

/** Whether the properties of a resource of this type are looked at. */
export type IsRead = (type: string) => boolean;

/**
 * Lets the SDK's server read only what the pack looks at. Its generated decoder builds an object for every value of
 * every resource, three times per run (repair, check, stack): most of the time that a policy pack costs a preview.
 * Left out: properties of types that are not read, the provider with its kubeconfig, and, of the stack, dependencies.
 *
 * To be called before the pack is constructed. With another SDK inside @pulumi/policy it has no effect
 * (docs/decisions/0007-the-pack-reads-what-it-judges.md).
 */
export function readOnly(isRead: IsRead, repairs: boolean): void {
  const { analyze, remediate, analyzeStack } = AnalyzerService;
  analyze.requestDeserialize = (bytes) => analyzeRequest(bytes, isRead);
  remediate.requestDeserialize = (bytes) => analyzeRequest(bytes, repairs ? isRead : nothing);
  analyzeStack.requestDeserialize = (bytes) => analyzeStackRequest(bytes, isRead);
}

const nothing: IsRead = () => false;

/** Decodes the request about one resource. */
export function analyzeRequest(bytes: Buffer, isRead: IsRead): AnalyzeRequest {
  const request = AnalyzeRequest.deserializeBinary(without(bytes, new Set([PROPERTIES, PROVIDER])));
  return withProperties(request, bytes, isRead(request.getType()));
}

/** Decodes the request about all resources of a stack. */
export function analyzeStackRequest(bytes: Buffer, isRead: IsRead): AnalyzeStackRequest {
  const dropped = new Set([PROPERTIES, PROVIDER, DEPENDENCIES, PROPERTY_DEPENDENCIES]);
  const resources: AnalyzerResource[] = [];
  for (const { start, end } of fieldsOf(bytes)) {
    const own = bytes.subarray(start, end);
    const resource = AnalyzerResource.deserializeBinary(without(own, dropped));
    resources.push(withProperties(resource, own, isRead(resource.getType())));
  }
  return new AnalyzeStackRequest().setResourcesList(resources);
}

/** What the SDK asks of a request's properties (@pulumi/policy 1.21.0, deserialize.js). */
interface Properties {
  toJavaScript(): PlainObject;
}

function withProperties<T extends object>(message: T, bytes: Buffer, isRead: boolean): T {
  const properties: Properties = { toJavaScript: () => (isRead ? propertiesOf(bytes) : {}) };
  return Object.assign(message, { getProperties: () => properties });
}

function propertiesOf(bytes: Buffer): PlainObject {
  for (const { number, start, end } of fieldsOf(bytes)) if (number === PROPERTIES) return structOf(bytes, start, end);
  return {};
}
