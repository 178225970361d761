import { createHash, X509Certificate } from "node:crypto";

import { nameOf } from "./certificateAuthority";
import {
    CHAINCODE_LANGUAGES,
    sourceFiles,
    sourcePath,
    sourceProblems,
    type ChaincodeSource,
} from "./chaincodeSource";
import { indexFiles, indexProblems, type CouchDbIndex } from "./couchDbIndex";
import { parseGoDuration } from "./goDuration";
import { certificatesIn } from "./identities";
import { labelProblem } from "./packageLabel";
import { choiceProblem, problemsOf, shown, type Problem } from "./problem";
import { tarGzip } from "./tarGzip";

/** Chaincode that runs as a service, to which peers connect. */
export interface ServiceCode {
    type: "ccaas";

    /**
     * Where peers dial it, as `host:port`. Peers fill in Go templates such as `{{.peername}}` from their
     * own `CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG`.
     */
    address: string;

    /**
     * How long a peer dials, as a Go duration.
     *
     * @default "10s"
     */
    dialTimeout?: string;

    /**
     * Certificates of the CAs that the service's TLS certificate may be of, PEM. A root outlives the
     * certificates below it: with one of those in it the package, and so the approval of every
     * organization, would have to change with each renewal.
     *
     * @default - no TLS
     */
    tlsRootPem?: string;

    indexes?: readonly CouchDbIndex[];
}

/**
 * Chaincode that the external builder for Kubernetes starts from an image.
 *
 * @see https://github.com/hyperledger-labs/fabric-builder-k8s
 */
export interface ImageCode {
    type: "k8s";

    /** Name of the image without tag, such as `ghcr.io/example/asset-transfer`. */
    image: string;

    /** Its digest, `sha256:` and 64 hexadecimal digits. */
    digest: string;

    indexes?: readonly CouchDbIndex[];
}

/** What a package is made of. */
export type ChaincodeCode = ServiceCode | ImageCode | ChaincodeSource;

/** A package as peers install it. */
export interface ChaincodePackage {
    label: string;

    /** `label:hash`, under which organizations approve it. */
    packageId: string;

    bytes: Uint8Array;
}

/**
 * Largest package. It travels in one message of gRPC, 100 MiB where the peer's `maxRecvMsgSize` is left
 * alone, together with a proposal around it and the certificate of whoever installs it.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/internal/pkg/comm/config.go#L28
 */
export const PACKAGE_LIMIT_BYTES = 100 * 1024 * 1024 - 64 * 1024;

/**
 * Makes a package of Fabric's lifecycle. The same code gives the same bytes on every machine and with
 * every version of Node.js, so that its ID is known before anything is installed.
 *
 * @throws Error where `chaincodePackageProblems` finds something, or it is larger than peers take.
 */
export function chaincodePackage(label: string, code: ChaincodeCode): ChaincodePackage {
    const problems = chaincodePackageProblems(label, code);
    if (problems.length > 0) {
        throw new Error(problems.map(({ path, reason }) => `${path}: ${reason}`).join("\n"));
    }
    const bytes = packageBytes(label, code);
    const tooLarge = sizeProblem(bytes.length);
    if (tooLarge !== undefined) {
        throw new Error(tooLarge);
    }
    return { label, packageId: packageIdOf(label, bytes), bytes };
}

