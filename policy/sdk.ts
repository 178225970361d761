/**
 * The types of Pulumi's policy SDK. From its module and not from its root: what the root of 1.21.0
 * declares does not compile in a program that checks the declarations of its libraries.
 */
export type {
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPackConfig,
    PolicyProviderResource,
    PolicyResource,
    ReportViolation,
    ResourceValidation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidation,
    StackValidationPolicy,
} from "@pulumi/policy/policy";
