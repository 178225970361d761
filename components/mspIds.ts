import * as pulumi from "@pulumi/pulumi";

/** Organizations of each running program, by MSP ID; several programs may run in one process. */
const programs = new WeakMap<object, Map<string, string>>();

function organizationsOfThisProgram(): Map<string, string> {
    const program = pulumi.runtime.getMonitor() as object | undefined;
    if (program === undefined) {
        return new Map();
    }
    const known = programs.get(program) ?? new Map<string, string>();
    programs.set(program, known);
    return known;
}

/** Why an MSP ID cannot be used again, or nothing. */
export function mspIdTaken(mspId: string): string | undefined {
    const holder = organizationsOfThisProgram().get(mspId);
    return holder === undefined
        ? undefined
        : `"${mspId}" is already the MSP ID of FabricOrg "${holder}"; an MSP ID identifies one ` +
              "organization, write another";
}

/** Notes whose an MSP ID is. */
export function claimMspId(mspId: string, name: string): void {
    organizationsOfThisProgram().set(mspId, name);
}