/** The ID that peers give to a package. */
export function packageIdOf(label: string, bytes: Uint8Array): string {
    return `${label}:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Everything wrong with what a package is made of, but for its size. */
export function chaincodePackageProblems(label: string, code: ChaincodeCode): Problem[] {
    return [...problemsOf(["label", labelProblem(label)]), ...codeProblems(code)];
}

/** What is wrong with the size of a package, or nothing. */
export function sizeProblem(bytes: number): string | undefined {
    return bytes > PACKAGE_LIMIT_BYTES
        ? `the package has ${bytes} bytes and peers take ${PACKAGE_LIMIT_BYTES}; leave out what the ` +
              "build does not need, or run the chaincode as a service"
        : undefined;
}

function packageBytes(label: string, code: ChaincodeCode): Uint8Array {
    const { path, files } = contents(code);
    const metadata =
        path === undefined ? { type: code.type, label } : { path, type: code.type, label };
    return tarGzip([
        { path: "code.tar.gz", content: tarGzip(files) },
        { path: "metadata.json", content: json(metadata) },
    ]);
}

function contents(code: ChaincodeCode) {
    switch (code.type) {
        case "ccaas":
            return {
                files: [{ path: "connection.json", content: connection(code) }, ...indexes(code)],
            };
        case "k8s": {
            const image = json({ name: code.image, digest: code.digest });
            return { files: [{ path: "image.json", content: image }, ...indexes(code)] };
        }
        default:
            return { path: sourcePath(code), files: sourceFiles(code) };
    }
}

function indexes(code: ServiceCode | ImageCode) {
    return indexFiles(code.indexes ?? []);
}

/** @see https://github.com/hyperledger/fabric/blob/v3.1.5/ccaas_builder/cmd/build/main.go#L32 */
function connection({ address, dialTimeout = "10s", tlsRootPem }: ServiceCode): Uint8Array {
    return json({
        address,
        dial_timeout: dialTimeout,
        tls_required: tlsRootPem !== undefined,
        ...(tlsRootPem === undefined ? {} : { client_auth_required: false, root_cert: tlsRootPem }),
    });
}

function codeProblems(code: ChaincodeCode): Problem[] {
    switch (code.type) {
        case "ccaas":
            return [...connectionProblems(code), ...indexProblems(code.indexes ?? [])];
        case "k8s":
            return [...imageProblems(code), ...indexProblems(code.indexes ?? [])];
        default: {
            const types = ["ccaas", "k8s", ...CHAINCODE_LANGUAGES];
            const unknown = choiceProblem(code.type, types, "type of chaincode");
            return unknown === undefined
                ? sourceProblems(code)
                : [{ path: "type", reason: unknown }];
        }
    }
}

function connectionProblems({ address, dialTimeout, tlsRootPem }: ServiceCode): Problem[] {
    const [, port] = /^(?:[^\s:/]|\{\{[^}]*\}\})+:(\d{1,5})$/.exec(address) ?? [];
    const templated = /\{\{[^}]*\}\}/.test(address) && !address.includes("://");
    const dials = dialTimeout === undefined ? 1n : (parseGoDuration(dialTimeout) ?? 0n);
    return problemsOf(
        [
            "address",
            templated || (Number(port) > 0 && Number(port) < 65_536)
                ? undefined
                : `${shown(address)} is not where a service is dialed; write "host:port"`,
        ],
        [
            "dialTimeout",
            dials > 0n
                ? undefined
                : `${shown(dialTimeout)} is not a Go duration above 0; write "10s"`,
        ],
        ["tlsRootPem", tlsRootPem === undefined ? undefined : rootProblem(tlsRootPem)],
    );
}

function rootProblem(pem: string): string | undefined {
    if (pem.includes("PRIVATE KEY")) {
        return "it has a private key in it, and everyone may read a package; pass certificates only";
    }
    const certificates = certificatesIn(pem);
    if (certificates.length === 0) {
        return "it is no certificate; pass the CA's certificate in PEM";
    }
    const leaf = certificates.map((one) => new X509Certificate(one)).find(({ ca }) => !ca);
    return leaf === undefined
        ? undefined
        : `${nameOf(leaf)} is no CA, and the package would change with each renewal; pass the certificate of its CA`;
}

function imageProblems({ image, digest }: ImageCode): Problem[] {
    return problemsOf(
        [
            "image",
            /^[a-z0-9][a-z0-9._/-]*(:\d+\/[a-z0-9._/-]+)?$/.test(image)
                ? undefined
                : `${shown(image)} is not the name of an image; write it without tag and digest`,
        ],
        [
            "digest",
            /^sha256:[0-9a-f]{64}$/.test(digest)
                ? undefined
                : `${shown(digest)} is not a digest; write "sha256:" and 64 hexadecimal digits`,
        ],
    );
}

function json(value: object): Uint8Array {
    return new TextEncoder().encode(JSON.stringify(value));
}
