import { endpointText, type HostPort } from "./msp";

/** What a client of a peer's gateway needs to reach it, and nothing secret. */
export interface GatewayParameters {
    /** Where the peer is dialed, as `host:port`. */
    address: string;

    /**
     * Name that the peer's TLS certificate is checked against, and that a gateway in front of it knows it by.
     * To be told where something else is dialed than `address`, such as the end of a port-forward.
     */
    serverName: string;

    /** Root certificate of the organization's TLS CA, PEM. */
    tlsCaPem: string;

    /** MSP ID of the peer's organization. */
    mspId: string;
}

/**
 * Fabric's common connection profile, as SDKs before the Gateway read it; they find everything else by
 * service discovery.
 *
 * @see https://hyperledger.github.io/fabric-sdk-node/release-2.2/tutorial-commonconnectionprofile.html
 */
export interface ConnectionProfile {
    name: string;
    version: "1.0.0";
    client: { organization: string };
    organizations: Record<string, { mspid: string; peers: string[] }>;
    peers: Record<
        string,
        {
            url: string;
            tlsCACerts: { pem: string };
            grpcOptions: Record<"ssl-target-name-override" | "hostnameOverride", string>;
        }
    >;
    /** Only where channels are named. */
    channels?: Record<string, { peers: Record<string, object> }>;
}

/** How the gateway of a peer is reached at one of its addresses. */
export function gatewayParameters(
    { mspId, tlsCaPem }: Pick<GatewayParameters, "mspId" | "tlsCaPem">,
    at: HostPort,
): GatewayParameters {
    return { address: endpointText(at), serverName: at.host, tlsCaPem, mspId };
}

/** The profile of an organization, with peers by their names, all of which have joined the channels. */
export function connectionProfile(
    mspId: string,
    peers: Readonly<Record<string, GatewayParameters>>,
    channelIds: readonly string[],
): ConnectionProfile {
    const names = Object.keys(peers);
    const joined = Object.fromEntries(names.map((name) => [name, {}]));
    const channels = Object.fromEntries(channelIds.map((id) => [id, { peers: joined }]));
    return {
        name: mspId,
        version: "1.0.0",
        client: { organization: mspId },
        organizations: { [mspId]: { mspid: mspId, peers: names } },
        peers: Object.fromEntries(
            Object.entries(peers).map(([name, { address, serverName, tlsCaPem }]) => [
                name,
                {
                    url: `grpcs://${address}`,
                    tlsCACerts: { pem: tlsCaPem },
                    grpcOptions: {
                        "ssl-target-name-override": serverName,
                        hostnameOverride: serverName,
                    },
                },
            ]),
        ),
        ...(channelIds.length > 0 && { channels }),
    };
}
