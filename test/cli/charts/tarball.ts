import { gzipSync } from "node:zlib";

/** One entry of a tar, as its header says it. */
export interface Entry {
  readonly path: string;
  readonly content?: string | Buffer;
  /** "0" file, "1" hard link, "2" symbolic link, "5" folder, "x" pax header, "L" GNU long name. */
  readonly type?: string;
  readonly link?: string;
}

/** A tar of these entries (POSIX ustar), written here so that tests can make ones that no tool would. */
export function tar(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, content = "", type = "0", link = "" }) => {
    const body = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(path.slice(0, 100), 0);
    header.write("0000644\0", 100);
    header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("        ", 148);
    header.write(type, 156);
    header.write(link, 157);
    header.write("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A package as `helm package` writes it. */
export function chartPackage(name: string, version: string, more: readonly Entry[] = []): Buffer {
  const chart = `apiVersion: v2\nname: ${name}\nversion: ${version}\n`;
  return gzipSync(tar([{ path: `${name}/Chart.yaml`, content: chart }, ...more]));
}
