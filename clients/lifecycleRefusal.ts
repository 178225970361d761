import type { Signer } from "../fabric/signing";
import type { Fault } from "./nodeError";
import { refusalFault } from "./peerRefusal";

/** What Fabric wraps around every error of a lifecycle function. */
const WRAPPER = /^(error in simulation: )?failed to invoke backing implementation of '\w+': /;

/**
 * Puts a refusal of a peer's `_lifecycle` in words.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/core/chaincode/lifecycle/lifecycle.go
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/core/container/container.go#L96
 */
export function lifecycleFault(message: string, signer: Signer): Fault {
    const said = message.replace(WRAPPER, "").split("\n")[0] ?? "";
    const known = KNOWN.find(({ words }) => words.test(said));
    return known === undefined
        ? refusalFault(message.replace(WRAPPER, ""), signer)
        : { cause: known.cause?.(said) ?? said, advice: known.advice, passing: false };
}

/** Whether a peer already has the package that it was to install. */
export function saysInstalled(message: string): boolean {
    return /chaincode already successfully installed/.test(message);
}

/** Whether a peer does not have a package. */
export function saysNotInstalled(message: string): boolean {
    return /could not find chaincode with package id|chaincode install package '.*' not found/.test(
        message,
    );
}

/** Whether an organization has approved just this before. */
export function saysApproved(message: string): boolean {
    return /attempted to redefine (uncommitted sequence .* with unchanged content|the current committed sequence \(\d+\) for namespace \S+$)/.test(
        message,
    );
}

/** Whether an organization has approved nothing of the kind. */
export function saysNotApproved(message: string): boolean {
    return /could not fetch approved chaincode definition/.test(message);
}

interface KnownRefusal {
    words: RegExp;
    advice: string;
    cause?: (said: string) => string;
}

const KNOWN: readonly KnownRefusal[] = [
    {
        words: /docker build is disabled|no DockerBuilder|docker image inspection failed|docker build failed|docker image build failed|Docker daemon/i,
        cause: (said) =>
            `the peer fell back to Docker, since none of its external builders took the package (${said})`,
        advice:
            'give the package the type "ccaas", or a type that one of the peer\'s external builders ' +
            "takes, or the peer a Docker endpoint that it reaches",
    },
    {
        words: /external builder/i,
        cause: (said) => `an external builder of the peer failed (${said})`,
        advice:
            "look at the peer's log for what the builder printed; where the package's address has " +
            "templates, the peer needs their values in CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG",
    },
    {
        words: /could not build chaincode/i,
        advice: "look at the peer's log for what the build printed",
    },
    {
        words: /requested sequence is \d+, but new definition must be sequence \d+/,
        advice: "someone else has committed in between; read what is committed and take the next sequence",
    },
    {
        words: /requested sequence \d+ is larger than the next available|currently defined sequence \d+ is larger than requested|first definable sequence number is 1/,
        advice: "read what is committed and take its sequence, or the next one where the definition differs",
    },
    {
        words: /attempted to redefine the current committed sequence .* with different parameters/,
        advice: "a changed definition takes the next sequence; approve it as that",
    },
    {
        words: /chaincode definition not agreed to by this org/,
        advice: "approve the definition for this organization first, with the same values",
    },
    {
        words: /collection-name:|collection member|previously defined collections|collection .* policy|existing collection|BlockToLive in an existing collection|invalid collection name/i,
        advice: "correct the collections of the definition",
    },
    {
        words: /invalid chaincode (name|version)|name of a system chaincode/,
        advice: "correct the name or the version of the definition",
    },
    {
        words: /policy '.*' must be defined for channel/,
        advice: "give the definition an endorsement policy of its own, or the channel that policy",
    },
    {
        words: /could not parse as a chaincode install package/,
        advice: "make the package with this package's chaincodePackage, or `peer lifecycle chaincode package`",
    },
    {
        words: /no space left on device/i,
        advice: "the peer's volume is full; make its claim larger",
    },
];
