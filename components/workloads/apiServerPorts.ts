/**
 * Ports at which a Pod may dial the API server.
 *
 * A rule sees the address and port behind the API server's Service, which only the vendor knows (443 on
 * GKE and AKS, 2040 on IKS, 6443 on most others, any high port on some). So every port is open but the
 * low ones, among them the 80 at which clouds give credentials to whoever runs on their machines.
 */
export const API_SERVER_PORTS: readonly { protocol: string; port: number; endPort?: number }[] = [
    { protocol: "TCP", port: 443 },
    // For networks that know no ranges and read only where one begins.
    { protocol: "TCP", port: 6443 },
    { protocol: "TCP", port: 1024, endPort: 65535 },
];
