import { configSchema, metadata } from "./describe";
import { validateResource } from "./enforce";
import { dockerEndpointRule as rule } from "./rules/dockerEndpoint";
import type { ResourceValidationPolicy } from "./sdk";

/**
 * Docker daemons for chaincode, and sockets of container runtimes, are only in namespaces that the
 * configuration names, and never on GKE Autopilot.
 *
 * Remediation: Run chaincode as a service.
 *
 * @severity critical
 * @link https://hyperledger-fabric.readthedocs.io/en/latest/cc_service.html
 */
export const dockerEndpoint: ResourceValidationPolicy = {
    name: "docker-endpoint",
    description: rule.description,
    configSchema: configSchema(rule),
    enforcementLevel: "mandatory",
    validateResource: validateResource(rule),
    ...metadata(rule),
};
