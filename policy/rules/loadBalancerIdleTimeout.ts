import { IDLE_TIMEOUT_ANNOTATION as ANNOTATION } from "../../components/workloads/loadBalancer";
import { ORDERER_PORTS, PEER_PORTS } from "../../fabric/ports";
import { fieldsOf, listOf, type Fields } from "../../storage/manifests";
import { roleOf } from "./fabricData";
import { isPatch, kubernetesKind, manifestsOf, type Finding, type Resource } from "./resource";
import { notKnownYet, type Context, type Rule } from "./rule";
import { isUnknown, read, textOf } from "./unknown";
import { vendorsOf } from "./vendors";

/** Annotation that asks for IBM's other balancer, which passes packets and has no such timeout. */
const FEATURES = "service.kubernetes.io/ibm-load-balancer-cloud-provider-enable-features";

/**
 * Seconds after which Fabric's clients ask whether a connection is alive, and the shortest interval that
 * its servers bear.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/core.yaml#L62
 */
const FABRIC_KEEPALIVE_SECONDS = 60;

/** IBM's limits of the timeout. */
const LONGEST_SECONDS = 7200;

const PORTS: readonly unknown[] = [ORDERER_PORTS.grpc, PEER_PORTS.grpc];

export const loadBalancerIdleTimeoutRule: Rule = {
    name: "load-balancer-idle-timeout",
    description: "Checks that IBM's VPC load balancers do not cut Fabric's quiet connections.",
    severity: "high",
    remediation: `Annotate the Service with ${ANNOTATION}: "900".`,
    url: "https://cloud.ibm.com/docs/containers?topic=containers-setup_vpc_alb",
    settings: ["vendor", "clusters", "onUnknown"],
    concerns: (type) => /^(Service(Patch|List)?|List)$/.test(kubernetesKind(type)),
    check(resource, context) {
        const vendors = vendorsOf(resource.cluster, context);
        // On IKS classic, which it may be as well, the annotation does nothing.
        const verdict = vendors.length > 1 ? "advisory" : "mandatory";
        return vendors.includes("iks-vpc")
            ? manifestsOf(resource)
                  .filter(({ kind, object }) => kind === "Service" && isFabricBalancer(object))
                  .flatMap(({ path, object }) => findings(object, path, resource, context))
                  .map((finding) => ({ verdict, ...finding }) as const)
            : [];
    },
};

function findings(object: Fields, at: string, resource: Resource, context: Context): Finding[] {
    const annotations = read(object, "metadata", "annotations");
    const value = read(annotations, ANNOTATION);
    const path = `${at === "" ? "" : `${at}.`}metadata.annotations["${ANNOTATION}"]`;
    if (isUnknown(value)) {
        return notKnownYet(resource, path, "the idle timeout", context);
    }
    if (
        textOf(read(annotations, FEATURES)).includes("nlb") ||
        (isPatch(resource) && value === undefined)
    ) {
        return [];
    }
    const why =
        `IBM's balancer cuts a connection that is quiet for 50 s unless told otherwise, and Fabric is ` +
        `quiet for ${FABRIC_KEEPALIVE_SECONDS} s`;
    if (value === undefined || value === null) {
        return [{ resource, path, reason: `is missing, and ${why}; write "900"` }];
    }
    const seconds = Number(value);
    const fits = seconds > FABRIC_KEEPALIVE_SECONDS && seconds <= LONGEST_SECONDS;
    return typeof value === "string" && Number.isInteger(seconds) && fits
        ? []
        : [
              {
                  resource,
                  path,
                  reason:
                      `${JSON.stringify(value)} is no text with a number of seconds above ` +
                      `${FABRIC_KEEPALIVE_SECONDS} and at most ${LONGEST_SECONDS}; ${why}; write "900"`,
              },
          ];
}

/** Whether a Service is a load balancer in front of a Fabric node: by labels, selector or port. */
function isFabricBalancer(object: Fields): boolean {
    const { type, selector, ports } = fieldsOf(object.spec);
    const labels = fieldsOf(read(object, "metadata", "labels"));
    const isFabric =
        roleOf(labels) !== undefined ||
        ["peer", "orderer"].includes(textOf(fieldsOf(selector)["app.kubernetes.io/component"])) ||
        listOf(ports).some(
            (port) =>
                PORTS.includes(fieldsOf(port).port) || PORTS.includes(fieldsOf(port).targetPort),
        );
    return (type === "LoadBalancer" || isUnknown(type)) && isFabric;
}
