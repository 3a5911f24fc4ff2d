import { randomUUID } from "node:crypto";
import { UserError } from "../../lib/errors";
import { ApiError, refOf, type KubeClient, type KubeObject, type ObjectRef } from "../../lib/kube/client";

type Data = Readonly<Record<string, string>>;

/**
 * A ConfigMap that says how far a run came. Of two runs that hold it, the one that took it last goes on: the other one's next
 * step is refused by the API server, so no step of an older run comes after one of a newer.
 */
export class Progress {
  /** Makes each taking a change of the ConfigMap. */
  private readonly holder = randomUUID();

  private constructor(
    private readonly client: KubeClient,
    private latest: KubeObject,
  ) {}

  /** The API server lets one make it. @throws {UserError} `taken`, where another run did */
  static async begin(client: KubeClient, ref: ObjectRef, data: Data, taken: string): Promise<Progress> {
    const { apiVersion, kind, ...metadata } = ref;
    const { name, namespace = "default" } = metadata;
    try {
      return new Progress(client, await client.create({ apiVersion, kind, metadata: { name, namespace }, data }));
    } catch (error) {
      if (error instanceof ApiError && error.code === 409) throw new UserError(taken);
      throw error;
    }
  }

  static async takeOver(client: KubeClient, ref: ObjectRef): Promise<Progress> {
    return new Progress(client, await client.get(ref));
  }

  /** @throws {UserError} where another run has it by now */
  async write(data: Data): Promise<void> {
    const { apiVersion, kind, metadata } = this.latest;
    const { name, namespace, resourceVersion } = metadata;
    const place = {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    try {
      this.latest = await this.client.replace({
        ...{ apiVersion, kind, metadata: place },
        data: { ...data, holder: this.holder },
      });
    } catch (error) {
      if (!(error instanceof ApiError && [404, 409].includes(error.code))) throw error;
      throw new UserError(
        `another run went on with this in the meantime (ConfigMap ${namespace ?? ""}/${name ?? ""}), and it is left to that one: wait for its end`,
      );
    }
  }

  async end(): Promise<void> {
    await this.client.delete(refOf(this.latest));
  }
}
