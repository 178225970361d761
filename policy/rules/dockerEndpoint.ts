import {
    baseKind,
    containersOf,
    fieldsOf,
    listOf,
    podSpecOf,
    valueAt,
    WORKLOAD_KINDS,
    type Fields,
    type PodSpec,
} from "../../storage/manifests";
import { roleOf } from "./fabricData";
import { kubernetesKind, manifestsOf, ownKind, type Finding, type Resource } from "./resource";
import { notKnownYet, type Context, type Rule } from "./rule";
import { isUnknown } from "./unknown";

/** Sockets of container runtimes: who may write to one is root on the machine. */
const RUNTIME_SOCKET = /(?:^|\/)(?:docker|containerd|crio|cri-dockerd)\.sock$/;

/** Images that run a Docker daemon. */
const DOCKER_IMAGE = /(?:^|\/)docker(?::[^/]*)?(?:@.*)?$|(?:^|[/:_-])dind(?:[:@_-]|$)/;

export const dockerEndpointRule: Rule = {
    name: "docker-endpoint",
    description: "Checks that a Docker endpoint for chaincode runs only where it is allowed.",
    severity: "critical",
    remediation:
        "Run chaincode as a service. Where an old package needs a Docker daemon, name its namespace in " +
        "the setting dockerNamespaces; GKE Autopilot refuses it always.",
    url: "https://hyperledger-fabric.readthedocs.io/en/latest/cc_service.html",
    settings: ["vendor", "clusters", "dockerNamespaces", "autopilot", "onUnknown"],
    concerns: (type) => ownKind(type) === "DockerEndpoint" || makesPods(type),
    check: (resource, context) =>
        ownKind(resource.type) === "DockerEndpoint"
            ? componentFindings(resource, context)
            : manifestsOf(resource).flatMap((manifest) => {
                  const pod = podSpecOf(manifest);
                  const metadata = fieldsOf(manifest.object.metadata);
                  return pod === undefined ? [] : podFindings(pod, metadata, resource, context);
              }),
};

function makesPods(type: string): boolean {
    const kind = kubernetesKind(type);
    return kind === "List" || WORKLOAD_KINDS.includes(baseKind(kind.replace(/List$/, "")));
}

function componentFindings(resource: Resource, context: Context): Finding[] {
    const { namespace } = resource.properties;
    const why = whyNot(namespace, resource, context);
    return why === undefined
        ? []
        : [
              {
                  resource,
                  path: "DockerEndpoint",
                  reason: `is a Docker daemon with the rights of its machine; ${why}`,
              },
          ];
}

function podFindings(
    pod: PodSpec,
    { namespace, labels }: Fields,
    resource: Resource,
    context: Context,
): Finding[] {
    const why = whyNot(namespace, resource, context);
    const isFabric = (roleOf(fieldsOf(labels)) ?? roleOf(pod.labels)) !== undefined;
    return why === undefined
        ? []
        : [
              ...containersOf(pod).flatMap(({ path, container }) =>
                  privilegeFindings(path, container, isFabric, why, resource, context),
              ),
              ...socketFindings(pod, why, resource),
          ];
}

function privilegeFindings(
    path: string,
    container: Fields,
    isFabric: boolean,
    why: string,
    resource: Resource,
    context: Context,
): Finding[] {
    const privileged = valueAt(container, "securityContext", "privileged");
    const at = `${path}.securityContext.privileged`;
    if (!isFabric && !runsDocker(container)) {
        return [];
    }
    if (isUnknown(privileged)) {
        return notKnownYet(resource, at, "whether it is a Docker endpoint", context);
    }
    return privileged === true
        ? [{ resource, path: at, reason: `true gives it the rights of its machine; ${why}` }]
        : [];
}

function socketFindings(pod: PodSpec, why: string, resource: Resource): Finding[] {
    return listOf(pod.spec.volumes).flatMap((volume, index) => {
        const path = valueAt(volume, "hostPath", "path");
        return typeof path === "string" && RUNTIME_SOCKET.test(path)
            ? [
                  {
                      resource,
                      path: `${pod.path}.volumes[${index}].hostPath.path`,
                      reason: `"${path}" gives the Pod the rights of its machine; ${why}`,
                  },
              ]
            : [];
    });
}

function runsDocker({ image, command, args }: Fields): boolean {
    const words = [...listOf(command), ...listOf(args)].map(String);
    return (
        (typeof image === "string" && DOCKER_IMAGE.test(image)) ||
        words.some((word) => /(?:^|[/\s])dockerd(?:\s|$)/.test(word))
    );
}

/** Why a Docker endpoint may not run in a namespace, and what to do; nothing where it may. */
function whyNot(namespace: unknown, resource: Resource, context: Context): string | undefined {
    const { dockerNamespaces = [] } = context.settings;
    if (isAutopilot(resource, context)) {
        return "GKE Autopilot refuses such Pods; run chaincode as a service";
    }
    const isAllowed =
        dockerNamespaces.includes("*") ||
        (typeof namespace === "string" && dockerNamespaces.includes(namespace));
    return isAllowed
        ? undefined
        : "run chaincode as a service, or name the namespace in the setting dockerNamespaces";
}

/** Whether a cluster runs no privileged Pods: as the configuration says, or the cluster in the stack. */
function isAutopilot({ cluster }: Resource, { world, settings }: Context): boolean {
    if (settings.autopilot !== undefined) {
        return settings.autopilot;
    }
    const component = world.clusterComponent(cluster);
    const inputs = component?.properties ?? {};
    const clusters = [...world.all()].filter(({ type }) => type === GKE_CLUSTER);
    // A provider that was made by hand does not say which cluster it is for; one Autopilot cluster is
    // then enough to be careful.
    const own = clusters.filter(({ parent }) => component === undefined || parent === component.id);
    return (
        inputs.autopilot === true ||
        inputs.privileged === "never" ||
        own.some(({ properties }) => properties.enableAutopilot === true)
    );
}

/** Resources that `docker-endpoint` needs to know of, besides Kubernetes objects. */
export const GKE_CLUSTER = "gcp:container/cluster:Cluster";
