import type * as pulumi from "@pulumi/pulumi";

import type { ChaincodeCode } from "../fabric/chaincodePackage";
import type { ChaincodeLanguage } from "../fabric/chaincodeSource";
import { defaultPackageLabel, serviceAddress, type NamedVersion } from "../fabric/chaincodeService";
import type { CouchDbIndex } from "../fabric/couchDbIndex";
import { imageProblem, pinnedImage, pinnedImageProblem } from "../fabric/images";
import { kubernetesLabel, kubernetesLabelProblem, labelProblem } from "../fabric/packageLabel";
import { shown, type Problem } from "../fabric/problem";
import type { Resources } from "../storage/quantities";
import { sourceCode, sourceFolderProblems } from "./chaincodeFolder";
import { problemsAt } from "./nodeArgs";
import type { PeerNode } from "./peerNode";
import { choiceProblem, problemsOf } from "./validation";
import { CHAINCODE_VARIABLES } from "./workloads/chaincode";

/** What a chaincode is made of and who runs it: `mode` decides which of these arguments there are. */
export type ChaincodeMode = ServiceMode | KubernetesMode | DockerMode;

/** Each organization runs it as a service, from an image of its own, and its peers dial it. */
export interface ServiceMode extends PackagedIndexes {
    /** @default "ccaas" */
    mode?: "ccaas";

    /**
     * Image that runs it as a service: a server that listens at `CHAINCODE_SERVER_ADDRESS` under the ID
     * `CHAINCODE_ID`. Other companies run images of their own. A digest (`name@sha256:…`) keeps it from
     * changing under you.
     */
    image: pulumi.Input<string>;

    /**
     * Further environment variables of its container.
     *
     * @default {}
     */
    environment?: Readonly<Record<string, pulumi.Input<string>>>;

    /**
     * CPU and memory of its Pod in each organization.
     *
     * @default { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } }
     */
    resources?: Resources;
}

/**
 * The peers start it in the cluster, each a Pod of its own, through the `KubernetesBuilder` that they have.
 * The image is in the package: every organization that approves it runs the same one.
 */
export interface KubernetesMode extends PackagedIndexes {
    mode: "kubernetes";

    /**
     * Image of the chaincode, as `name@sha256:…`: a program that dials its peer at `CORE_PEER_ADDRESS`, as
     * chaincode does that peers start.
     */
    image: string;
}

/**
 * The peers build it from its sources and run it, both in the Docker daemon of the `DockerEndpoint` that they
 * have. Every organization that approves it installs the same sources.
 */
export interface DockerMode {
    mode: "docker";

    /** What it is written in, as Fabric's packages say it. */
    language: ChaincodeLanguage;

    /**
     * Folder with its sources, from that of the program on. All of its files are in the package but `.git`
     * and, for node, `node_modules`; indexes of CouchDB are below `META-INF/statedb/couchdb`. The sources are
     * read in every preview, and the stack's state keeps their hash alone.
     */
    source: string;

    /**
     * For golang, folder of the main package below the module's root.
     *
     * @default - the root
     */
    mainFolder?: string;
}

/** Indexes that a program puts into a package. */
interface PackagedIndexes {
    /**
     * Indexes of CouchDB. They are in the package: change them together with `version`, or peers call the
     * new Pod by the old package for a moment.
     *
     * @default []
     */
    indexes?: readonly CouchDbIndex[];
}

/** Names of the modes. */
export type ModeName = NonNullable<ChaincodeMode["mode"]>;

/** Arguments that a mode has, besides those that each has. */
const ARGUMENTS: Readonly<Record<ModeName, readonly string[]>> = {
    ccaas: ["image", "environment", "resources", "indexes"],
    kubernetes: ["image", "indexes"],
    docker: ["language", "source", "mainFolder"],
};

