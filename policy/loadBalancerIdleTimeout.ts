import { configSchema, metadata } from "./describe";
import { validateResource } from "./enforce";
import { loadBalancerIdleTimeoutRule as rule } from "./rules/loadBalancerIdleTimeout";
import type { ResourceValidationPolicy } from "./sdk";

/**
 * Load balancers of IKS on VPC in front of Fabric nodes keep connections longer than Fabric is quiet.
 *
 * Remediation: Annotate the Service with a longer idle timeout.
 *
 * @severity high
 * @link https://cloud.ibm.com/docs/containers?topic=containers-setup_vpc_alb
 */
export const loadBalancerIdleTimeout: ResourceValidationPolicy = {
    name: "load-balancer-idle-timeout",
    description: rule.description,
    configSchema: configSchema(rule),
    enforcementLevel: "mandatory",
    validateResource: validateResource(rule),
    ...metadata(rule),
};
