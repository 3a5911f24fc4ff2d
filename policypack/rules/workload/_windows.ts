/** CEL: not a pod of Windows, for which the API server refuses these fields (Kubernetes API reference, PodSpec.os). */
export const notWindows = `pod.spec.?os.?name.orValue("") != "windows"`;
