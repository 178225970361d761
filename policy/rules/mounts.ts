import { containersOf, fieldsOf, listOf, type Fields, type PodSpec } from "../../storage/manifests";

/** One mount of a Pod's volume in one of its containers. */
export interface ContainerMount {
    readonly container: Fields;
    /** Path of the mount in the object. */
    readonly path: string;
    /** Where in the container. */
    readonly mountPath: unknown;
    readonly readOnly: boolean;
}

/** Where the containers of a Pod mount one of its volumes, as files or as a device. */
export function mountsOfVolume(pod: PodSpec, volume: unknown): ContainerMount[] {
    const { name } = fieldsOf(volume);
    return containersOf(pod).flatMap(({ path, container }) =>
        ["volumeMounts", "volumeDevices"].flatMap((list) =>
            listOf(container[list]).flatMap((item, index) => {
                const mount = fieldsOf(item);
                return mount.name === name
                    ? [
                          {
                              container,
                              path: `${path}.${list}[${index}]`,
                              mountPath: mount.mountPath,
                              readOnly: mount.readOnly === true,
                          },
                      ]
                    : [];
            }),
        ),
    );
}

/** Whether some container of a Pod may write to one of its volumes. */
export function isWritable(pod: PodSpec, volume: unknown): boolean {
    const claim = fieldsOf(fieldsOf(volume).persistentVolumeClaim);
    return claim.readOnly !== true && mountsOfVolume(pod, volume).some(({ readOnly }) => !readOnly);
}
