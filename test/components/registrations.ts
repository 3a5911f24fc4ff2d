import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";

/** A registration as the engine would get it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly dependencies: readonly string[];
  readonly retainOnDelete: boolean;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly inputs: Record<string, unknown>;
}

/** The raw request, as far as the test reads it. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getRetainondelete(): boolean | undefined;
  getProtect(): boolean | undefined;
  getIgnorechangesList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}

/**
 * What a program registers, under mocks. The raw requests hold what mocks leave out: parents, dependencies, retention,
 * ignored fields.
 */
export async function registrations(
  program: () => void,
  onRegistered: (each: Registered) => void = () => undefined,
): Promise<Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }: { name: string; inputs: Record<string, unknown> }) => ({
        id: `${name}-id`,
        state: { ...inputs, result: "drawn" },
      }),
      call: () => ({}),
    },
    "mijnbureau-platform",
    "test",
  );
  const monitor = pulumi.runtime.getMonitor();
  assert.ok(monitor !== undefined);
  const original = monitor.registerResource.bind(monitor);
  Object.assign(monitor, {
    registerResource(request: RegisterRequest, callback: unknown): unknown {
      const each: Registered = {
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent(),
        dependencies: request.getDependenciesList(),
        retainOnDelete: request.getRetainondelete() ?? false,
        protect: request.getProtect() ?? false,
        ignoreChanges: request.getIgnorechangesList(),
        inputs: request.getObject()?.toJavaScript() ?? {},
      };
      registered.push(each);
      onRegistered(each);
      return Reflect.apply(original, monitor, [request, callback]);
    },
  });
  program();
  await pulumi.runtime.disconnect();
  return registered;
}

/** The one registration that matches. */
export const one = (all: readonly Registered[], matches: (each: Registered) => boolean, what: string): Registered => {
  const found = all.filter(matches);
  assert.equal(found.length, 1, `${found.length} of ${what}`);
  const [only] = found;
  assert.ok(only !== undefined);
  return only;
};