/** What a mode's package is labeled where a program does not say. */
export function modeLabel(mode: unknown, chaincode: string, version: string): string {
    const label = defaultPackageLabel(chaincode, version);
    return mode === "kubernetes"
        ? kubernetesLabel(label) || kubernetesLabel(`chaincode-${label}`)
        : label;
}

/** What is wrong with a label that a program wrote for a mode's package, or nothing. */
export function modeLabelProblem(mode: unknown, label: string): string | undefined {
    return mode === "kubernetes" ? kubernetesLabelProblem(label) : labelProblem(label);
}

/** What a mode's package is made of. What is wrong with an image is told of it, and not of its parts. */
export function codeOf(names: NamedVersion, args: ChaincodeMode): ChaincodeCode {
    if (args.mode === "docker") {
        return sourceCode(args);
    }
    const { indexes = [] } = args;
    if (args.mode === "kubernetes") {
        const { name, digest } = pinnedImage(args.image) ?? { name: "", digest: "" };
        return { type: "k8s", image: name, digest, indexes };
    }
    return { type: "ccaas", address: serviceAddress(names), indexes };
}

/** Everything wrong with the arguments of a mode, and with peers that cannot run it. */
export function modeProblems(args: ChaincodeMode, peers: readonly PeerNode[]): Problem[] {
    const { mode = "ccaas" } = args;
    const unknown = choiceProblem(mode, Object.keys(ARGUMENTS), "mode");
    if (unknown !== undefined) {
        return [{ path: "mode", reason: unknown }];
    }
    return [...foreignProblems(mode, args), ...ownProblems(args), ...starterProblems(mode, peers)];
}

function ownProblems(args: ChaincodeMode): Problem[] {
    switch (args.mode) {
        case "kubernetes":
            return problemsOf(["image", pinnedImageProblem(args.image)]);
        case "docker":
            return sourceFolderProblems(args);
        default:
            return serviceProblems(args);
    }
}

function serviceProblems({ image, environment = {}, resources }: ServiceMode): Problem[] {
    return [
        ...problemsOf(["image", imageProblem(image, IMAGE_EXAMPLE)]),
        ...environmentProblems(environment),
        ...problemsAt("resources", resources),
    ];
}

const IMAGE_EXAMPLE = "ghcr.io/example/asset-transfer@sha256:…";

function foreignProblems(mode: ModeName, args: object): Problem[] {
    const written = Object.entries(args).filter(([, value]) => value !== undefined);
    return Object.entries(ARGUMENTS)
        .flatMap(([of, names]) => names.map((name) => ({ of, name })))
        .filter(({ name }, index, all) => all.findIndex((one) => one.name === name) === index)
        .filter(({ name }) => !ARGUMENTS[mode].includes(name))
        .filter(({ name }) => written.some(([argument]) => argument === name))
        .map(({ of, name }) => ({
            path: name,
            reason: `is of the mode "${of}", and this is "${mode}"; take it away`,
        }));
}

/** What a peer needs to start chaincode of a mode, by its argument. */
const STARTERS = { kubernetes: "kubernetesBuilder", docker: "dockerEndpoint" } as const;

function starterProblems(mode: ModeName, peers: readonly PeerNode[]): Problem[] {
    if (mode === "ccaas") {
        return [];
    }
    const argument = STARTERS[mode];
    const without = peers.filter((peer) => peer[argument] === undefined);
    return without.map(({ name }) => ({
        path: "mode",
        reason:
            `"${mode}" needs a ${argument} at each peer, and ${shown(name)} has none; write it there, or ` +
            "run the chaincode as a service",
    }));
}

function environmentProblems(environment: Readonly<Record<string, unknown>>): Problem[] {
    return problemsOf(
        ...Object.keys(environment).map((variable) => {
            const reason = CHAINCODE_VARIABLES.includes(variable)
                ? "is set by this component; take it away"
                : /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)
                  ? undefined
                  : `${shown(variable)} is not the name of a variable; write letters, digits and "_"`;
            return [`environment[${shown(variable)}]`, reason] as const;
        }),
    );
}
