import * as pulumi from "@pulumi/pulumi";

import { CA_WARNING_DAYS, type CertificateLife } from "../fabric/identities";
import { defaultWarnDays } from "./certificateCheckArgs";
import type { FabricOrg } from "./fabricOrg";
import type { WatchedNodes } from "./monitoringArgs";
import type { OrdererNode } from "./ordererNode";
import type { OrdererService } from "./ordererService";
import type { PeerNode } from "./peerNode";
import type { EndingCertificate } from "./workloads/monitoring/alerts";

/** Single nodes of peers and ordering services. */
function nodesOf(watched: readonly WatchedNodes[]): (OrdererNode | PeerNode)[] {
    return watched.flatMap((each): readonly (OrdererNode | PeerNode)[] =>
        isService(each) ? each.nodes : [each],
    );
}

const isService = (each: WatchedNodes): each is OrdererService => "nodes" in each;

/** Their names. */
export function namesOf(watched: readonly WatchedNodes[]): string[] {
    return nodesOf(watched).map(({ name }) => name);
}

/** Names of the claims of ledgers and state databases. */
export function claimsOf(watched: readonly WatchedNodes[]): pulumi.Output<string[]> {
    const claims = nodesOf(watched).flatMap((node) => [
        node.ledger,
        ...("couchDb" in node && node.couchDb ? [node.couchDb.claim] : []),
    ]);
    return pulumi.all(claims.map(({ metadata }) => metadata.name));
}

/** Certificates of nodes and administrators, which updates renew, and those of CAs, which they do not. */
export function endingCertificates(
    org: FabricOrg,
    watched: readonly WatchedNodes[],
): pulumi.Output<EndingCertificate[]> {
    const services = watched.filter(isService);
    const named: [string, Record<string, pulumi.Output<CertificateLife>>][] = [
        [org.mspId, { administrator: org.admin.life }],
        ...services.map(({ name, admin }): (typeof named)[number] => [
            name,
            { administrator: admin.life },
        ]),
    ];
    const cas: typeof named = [
        [org.mspId, { "signing CA": org.signingCa.life, "TLS CA": org.tlsCa.life }],
        ...services.map(({ name, adminCa }): (typeof named)[number] => [
            name,
            { "admin CA": adminCa.life },
        ]),
    ];
    const ofNodes = nodesOf(watched).map(({ name, identity }) =>
        pulumi.output(identity.certificateLives).apply((text) => [name, livesIn(text)] as const),
    );
    const warnDays = defaultWarnDays(org.certificateValidityDays);
    return pulumi
        .all([pulumi.all(ofNodes), pulumi.output(named), pulumi.output(cas)])
        .apply(([nodes, others, authorities]) => [
            ...ending([...nodes, ...others], { warnDays, severity: "critical" }),
            ...ending(authorities, { warnDays: CA_WARNING_DAYS, severity: "warning" }),
        ]);
}

/** Unknown for identities that are made elsewhere. */
function livesIn(text: string | undefined): Record<string, CertificateLife> {
    return text === undefined ? {} : (JSON.parse(text) as Record<string, CertificateLife>);
}

function ending(
    holders: readonly (readonly [string, Record<string, CertificateLife>])[],
    due: Pick<EndingCertificate, "warnDays" | "severity">,
): EndingCertificate[] {
    return holders.flatMap(([holder, lives]) =>
        Object.entries(lives).map(([use, { notAfter }]) => ({ holder, use, notAfter, ...due })),
    );
}
